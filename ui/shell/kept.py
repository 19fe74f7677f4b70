"""What a visitor chose, kept in their browser too, so that it is there again after a reload of the page."""

from typing import Final

import streamlit as st

_KEY: Final = "kept"

_component = st.components.v2.component(
    "forrang.kept",
    js="""
export default function ({ data }) {
  document.cookie = `${data.name}=${encodeURIComponent(data.value)}; path=/; max-age=31536000; samesite=lax`;
}
""",
)


def keep_in_browser(name: str, value: str) -> None:
    """Keeps one value as a cookie for a year; once a page. It is the browser's word and nothing to rely on."""
    with st.container(key=_KEY):
        _component(data={"name": name, "value": value}, key=f"{_KEY} {name}")
