"""The web face: one Streamlit application, served by `forrang serve` or by any ASGI server as `app:app`."""

import streamlit as st

from ui.options import SCRIPT, set_options
from worklist.intake.routes import intake_routes
from worklist.watching.measure_routes import measure_routes

set_options()
app = st.App(SCRIPT, routes=[*intake_routes(), *measure_routes()])
