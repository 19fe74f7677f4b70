"""What was done last: said once in a corner, and as long as it is safe with a button that takes it back."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import streamlit as st

from models.errors import ForrangError
from ui.access.visitor import visitor
from ui.shell.desk import look
from ui.shell.facts import literal
from ui.shell.faults import fault_words
from ui.shell.language import t
from ui.shell.memory import remember, remembered
from worklist.people import Role
from worklist.reading.undo import Done, can_undo, undo

KEPT: Final = timedelta(minutes=3)
"""How long an act is offered to be taken back; later, whoever wants that looks at the case first. A."""

_KEY: Final = "happened"


@dataclass(frozen=True)
class Happened:
    """An act that was done in this visit."""

    words: str
    """In the visitor's language, with the case named."""
    done: Done | None
    """What there is to take back; None where that is not safe."""
    at_utc: datetime
    whose: tuple[str, Role]
    """Login and role of who did it."""
    said: bool = False


def keep_happened(words: str, done: Done | None = None) -> None:
    """Keeps what was done, to be said when the page is drawn next."""
    remember(_KEY, Happened(words, done, look().store.now(), visitor().login_and_role))


def show_happened() -> None:
    """Says what was done, once, and offers to take it back; for a line of the page that is there without it too."""
    last, here = remembered(_KEY, None), visitor()
    if not isinstance(last, Happened) or last.whose != here.login_and_role:
        return
    if not last.said:
        st.toast(literal(last.words), icon=":material/check:", duration="long")
        remember(_KEY, replace(last, said=True))
    over = look().store.now() - last.at_utc > KEPT
    if last.done is None or over or not can_undo(here.actor, last.done):
        return
    with st.container(horizontal=True, vertical_alignment="center", width="content", key="happened"):
        st.markdown(literal(last.words), width="content")
        if st.button(t("Undo"), key="undo", icon=":material/undo:", type="tertiary"):
            _take_back(last.done)
        st.button(t("Close"), key="undo_not", type="tertiary", on_click=remember, args=(_KEY, None))


def _take_back(done: Done) -> None:
    number = done.after.accession_number
    try:
        undo(look().store, visitor().actor, done)
    except ForrangError as error:
        remember(_KEY, None)
        st.error(literal(t("It was not undone: {reason}", reason=fault_words(error))))
        return
    keep_happened(t("Case {case} is as it was before.", case=number))
    st.rerun()
