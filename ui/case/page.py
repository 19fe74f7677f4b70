"""One case: where it stands and why, its slides with what the AI says of them, its record, and what may be done."""

import streamlit as st

from ui.access.visitor import visitor
from ui.case.head import show_acts, show_head, show_way, watch
from ui.case.present import slide_label
from ui.case.record import show_record
from ui.case.slide_panel import show_slide
from ui.case.walk import Neighbours, neighbours
from ui.shell import facts
from ui.shell.desk import LATEST, Desk, look
from ui.shell.language import t
from ui.shell.memory import remember, remembered
from worklist.cases import Case, CaseSlide
from worklist.watching.action_times import TIMES


def show() -> None:
    """Shows the case that the address names as `?case=ACCESSION_NUMBER`."""
    desk, who = look(), visitor()
    number = st.query_params.get("case")
    if number is None:
        show_way(Neighbours(None, None))
        _ask_for_a_case(desk)
        return
    case = desk.store.case(number)
    if remembered("opened", None) != number:
        desk.store.saw(who.actor, "see case", number)
        remember("opened", number)
    use_ai = bool(remembered("use_ai", default=True))
    ranked = desk.place(number, use_ai=use_ai)
    show_way(neighbours(desk, number, ranked, use_ai=use_ai))
    watch(case)
    show_head(desk, case, ranked, who)
    show_acts(case, who)
    if case.slides:
        show_slide(case, _choose_slide(case))
    else:
        st.info(t("This case has no slides yet. It keeps its clinical place on the list."), icon=":material/info:")
    st.divider()
    show_record(desk, case, who)


def _ask_for_a_case(desk: Desk) -> None:
    begins = st.text_input(t("Which case?"), placeholder=t("How its accession number begins"), width=420).strip()
    if begins:
        with TIMES.timed("search"):
            numbers = [case.accession_number for case in desk.store.search(begins)]
    else:
        numbers = [it.case.accession_number for it in desk.ranked(LATEST)]
        numbers += [case.accession_number for case in desk.signed_out().cases]
    found = t("Found") if begins else t("On the list")
    chosen = st.selectbox(found, numbers, index=None, placeholder=t("None"), width=420)
    if chosen:
        st.query_params["case"] = chosen
        st.rerun()


def _choose_slide(case: Case) -> CaseSlide:
    if len(case.slides) == 1:
        return case.slides[0]
    labels = [facts.literal(slide_label(number, slide)) for number, slide in enumerate(case.slides, start=1)]
    key = f"slide of {case.accession_number}"
    chosen = st.radio(t("Slide"), range(len(labels)), format_func=labels.__getitem__, horizontal=True, key=key)
    return case.slides[chosen]
