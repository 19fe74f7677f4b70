"""The HTTP routes by which other systems send orders and slides; app.py mounts them beside the app."""

from starlette.routing import Route

from worklist.intake.dicomweb.routes import dicomweb_routes
from worklist.intake.fhir.routes import fhir_routes


def intake_routes() -> list[Route]:
    """All of them. Each asks for a token of its own: Streamlit's login does not guard routes."""
    return [*fhir_routes(), *dicomweb_routes()]
