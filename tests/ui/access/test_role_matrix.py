"""Who gets what: each role against each page, each act on a case, and each route, as one table says it.

The table is written out here on purpose, not read from the code: whoever grants something changes both.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final, get_args

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from planner.questions import folder
from planner.questions.folder import all_asked
from planner.questions.question import Kind
from planner.questions.question import Question as PlannersQuestion
from tests.support.people import SYSTEM, person
from tests.support.slides import make_slide
from tests.support.visits import open_page, pass_for
from ui.acts.words import ActName
from ui.shell.options import SCRIPT
from ui.shell.pages import Name
from ui.viewer.routes import slide_key, viewer_routes
from worklist.calendar import WorkingCalendar
from worklist.cases import Case, CaseSlide
from worklist.errors import NotAllowedError, WorklistError
from worklist.intake.routes import intake_routes
from worklist.people import Actor, Role
from worklist.planning import ask_planner
from worklist.reading import assignment, reading, rescan, second_opinion, urgent, verdict
from worklist.reading.second_opinion import Question
from worklist.store.store import Store
from worklist.trail.directory import PERSON_ROLES
from worklist.watching.measure_routes import measure_routes

P, C, M, R, A = PERSON_ROLES
EVERYBODY: Final = {P, C, M, R, A}

PAGES: Final[dict[Name, set[Role]]] = {
    "worklist": {P, C, M, A},
    "case": {P, C},
    "viewer": {P, C},
    "planner": {C, M, R, A},
    "models": EVERYBODY,
    "operations": {P, C, M, A},
    "people": {A},
    "about": EVERYBODY,
}
ACTS: Final[dict[ActName, set[Role]]] = {
    "take": {P, C},
    "read": {P},
    "assign": {P, C},
    "give back": {P, C},
    "urgent": {P, C},
    "second opinion": {P, C},
    "rescan": {P, C},
    "sign out": {P},
    "verdict": {P},
    "note": {P, C},
    "reopen": {C},
}
"""What the store lets a role do. The app offers less: it is a reader who takes a case."""
ROUTES: Final[dict[str, set[Role]]] = {
    "info": {P, C},
    "tiles/2/0/0": {P, C},
    "thumbnail": {P, C},
    "part?x=0&y=0&width=99&height=99": {P, C},
    "scores": {P, C},
    "glass/label": {P, C},
    "glass/macro": {P, C},
}

QUESTIONS: Final[dict[Kind, set[Role]]] = {
    "run": {M, A},
    "compare": {M, A},
    "bottleneck": {M, A},
    "sensitivity": {M, A},
    "optimise": {M, A},
    "workforce": {M, A},
    "forecast": {M, A},
}
"""Who may put a question to the planner. The forecast reads the list, and its answer is kept there."""

NUMBER: Final = "26-000777"
CALENDAR: Final = WorkingCalendar()
DO: Final[dict[ActName, Callable[[Store, Actor], object]]] = {
    "take": lambda store, who: assignment.take(store, who, NUMBER),
    "read": lambda store, who: reading.start_reading(store, who, NUMBER),
    "assign": lambda store, who: assignment.assign(store, who, NUMBER, "bo"),
    "give back": lambda store, who: assignment.give_back(store, who, NUMBER),
    "urgent": lambda store, who: urgent.mark_urgent(store, who, NUMBER, "the patient waits", CALENDAR),
    "second opinion": lambda store, who: second_opinion.ask(
        store, who, NUMBER, Question("person", "bo", "digital", "is it?"), CALENDAR
    ),
    "rescan": lambda store, who: rescan.ask_rescan(store, who, NUMBER, "phantom.tif", "out of focus"),
    "sign out": lambda store, who: store.sign_out(NUMBER, who),
    "verdict": lambda store, who: verdict.give_verdict(store, who, NUMBER, "phantom.tif", "positive"),
    "note": lambda store, who: reading.write_note(store, who, NUMBER, "a note"),
    "reopen": lambda store, who: reading.reopen(store, who, NUMBER, "by mistake"),
}


@pytest.fixture
def store(store: Store, tmp_path: Path) -> Store:
    now = store.now()
    told: dict[str, object] = {
        "accession_number": NUMBER,
        "pathway": "breast",
        "pathway_name": "Breast",
        "received_utc": now,
        "deadline_utc": now + timedelta(days=4),
        "slides": (CaseSlide(path=make_slide(tmp_path / "phantom.tif")),),
    }
    store.add_cases([Case.model_validate(told)], SYSTEM)
    return store


def test_the_table_has_all_pages_acts_and_routes() -> None:
    assert set(PAGES) == set(get_args(Name))
    assert set(ACTS) == set(DO) == set(get_args(ActName))
    assert set(QUESTIONS) == set(get_args(Kind))
    known = {route.path.removeprefix("/slides/{slide}/").partition("/")[0] for route in viewer_routes()}
    assert known == {path.partition("/")[0].partition("?")[0] for path in ROUTES}


@pytest.mark.parametrize("role", PERSON_ROLES)
def test_a_role_is_offered_its_pages_and_no_other(store: Store, role: Role) -> None:
    app = AppTest.from_file(str(SCRIPT), default_timeout=90)
    app.session_state["remembered role"] = role
    app.run()
    assert not app.exception
    assert set(app.session_state["pages"]) == {page for page, roles in PAGES.items() if role in roles}


@pytest.mark.parametrize("page", ["case", "viewer"])
@pytest.mark.parametrize("role", sorted(EVERYBODY - {P, C}))
def test_a_page_of_a_case_tells_nothing_to_a_role_that_came_to_it_all_the_same(
    store: Store, role: Role, page: str
) -> None:
    app = AppTest.from_string(
        "from ui.shell.pages import PageOf, offer\nhere = lambda: None\n"
        "offer({name: PageOf(name, here, None) for name in ('worklist', 'case', 'viewer')}, bool)\n"
        f"from ui.{page}.page import show\nshow()\n",
        default_timeout=90,
    )
    app.session_state["remembered role"] = role
    app.query_params["case"] = NUMBER
    app.run()
    assert "may not" in "".join(it.message for it in app.exception)
    told = [it.value for kind in (app.markdown, app.caption, app.text) for it in kind]
    assert NUMBER not in "".join([*told, *(block.proto.body for block in app.get("html"))])


@pytest.mark.parametrize("role", PERSON_ROLES)
def test_acts_are_done_for_the_roles_in_the_table_and_refused_to_all_others(store: Store, role: Role) -> None:
    who = person("somebody", role)
    refused = set()
    for act, do in DO.items():
        try:
            do(store, who)
        except NotAllowedError:
            refused.add(act)
        except WorklistError:
            pass  # the role may; the case is in no state for it, or the person not in the directory
    assert refused == {act for act, roles in ACTS.items() if role not in roles}


@pytest.mark.parametrize("role", PERSON_ROLES)
def test_a_question_is_taken_from_the_roles_in_the_table_and_leaves_nothing_of_others(
    store: Store, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_start", lambda _folder, _answered_by: None)
    who = person("somebody", role)
    refused = set()
    for kind in QUESTIONS:
        told = {"kind": kind, "scenarios": ("name: mine",), "titles": ("mine",), "asked_by": "Somebody"}
        question = PlannersQuestion.model_validate(told | {"asked_utc": store.now()})
        try:
            ask_planner(store, who, question)
        except NotAllowedError:
            refused.add(kind)
    assert refused == {kind for kind, roles in QUESTIONS.items() if role not in roles}
    assert {it.question.kind for it in all_asked(9)} == set(QUESTIONS) - refused


@pytest.mark.parametrize("role", PERSON_ROLES)
def test_a_route_gives_pictures_to_the_roles_in_the_table_and_nothing_to_others(store: Store, role: Role) -> None:
    client = TestClient(Starlette(routes=viewer_routes()))
    (slide,) = store.case(NUMBER).slides
    with open_page(person("somebody", role)):
        headers = {"x-forrang-pass": pass_for(person("somebody", role), NUMBER)}
        for path, roles in ROUTES.items():
            answer = client.get(f"/slides/{slide_key(slide.path)}/{path}", headers=headers)
            assert (answer.status_code == 403) == (role not in roles), path
            assert role in roles or not answer.content, path


@pytest.mark.parametrize("path", ROUTES)
def test_a_route_gives_nothing_without_a_pass(store: Store, path: str) -> None:
    client = TestClient(Starlette(routes=viewer_routes()))
    (slide,) = store.case(NUMBER).slides
    with open_page(person("somebody", P)):
        answer = client.get(f"/slides/{slide_key(slide.path)}/{path}")
    assert (answer.status_code, answer.content) == (403, b"")


def test_a_route_for_other_systems_gives_nothing_to_a_person_signed_in_or_not(store: Store) -> None:
    client = TestClient(Starlette(routes=[*intake_routes(), *measure_routes()]))
    with open_page(person("somebody", A)):
        word = pass_for(person("somebody", A), NUMBER)
        for path in ("/metrics", "/fhir/R4/Task"):
            assert client.get(path, headers={"x-forrang-pass": word}).status_code == 401
