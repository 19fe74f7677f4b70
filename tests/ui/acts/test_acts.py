"""The acts' dialogs: they name the case, act on it as it was seen, say what happened, and take back what is safe to."""

from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from streamlit.testing.v1 import AppTest

from models.account import account_name
from tests.support.people import SYSTEM, pathologist, person
from ui.access.visitor import Visitor
from ui.acts.acts import ACT_OF, ICONS, may_act
from ui.acts.words import ActName, confirm, label, question
from worklist.cases import Case, CaseSlide
from worklist.people import Role
from worklist.reading.assignment import assign, take
from worklist.reading.reading import notes_of
from worklist.reading.rescan import rescans
from worklist.reading.second_opinion import opinions
from worklist.reading.verdict import verdicts
from worklist.store.store import Store
from worklist.trail.directory import add_first_admin, add_person

BUTTONS = """
from ui.acts.acts import act_button
from ui.shell.desk import look
act_button("take", look().store.case("26-1"), key="take")
"""

DIALOG = """
import streamlit as st
from ui.acts.acts import draw_dialog
from ui.acts.happened import show_happened
from ui.shell.desk import look
show_happened()
if "remembered happened" not in st.session_state:
    draw_dialog(st.session_state["act"], st.session_state.setdefault("seen", look().store.case("26-1")))
"""
"""Streamlit's test runs the whole script at each press, which would close a dialog; so this draws what stands in it."""

SEEN_ROLES: dict[Role, set[str]] = {
    "pathologist": {"take", "assign", "urgent", "rescan", "sign out", "verdict", "note"},
    "coordinator": {"assign", "urgent", "rescan", "note"},
    "manager": set(),
    "researcher": set(),
    "admin": set(),
}


@pytest.fixture
def store(store: Store) -> Store:
    add_first_admin(store, "root", "chief", "Chief")
    chief = person("chief", "admin")
    for login, name in ((account_name(), "Me Myself"), ("bo", "Bo *Kjær*")):
        add_person(store, chief, login, name, "pathologist")
    now = store.now()
    slides = (CaseSlide(path=Path("a.tif")), CaseSlide(path=Path("b.tif"), state="scored", score=0.9, flagged=True))
    told = {"pathway": "breast", "pathway_name": "Breast", "received_utc": now, "site": "Herlev", "slides": slides}
    numbers = ("26-1", "26-2")
    store.add_cases(
        [Case(accession_number=it, deadline_utc=now + timedelta(days=9), **told) for it in numbers],  # type: ignore[arg-type]
        SYSTEM,
    )
    return store


ME = pathologist(account_name())


def opened(act: str, role: Role = "pathologist") -> AppTest:
    app = AppTest.from_string(DIALOG, default_timeout=60)
    app.session_state["remembered role"] = role
    app.session_state["act"] = act
    return app.run()


def press(app: AppTest, words: str) -> AppTest:
    (button,) = [it for it in app.button if it.label == words]
    app = button.click().run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join(it.value for kind in (app.toast, app.error, app.warning, app.markdown) for it in kind)


@pytest.mark.parametrize("role", SEEN_ROLES)
def test_each_role_is_offered_what_it_may_do(store: Store, role: Role) -> None:
    case = store.case("26-1")
    who = Visitor(person("x", role), "x", local=True)
    assert {act for act in get_args(ActName) if may_act(act, case, who)} == SEEN_ROLES[role]


@pytest.mark.parametrize("act", get_args(ActName))
def test_every_act_names_the_case_where_it_asks_and_where_it_is_confirmed(store: Store, act: ActName) -> None:
    case = store.case("26-1")
    assert "26-1" in question(act, case)
    assert "26-1" in confirm(act, case)
    assert label(act, case)
    assert act in ACT_OF
    assert act in ICONS


def test_a_case_is_taken_and_that_is_undone(store: Store) -> None:
    app = press(opened("take"), "Take 26-1")
    assert store.case("26-1").assigned_to == account_name()
    assert store.case("26-1").state == "in reading"
    assert "Case 26-1 is yours." in said(app)
    app = app.button("undo").click().run()
    assert store.case("26-1").assigned_to is None
    assert "is as it was before" in said(app)


def test_what_somebody_else_did_meanwhile_is_said_and_stands(store: Store) -> None:
    app = opened("take")
    take(store, pathologist("bo"), "26-1")
    app = press(app, "Take 26-1")
    assert "it is with bo now" in said(app)
    assert store.case("26-1").assigned_to == "bo"


def test_a_press_asks_about_the_case_as_it_was_drawn_and_not_as_it_is_by_then(store: Store) -> None:
    app = AppTest.from_string(BUTTONS, default_timeout=60).run()
    take(store, pathologist("bo"), "26-1")
    app = app.button("take").click().run()
    assert "with nobody" in said(app)
    assert "with bo" not in said(app)


def test_an_undo_that_somebody_overtook_changes_nothing(store: Store) -> None:
    app = press(opened("take"), "Take 26-1")
    assign(store, person("carl", "coordinator"), "26-1", "bo")
    app = app.button("undo").click().run()
    assert "It was not undone" in said(app)
    assert store.case("26-1").assigned_to == "bo"


