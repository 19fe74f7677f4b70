"""The acts on one case: who may do which in what state, the buttons, and the dialogs that ask first.

act_button("take", case, key=...)     a button; its press asks about the case as it was drawn
ask("take", case)                     the dialog itself
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import streamlit as st

from models.errors import ForrangError
from ui.access.visitor import Visitor, visitor
from ui.acts import forms, reading_forms
from ui.acts.forms import Form
from ui.acts.happened import keep_happened
from ui.acts.words import ActName, confirm, label, question
from ui.shell.desk import look
from ui.shell.facts import literal
from ui.shell.faults import show_fault
from ui.shell.language import t
from worklist.cases import Case
from worklist.people import Act, require

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

ACT_OF: Final[Mapping[ActName, Act]] = {
    "take": "read",
    "read": "read",
    "assign": "assign",
    "give back": "assign",
    "urgent": "mark urgent",
    "second opinion": "ask second opinion",
    "rescan": "ask rescan",
    "sign out": "sign out",
    "verdict": "give verdict",
    "note": "note",
    "reopen": "reopen",
}
"""What the role must be allowed."""

_FORMS: Final[Mapping[ActName, Form]] = {
    "take": forms.take_it,
    "read": reading_forms.begin,
    "assign": forms.assign_it,
    "give back": forms.give_it_back,
    "urgent": forms.mark_it,
    "second opinion": reading_forms.ask_opinion,
    "rescan": reading_forms.ask_for_rescan,
    "sign out": reading_forms.sign_it_out,
    "verdict": reading_forms.judge,
    "note": forms.note_it,
    "reopen": forms.reopen_it,
}

ICONS: Final[Mapping[ActName, str]] = {
    "take": ":material/back_hand:",
    "read": ":material/menu_book:",
    "assign": ":material/person_add:",
    "give back": ":material/undo:",
    "urgent": ":material/priority_high:",
    "second opinion": ":material/group:",
    "rescan": ":material/scanner:",
    "sign out": ":material/task_alt:",
    "verdict": ":material/gavel:",
    "note": ":material/edit_note:",
    "reopen": ":material/lock_open:",
}

_PRESSED: Final = "pressed act"


def may_act(act: ActName, case: Case, who: Visitor | None = None) -> bool:
    """Whether the visitor's role may do that, and the case is in a state for it; the store asks again."""
    who = who or visitor()
    if not who.may(ACT_OF[act]):
        return False
    own = case.assigned_to == who.actor.name
    movable = case.assigned_to is None or own or who.may("reopen")
    match act:
        case "take":
            return case.is_open and case.assigned_to is None
        case "read":
            return case.is_open and own and case.state == "assigned"
        case "assign":
            return case.is_open and movable
        case "give back":
            return case.is_open and case.assigned_to is not None and movable and case.state != "second opinion"
        case "second opinion":
            return case.is_open and case.assigned_to is not None and movable
        case "rescan":
            return case.is_open and bool(case.slides)
        case "urgent" | "sign out":
            return case.is_open
        case "verdict":
            return bool(case.slides)
        case "note":
            return True
        case "reopen":
            return not case.is_open


def ask(act: ActName, seen: Case) -> None:
    """Opens the dialog that asks whether to do it. seen: the case as the visitor saw it when they said so."""
    st.dialog(literal(question(act, seen)), icon=ICONS[act], width="medium")(draw_dialog)(act, seen)


def act_button(
    act: ActName,
    seen: Case,
    *,
    key: str,
    where: "DeltaGenerator | None" = None,
    primary: bool = False,
    shortcut: str | None = None,
) -> None:
    """A button for an act that `may_act` allows; its press asks about the case as it was drawn, not as it is by now."""
    pressed = (where or st).button(
        label(act, seen),
        key=key,
        type="primary" if primary else "secondary",
        icon=ICONS[act],
        shortcut=shortcut,
        on_click=_remember_pressed,
        args=(act, seen),
    )
    if pressed:
        ask(*st.session_state.pop(_PRESSED))


def _remember_pressed(act: ActName, seen: Case) -> None:
    st.session_state[_PRESSED] = (act, seen)


def draw_dialog(act: ActName, seen: Case) -> None:
    """What stands in the dialog: asks, does it when confirmed, and says why where it cannot be done."""
    who = visitor()
    try:
        require(who.actor, ACT_OF[act])
        happened = _FORMS[act](look(), who.actor, seen, literal(confirm(act, seen)))
    except ForrangError as error:
        show_fault(error)
        if st.button(t("Look at the case again"), key=f"again {act} {seen.accession_number}"):
            st.rerun()
        return
    if happened is not None:
        keep_happened(*happened)
        st.rerun()
