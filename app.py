"""The web face: one Streamlit application, served by `forrang serve` or by any ASGI server as `app:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st

from ui.shell.options import SCRIPT, set_options
from worklist.intake.routes import intake_routes
from worklist.settings import Settings
from worklist.trail.log import configure_logs
from worklist.watching.measure_routes import measure_routes
from worklist.watching.storage import disks_watched


@asynccontextmanager
async def _guarding_logs(_app: st.App) -> AsyncIterator[dict[str, Any] | None]:
    """Whatever server runs the app, no patient's number comes into its logs, and its disks are watched."""
    settings = Settings()
    configure_logs(settings.log_format)
    with disks_watched(settings):
        yield None


set_options()
app = st.App(SCRIPT, lifespan=_guarding_logs, routes=[*intake_routes(), *measure_routes()])
