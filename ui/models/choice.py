"""Which view and which model is looked at: from the address at first, then as chosen, or as another view asks."""

from collections.abc import Sequence

import streamlit as st

from ui.shell.memory import remember

VIEW, MODEL, COMPARED = "models view", "chosen model", "compared"
"""Keys of the choices."""


def preset(key: str, options: Sequence[str], *wanted: str) -> None:
    """Gives a choice that has no value, or one that is no longer offered, the first wanted one that is offered."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = next((it for it in wanted if it in options), options[0])


def go_to(view: str, model: str) -> None:
    """Called by a button, before the page is drawn anew: it then shows this view of this model."""
    st.session_state[VIEW] = view
    st.session_state[MODEL] = st.session_state[COMPARED] = model
    st.query_params["view"], st.query_params["model"] = view, model
    remember(VIEW, view)
    remember("model", model)
