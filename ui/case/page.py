"""One case: when it is due, why it stands where it does, its slides, and the button by which a person signs it out."""

from typing import Final

import streamlit as st

from ui.access.visitor import visitor
from ui.case.present import slide_label
from ui.case.slide_panel import show_slide
from ui.shell import facts
from ui.shell.badges import Badge
from ui.shell.desk import LATEST, Desk, look
from ui.shell.memory import remember, remembered
from ui.shell.pages import link_page
from ui.worklist.present import ai_badge, moved_words, reason_words, signed_out_words, site_time, time_badge
from worklist.cases import Case, CaseSlide
from worklist.errors import StoreError
from worklist.people import Actor
from worklist.priority.rank import RankedCase

WITHOUT_SLIDES: Final = "This case has no slides yet. It keeps its clinical place on the list."


def show() -> None:
    """Shows the case that the address names as `?case=ACCESSION_NUMBER`."""
    desk = look()
    link_page("worklist", "Back to the worklist", ":material/arrow_back:")
    number = st.query_params.get("case")
    if number is None:
        _ask_for_a_case(desk)
        return
    case = desk.store.case(number)
    if remembered("opened", None) != number:
        desk.store.saw(visitor().actor, "see case", number)
        remember("opened", number)
    use_ai = bool(remembered("use_ai", default=True))
    ranked = desk.place(number, use_ai=use_ai)
    _show_head(desk, case, ranked)
    if case.slides:
        show_slide(_choose_slide(case))
    else:
        st.info(WITHOUT_SLIDES, icon=":material/info:")


def _ask_for_a_case(desk: Desk) -> None:
    begins = st.text_input("Which case?", placeholder="How its accession number begins", width=420).strip()
    if begins:
        numbers = [case.accession_number for case in desk.store.search(begins)]
    else:
        numbers = [it.case.accession_number for it in desk.ranked(LATEST)]
        numbers += [case.accession_number for case in desk.signed_out().cases]
    chosen = st.selectbox("Found" if begins else "On the list", numbers, index=None, placeholder="None", width=420)
    if chosen:
        st.query_params["case"] = chosen
        st.rerun()


def _show_head(desk: Desk, case: Case, ranked: RankedCase | None) -> None:
    calendar = desk.policy.calendar
    title, button = st.columns([7, 1.4], vertical_alignment="center")
    received = f"received {site_time(case.received_utc, calendar)}"
    known = (case.pathway_name, case.specimen_kind, case.site, case.subspecialty, received)
    title.html(facts.heading(f"Case {case.accession_number}", " · ".join(fact for fact in known if fact)))
    if ranked is None:
        done = Badge("Signed out", "ample", signed_out_words(case, calendar))
        st.html(facts.badge_row([("On the list", done), ("AI", ai_badge(case))], ("Why", "a person signed it out")))
        return
    before = remembered("drawn", None)
    remember("drawn", case)
    if button.button("Sign out ...", type="primary", width="stretch", key="sign_out"):
        _confirm_sign_out(desk, _as_seen(before, case))
    place = Badge(f"Place {ranked.rank}", "ample", moved_words(ranked) or "its clinical place")
    badges = [("Time left", time_badge(ranked, desk.policy)), ("AI", ai_badge(case)), ("On the list", place)]
    st.html(facts.badge_row(badges, ("Why", reason_words(ranked))))


def _as_seen(before: object, case: Case) -> Case:
    """The case as it was drawn last, if it was that case; else as it is drawn now."""
    return before if isinstance(before, Case) and before.accession_number == case.accession_number else case


@st.dialog("Sign the case out?", icon=":material/task_alt:")
def _confirm_sign_out(desk: Desk, seen: Case) -> None:
    """Asks once more, with the case's number; only then is it signed out, if it is still what the person saw.

    seen: the case as the page showed it when the button was pressed; the press itself draws the page anew.
    """
    accession_number = seen.accession_number
    st.text(f"Case {accession_number} leaves the open list. It stays among the signed-out cases.")
    with st.form("sign_out_form", border=False):
        by = st.text_input("Your name", value=str(remembered("reader", "")), key="signed_out_by").strip()
        confirmed = st.form_submit_button(f"Sign out {facts.literal(accession_number)}", type="primary")
    if not confirmed:
        return
    if not by:
        st.error("A case is signed out by a person: give your name.")
        return
    try:
        desk.store.sign_out(accession_number, Actor(by, "pathologist", "app"), seen=seen)
    except StoreError as error:
        st.error(facts.literal(f"{error}"))
        return
    remember("reader", by)
    st.rerun()


def _choose_slide(case: Case) -> CaseSlide:
    if len(case.slides) == 1:
        return case.slides[0]
    labels = [facts.literal(slide_label(number, slide)) for number, slide in enumerate(case.slides, start=1)]
    key = f"slide of {case.accession_number}"
    return case.slides[st.radio("Slide", range(len(labels)), format_func=labels.__getitem__, horizontal=True, key=key)]