def test_a_case_is_given_to_a_reader_by_name_and_markup_in_it_is_text(store: Store) -> None:
    app = opened("assign", "coordinator")
    assert app.selectbox("reader 26-1").options == ["Bo *Kjær* (bo)", f"Me Myself ({account_name()})"]
    app = press(app, "Assign 26-1")
    assert "Choose who is to read" in said(app)
    app.selectbox("reader 26-1").select_index(0)
    app = press(app, "Assign 26-1")
    assert store.case("26-1").assigned_to == "bo"
    assert "Bo \\*Kjær\\*" in said(app)


def test_urgent_needs_a_reason_and_is_taken_off_again(store: Store) -> None:
    app = press(opened("urgent"), "Mark 26-1 urgent")
    assert "reason why it is urgent" in said(app)
    app.text_input("why urgent 26-1").set_value("the ward called")
    app = press(app, "Mark 26-1 urgent")
    marked = store.case("26-1")
    assert marked.urgent_reason == "the ward called"
    press(opened("urgent"), "Take the mark off 26-1")
    assert store.case("26-1").deadline_utc == marked.ordered_deadline_utc


def test_a_second_opinion_is_asked_of_a_colleague_and_taken_back(store: Store) -> None:
    take(store, ME, "26-1")
    app = opened("second opinion")
    app.selectbox("whom 26-1").select_index(0)
    app.text_area("question 26-1").set_value("DCIS?")
    app = press(app, "Ask about 26-1")
    (asked,) = opinions(store, "26-1")
    assert (asked.to_whom, asked.way, asked.question) == ("bo", "digital", "DCIS?")
    app.button("undo").click().run()
    assert not opinions(store, "26-1", only_open=True)


def test_a_rescan_is_asked_for_by_slide_and_reason(store: Store) -> None:
    app = opened("rescan")
    app.selectbox("rescan slide 26-1").select_index(1)
    app.radio("rescan why 26-1").set_value("stitching")
    app = press(app, "Ask for the rescan in 26-1")
    (asked,) = rescans(store, "26-1")
    assert (asked.slide, asked.reason, asked.by) == ("b.tif", "stitching", account_name())
    app.button("undo").click().run()
    assert not rescans(store, only_open=True)


def test_a_verdict_is_kept_per_slide_and_the_same_again_is_none(store: Store) -> None:
    app = opened("verdict")
    app.segmented_control("verdict 26-1 b.tif").set_value("negative")
    app = press(app, "Keep the verdict on 26-1")
    (kept,) = verdicts(store, "26-1")
    assert (kept.slide, kept.verdict, kept.discord) == ("b.tif", "negative", "AI flagged, reader negative")
    assert "Undo" not in [it.label for it in app.button]
    app = press(opened("verdict"), "Keep the verdict on 26-1")
    assert "Nothing was chosen" in said(app)


def test_a_case_is_signed_out_with_a_verdict_and_says_what_is_unknown(store: Store) -> None:
    app = opened("sign out")
    assert "1 slide has no AI score" in said(app)
    app.segmented_control("verdict 26-1 a.tif").set_value("positive")
    press(app, "Sign out 26-1")
    assert store.case("26-1").signed_out_by == account_name()
    assert [it.verdict for it in verdicts(store, "26-1")] == ["positive"]
    assert store.case("26-2").is_open


def test_the_form_keeps_its_place_though_a_doubt_goes_so_that_no_copy_of_its_button_stands_beside_it(
    store: Store,
) -> None:
    def place_of_form() -> list[int]:
        dialog = opened("sign out")
        assert not dialog.exception
        return [place for place, block in dialog.main.children.items() if block.type == "form"]

    before = place_of_form()
    assert len(before) == 1
    store.record_result(CaseSlide(path=Path("a.tif"), state="scored", score=0.1, flagged=False), SYSTEM)
    assert "no AI score" not in said(opened("sign out"))
    assert place_of_form() == before


def test_a_sign_out_waits_for_second_opinions_unless_told_not_to(store: Store) -> None:
    take(store, ME, "26-1")
    app = opened("second opinion")
    app.selectbox("whom 26-1").select_index(0)
    app.text_area("question 26-1").set_value("DCIS?")
    press(app, "Ask about 26-1")
    app = press(opened("sign out"), "Sign out 26-1")
    assert "waits for the second opinion of bo" in said(app)
    assert store.case("26-1").is_open
    app.checkbox("without 26-1").check()
    press(app, "Sign out 26-1")
    assert not store.case("26-1").is_open


def test_a_note_with_a_patients_number_is_refused_in_the_dialog(store: Store) -> None:
    app = opened("note")
    app.text_area("note text 26-1").set_value("see 010190-1234")
    app = press(app, "Keep the note on 26-1")
    assert "it holds" in said(app)
    assert notes_of(store, "26-1") == []
    app.text_area("note text 26-1").set_value("<b>call</b> the ward")
    press(app, "Keep the note on 26-1")
    assert [it.text for it in notes_of(store, "26-1")] == ["<b>call</b> the ward"]


def test_a_coordinator_reopens_with_a_reason(store: Store) -> None:
    store.sign_out("26-1", pathologist("bo"))
    app = opened("reopen", "coordinator")
    app.text_input("why reopen 26-1").set_value("a slide came late")
    press(app, "Reopen 26-1")
    assert store.case("26-1").is_open


def test_a_role_that_was_taken_away_while_the_dialog_was_open_is_refused(store: Store) -> None:
    app = opened("note")
    app.session_state["remembered role"] = "manager"
    app.text_area("note text 26-1").set_value("hello")
    app = press(app, "Keep the note on 26-1")
    assert "may not" in said(app)
    assert notes_of(store, "26-1") == []
