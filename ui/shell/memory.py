"""What a visitor chose on a page, kept while other pages are looked at; Streamlit itself forgets it then."""

import streamlit as st


def remembered(name: str, default: object) -> object:
    """What was chosen last, in this visit."""
    return st.session_state.get(_key(name), default)


def remember(name: str, value: object) -> None:
    """Keeps a choice for this visit."""
    st.session_state[_key(name)] = value


def _key(name: str) -> str:
    return f"remembered {name}"
