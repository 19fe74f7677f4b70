"""What happens to a second opinion after it was asked: it is sent, arrives, is answered, or is withdrawn."""

from typing import Literal

import streamlit as st

from models.errors import ForrangError
from ui.access.visitor import Visitor, visitor
from ui.acts.happened import keep_happened
from ui.shell.desk import Desk, look
from ui.shell.facts import literal
from ui.shell.faults import show_fault
from ui.shell.language import t
from worklist.cases import Case
from worklist.people import Actor
from worklist.reading.rescan import Rescan, withdraw_rescan
from worklist.reading.second_opinion import Opinion, answer, mark_received, mark_sent, withdraw

Step = Literal["answer", "sent", "received", "withdraw"]


def steps(opinion: Opinion, case: Case, who: Visitor) -> list[Step]:
    """What the visitor may do with it now; the store asks again."""
    if opinion.answered_utc is not None:
        return []
    told: list[Step] = []
    mine = opinion.to_kind != "person" or opinion.to_whom == who.actor.name
    is_own_question = who.actor.name in (opinion.asked_by, case.assigned_to, case.signed_out_by)
    if who.may("answer second opinion") and mine and not (is_own_question and opinion.to_kind == "person"):
        told.append("answer")
    if opinion.withdrawn_utc is None and who.may("ask second opinion"):
        told += ["sent"] if opinion.sent_utc is None else []
        told += ["received"] if opinion.received_utc is None else []
        own = case.assigned_to in (None, who.actor.name)
        told += ["withdraw"] if own or who.may("reopen") else []
    return told


def step_words(step: Step) -> str:
    """What the choice says."""
    match step:
        case "answer":
            return t("It is answered")
        case "sent":
            return t("It has left by post")
        case "received":
            return t("It has arrived")
        case "withdraw":
            return t("It is not needed any more")


def ask_step(opinion: Opinion, case: Case) -> None:
    """Opens the dialog on one second opinion."""
    title = literal(t("Second opinion on case {case}", case=opinion.accession_number))
    st.dialog(title, icon=":material/group:", width="medium")(draw_step)(opinion, case)


def draw_step(opinion: Opinion, case: Case) -> None:
    """What stands in the dialog: which step, and what it needs."""
    who = visitor()
    st.text(
        t("{name} asked {whom}: {question}", name=opinion.asked_by, whom=opinion.to_whom, question=opinion.question)
    )
    there = steps(opinion, case, who)
    step: Step | None = st.radio(t("What happened?"), there, format_func=step_words, key=f"step {opinion.id}")
    if step is None:
        return
    agrees = True
    if step == "answer":
        agrees = bool(
            st.radio(
                t("The answer"),
                (True, False),
                format_func=lambda it: t("Agrees with the reader") if it else t("Differs from the reader"),
                horizontal=True,
                key=f"agrees {opinion.id}",
            )
        )
    with st.form(f"step {opinion.id} {step}", border=False):
        text, by = "", ""
        if step in ("answer", "withdraw"):
            text = st.text_area(t("In words"), max_chars=2000, key=f"words {step} {opinion.id}")
        if step == "answer" and opinion.to_kind != "person":
            by = st.text_input(t("Who answered, where it was not you"), key=f"by {opinion.id}")
        button = t("Keep it for {case}", case=opinion.accession_number)
        if not st.form_submit_button(literal(button), type="primary"):
            return
    try:
        _do(look(), who.actor, opinion, step, text, agrees=agrees, by=by)
    except ForrangError as error:
        show_fault(error)
        return
    keep_happened(t("The second opinion on case {case} is up to date.", case=opinion.accession_number))
    st.rerun()


def take_back_rescan(asked: Rescan) -> None:
    """A small box that asks before a rescan is taken back."""
    with st.popover(t("Take back ..."), type="tertiary", key=f"take back {asked.id}"):
        st.text(t("{slide} of case {case} need not be scanned again?", slide=asked.slide, case=asked.accession_number))
        button = literal(t("Take the rescan of {slide} back", slide=asked.slide))
        if not st.button(button, key=f"withdraw rescan {asked.id}", type="primary"):
            return
        withdraw_rescan(look().store, visitor().actor, asked.id)
        keep_happened(t("The rescan of {slide} is taken back.", slide=asked.slide))
        st.rerun()


def _do(desk: Desk, actor: Actor, opinion: Opinion, step: Step, text: str, *, agrees: bool, by: str) -> None:
    match step:
        case "answer":
            answer(desk.store, actor, opinion.id, text, agrees=agrees, answered_by=by or None)
        case "sent":
            mark_sent(desk.store, actor, opinion.id)
        case "received":
            mark_received(desk.store, actor, opinion.id)
        case "withdraw":
            withdraw(desk.store, actor, opinion.id, text)
