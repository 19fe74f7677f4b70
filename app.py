"""The web face: one Streamlit application, served by `forrang serve` or by any ASGI server as `app:app`."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import streamlit as st
from starlette.middleware import Middleware

from planner.questions.warm import WARM
from ui.access.guard import Guard
from ui.access.sign_in import COOKIE_SECRET, sign_in
from ui.shell.ahead import load_ahead
from ui.shell.faults import show_crash
from ui.shell.options import SCRIPT, set_options
from ui.viewer.library import library_routes
from ui.viewer.routes import viewer_routes
from worklist.intake.routes import intake_routes
from worklist.settings import Settings
from worklist.trail.log import configure_logs
from worklist.watching.measure_routes import measure_routes
from worklist.watching.storage import disks_watched

SWITCH_S: Final = 0.0005
"""How long one thread keeps the interpreter while others want it. A tile lets go of it a dozen times, for the database,
the disk and the decoder; with Python's own 5 ms it waited so long each time, while somebody else's page was drawn."""


@asynccontextmanager
async def _running(_app: st.App) -> AsyncIterator[dict[str, Any] | None]:
    """Whatever server runs the app: no patient's number comes into its logs, pages are at hand, disks are watched."""
    settings = Settings()
    configure_logs(settings.log_format)
    sys.setswitchinterval(SWITCH_S)
    load_ahead()
    with disks_watched(settings), WARM:
        yield None


set_options()
_systems = [*intake_routes(), *measure_routes()]
_how = sign_in()
app = st.App(
    SCRIPT,
    secrets=None if _how is None else _how.secrets(COOKIE_SECRET),
    lifespan=_running,
    on_script_error=show_crash,
    routes=[*_systems, *viewer_routes(), *library_routes()],
    middleware=[Middleware(Guard, how=_how, hosts=Settings().allowed_hosts, systems=_systems)],
)
