"""What goes wrong, told to whoever looks at the page: in a sentence that says what to do."""

import time
from contextlib import suppress
from typing import Final

import streamlit as st

from models.errors import ForrangError
from planner.errors import PlannerError
from ui.shell.below import from_below
from ui.shell.desk import look
from ui.shell.facts import literal
from ui.shell.language import Language, language, t, text_in
from worklist.errors import StoreAwayError, StoreError

_AWAY: Final = (
    "The list cannot be reached just now. What was done before is kept. Try again in a moment; if it stays"
    " like this, tell whoever runs Forrang."
)
AGAIN_S: Final = 5.0
"""How often a page that could not be drawn looks whether the list is back. A."""


def fault_words(error: ForrangError | PlannerError, spoken: Language | None = None) -> str:
    """What to tell of it in the visitor's language; that the list cannot be reached without its address.

    spoken: the language, where no page is drawn that knows it.
    """
    if isinstance(error, StoreAwayError):
        return text_in(spoken or language(), _AWAY)
    return from_below(f"{error}", spoken)


def show_fault(error: ForrangError | PlannerError) -> None:
    """Says it in place of what was to be drawn."""
    icon = ":material/cloud_off:" if isinstance(error, StoreAwayError) else ":material/error:"
    st.error(literal(fault_words(error)), icon=icon)


def show_page_fault(error: ForrangError) -> None:
    """The same in place of a whole page, which comes back by itself once the list does."""
    show_fault(error)
    if not isinstance(error, StoreAwayError):
        return
    began = time.monotonic()

    @st.fragment(run_every=AGAIN_S)
    def waiting() -> None:
        if time.monotonic() - began < AGAIN_S / 2:
            return
        with suppress(StoreError), look().store.reading() as session:
            session.connection()
            st.rerun(scope="app")

    waiting()


def show_crash(error: Exception) -> bool:
    """What nobody foresaw, for `st.App`: told in the visitor's language, in place of Streamlit's own words.

    What it was stands in the server's log, with its trace; nothing of that is told on the page.
    """
    if isinstance(error, ForrangError):
        show_fault(error)
    else:
        st.error(
            t(
                "Something on this page went wrong. What was done before is kept. Load the page again; if it stays like"
                " this, tell whoever runs Forrang what you did and when."
            ),
            icon=":material/error:",
        )
    return True
