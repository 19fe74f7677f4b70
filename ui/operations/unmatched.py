"""Slides that came without a case: why they wait, and the dialog by which a person says whose they are."""

from pathlib import Path
from typing import Final

import streamlit as st

from models.errors import ForrangError
from ui.access.visitor import visitor
from ui.operations.words import ago, safe
from ui.shell.below import from_below
from ui.shell.desk import Desk, look
from ui.shell.facts import literal
from ui.shell.faults import show_fault
from ui.shell.language import moment, t, tn
from ui.shell.memory import remember, remembered
from worklist.cases import Case
from worklist.intake.unmatched import WaitingSlide, count_waiting, match_slide, waiting_slides

FIRST: Final = 20
"""Slides shown at first; of each it is asked whether its file is there. A."""
_CASES: Final = 20


def show(desk: Desk) -> None:
    """Shows the slides, those that came first, first."""
    text = st.text_input(
        t("Search"), key="unmatched_search", placeholder=t("File or accession number"), width=420
    ).strip()
    total = count_waiting(desk.store, text)
    if not total:
        nothing = t("No waiting slide is called that.") if text else t("No slide waits for its case.")
        st.success(nothing, icon=":material/check_circle:")
        return
    count = int(str(remembered("unmatched shown", FIRST)))
    slides = waiting_slides(desk.store, text, count)
    st.caption(
        tn("{n} slide waits for its case.", "{n} slides wait for their case.", total)
        + " "
        + t("They join it by themselves when its order comes; the one that has waited longest is first.")
    )
    for slide in slides:
        _show_slide(desk, slide)
    if total > len(slides):
        st.button(t("Show more"), key="more_unmatched", on_click=remember, args=("unmatched shown", count + FIRST))


def _show_slide(desk: Desk, slide: WaitingSlide) -> None:
    with st.container(border=True):
        told, when, act = st.columns([7, 2.2, 1.2], vertical_alignment="center")
        told.markdown(f"**{literal(_name(slide))}**  \n{literal(from_below(safe(slide.reason)))}")
        if slide.accession_number:
            told.caption(literal(t("It names case {case}.", case=safe(slide.accession_number))))
        if not slide.is_there:
            gone = t("Its file is gone, or was renamed: then it has come in under its new name.")
            told.caption(f":material/warning: {literal(gone)}")
        when.markdown(literal(moment(slide.arrived_utc, desk.policy.calendar.zone)))
        when.caption(ago(slide.arrived_utc, desk.now_utc))
        pressed = visitor().may("match slide") and act.button(
            t("Match ..."), key=f"match_{slide.path}", width="stretch"
        )
        if pressed:
            st.dialog(t("Whose slide is this?"), icon=":material/link:", width="medium")(ask_whose)(slide)


def ask_whose(slide: WaitingSlide) -> None:
    """What the dialog asks: the case, by its number, and then once more, with slide and case named."""
    st.markdown(literal(t("Slide {slide}", slide=_name(slide))))
    begins = st.text_input(
        t("Accession number of its case"),
        value=slide.accession_number or "",
        key="match_number",
        help=t("How it begins is enough."),
    ).strip()
    found = [case for case in look().store.search(begins, _CASES) if case.is_open] if begins else []
    if begins and not found:
        st.info(t("No open case begins like that."), icon=":material/info:")
    numbers = [case.accession_number for case in found]
    by_number = {case.accession_number: _case_words(case) for case in found}
    exact = numbers.index(begins) if begins in numbers else None
    number = (
        st.radio(t("Case"), numbers, index=exact, format_func=lambda it: literal(by_number[it]), key="match_case")
        if numbers
        else None
    )
    if number is None:
        return
    st.warning(
        literal(t("{slide} will belong to case {case}; this is not taken back here.", slide=_name(slide), case=number)),
        icon=":material/warning:",
    )
    if st.button(literal(t("Put it into case {case}", case=number)), type="primary", key="match_now"):
        _match(slide.path, number)


def _match(path: Path, accession_number: str) -> None:
    try:
        match_slide(look().store, path, accession_number, visitor().actor)
    except ForrangError as error:
        show_fault(error)
        return
    st.toast(literal(t("{slide} is in case {case}.", slide=safe(path.name), case=accession_number)))
    st.rerun()


def _name(slide: WaitingSlide) -> str:
    return safe(slide.path.name)


def _case_words(case: Case) -> str:
    known = (case.accession_number, case.pathway_name, case.site, tn("{n} slide", "{n} slides", len(case.slides)))
    return " · ".join(it for it in known if it)
