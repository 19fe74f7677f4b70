"""The dialog before an act on many cases: each is named with what will happen to it, and then with what did."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

import streamlit as st

from models.errors import ForrangError
from ui.access.visitor import visitor
from ui.acts.acts import may_act
from ui.acts.forms import readers
from ui.shell import facts
from ui.shell.desk import Desk, look
from ui.shell.facts import literal
from ui.shell.faults import show_fault
from ui.shell.language import t, tn
from ui.shell.memory import remember, remembered
from ui.worklist.many import ManyAct, Outcome, assign_many, give_back_many, mark_many, undo_many
from worklist.cases import Case
from worklist.people import Act, require

ACTS: Final[Mapping[ManyAct, Act]] = {"assign": "assign", "give back": "assign", "urgent": "mark urgent"}
"""What the role must be allowed."""

_KEY: Final = "happened to many"


def many_label(act: ManyAct) -> str:
    """What the button says."""
    match act:
        case "assign":
            return t("Assign all ...")
        case "give back":
            return t("Give all back ...")
        case "urgent":
            return t("Mark all urgent ...")


def ask_many(act: ManyAct, chosen: Sequence[Case]) -> None:
    """Opens the dialog; it shows the cases as they are now, and acts on them as it shows them."""
    desk = look()
    shown = tuple(desk.store.case(case.accession_number) for case in chosen)
    title = tn("{what} {n} case?", "{what} {n} cases?", len(shown), what=many_label(act).removesuffix(" ..."))
    st.dialog(literal(title), width="large")(_draw)(act, shown)


def show_outcome() -> None:
    """Says what was done to how many cases, why not to others, and offers to take it back."""
    whose, outcome = cast("tuple[object, Outcome | None]", remembered(_KEY, (None, None)))
    if outcome is None or whose != visitor().login_and_role:
        return
    with st.container(border=True, key="outcome"):
        words = tn("Done for {n} case.", "Done for {n} cases.", len(outcome.done))
        names = ", ".join(done.after.accession_number for done in outcome.done)
        st.markdown(f"**{words}** {literal(names)}")
        if outcome.refused:
            many = tn("Nothing was done to {n} case:", "Nothing was done to {n} cases:", len(outcome.refused))
            st.warning("  \n".join([many, *(literal(f"{case}: {why}") for case, why in outcome.refused)]))
        with st.container(horizontal=True):
            if outcome.done and st.button(t("Undo all"), key="undo_many", icon=":material/undo:"):
                _take_back(outcome)
            st.button(t("Close"), key="close_outcome", type="tertiary", on_click=_keep, args=(None,))


def _keep(outcome: Outcome | None) -> None:
    remember(_KEY, (visitor().login_and_role, outcome))


def _take_back(outcome: Outcome) -> None:
    refused = undo_many(look().store, visitor().actor, outcome)
    _keep(Outcome([], refused, outcome.at_utc) if refused else None)
    back = len(outcome.done) - len(refused)
    st.toast(tn("{n} case is as it was before.", "{n} cases are as they were before.", back))
    st.rerun()


def _draw(act: ManyAct, shown: tuple[Case, ...]) -> None:
    desk, who = look(), visitor()
    can = [case for case in shown if may_act(act, case, who) and not (act == "urgent" and case.urgent_by)]
    heads = (t("Case"), t("Pathway"), t("With"), t("What will happen"))
    rows = [
        (
            case.accession_number,
            case.pathway_name,
            case.assigned_to or t("nobody"),
            t("will be done") if case in can else _why_not(act, case),
        )
        for case in shown
    ]
    with st.container(height=min(60 + 38 * len(rows), 380), border=False):
        st.html(facts.table(heads, rows))
    if not can:
        st.info(t("There is nothing to do for these cases."), icon=":material/info:")
        return
    try:
        require(who.actor, ACTS[act])
        outcome = _form(act, desk, can)
    except ForrangError as error:
        show_fault(error)
        return
    if outcome is not None:
        _keep(outcome)
        st.rerun()


def _form(act: ManyAct, desk: Desk, can: Sequence[Case]) -> Outcome | None:
    actor = visitor().actor
    confirm = tn("Yes, for this {n} case", "Yes, for these {n} cases", len(can))
    with st.form("many", border=False):
        reader, reason = None, ""
        if act == "assign":
            known = readers(desk)
            reader = st.selectbox(
                t("Reader"), list(known), None, known.__getitem__, placeholder=t("Choose a reader"), key="many_reader"
            )
        if act == "urgent":
            reason = st.text_input(t("Why are they urgent?"), max_chars=500, key="many_reason")
        if not st.form_submit_button(confirm, type="primary"):
            return None
    match act:
        case "assign" if reader is not None:
            return assign_many(desk.store, actor, can, reader)
        case "assign":
            st.warning(t("Choose who is to read the cases."))
            return None
        case "give back":
            return give_back_many(desk.store, actor, can)
        case "urgent" if not reason.strip():
            st.warning(t("Say in a few words why they are urgent."))
            return None
        case "urgent":
            return mark_many(desk.store, actor, can, reason, desk.policy.calendar)


def _why_not(act: ManyAct, case: Case) -> str:
    if not case.is_open:
        return t("nothing: it was signed out by {person}", person=case.signed_out_by)
    if act == "urgent":
        return t("nothing: it is marked urgent already")
    if case.assigned_to is None:
        return t("nothing: nobody has it")
    if case.state == "second opinion":
        return t("nothing: it waits for a second opinion")
    return t("nothing: it is with {person}", person=case.assigned_to)
