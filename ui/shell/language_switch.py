"""The choice of language at the top of every page: each by its own name, the one that is in use marked."""

from pathlib import Path
from typing import Final

import streamlit as st

from ui.shell.language import COOKIE, LANGUAGES, choose_language, known_language, language, t

_KEY: Final = "language_switch"

_CSS: Final = """
div { display: flex; gap: 0.25rem; justify-content: flex-end; }
button { font: inherit; font-size: 0.88rem; color: var(--st-text-color); background: none;
  border: 1px solid transparent; border-radius: 0.3rem; padding: 0.15rem 0.6rem; cursor: pointer; }
button:hover { background: var(--fr-hover); }
button[aria-pressed=true] { border-color: var(--fr-line-strong); font-weight: 600; }
button:focus-visible { outline: 3px solid var(--fr-focus); outline-offset: 1px; }
"""

_component = st.components.v2.component(
    "forrang.language",
    html='<div role="group"></div>',
    css=_CSS,
    js=Path(__file__).with_suffix(".js").read_text("utf-8"),
)


def switch_language() -> None:
    """Shows the languages; the page is drawn anew in the one that is pressed, which this browser keeps."""
    data = {"languages": LANGUAGES, "chosen": language(), "label": t("Language"), "cookie": COOKIE}
    _component(data=data, key=_KEY, on_chosen_change=_chosen)


def _chosen() -> None:
    choose_language(known_language(st.session_state[_KEY].chosen))
