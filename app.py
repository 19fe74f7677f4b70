"""The web face: one Streamlit application, served by `forrang serve` or by any ASGI server as `app:app`."""

import streamlit as st

from ui.options import SCRIPT, set_options

set_options()
app = st.App(SCRIPT)
