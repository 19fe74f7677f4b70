"""Foreseeing today's list from the planner's page, run by Streamlit without a browser."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from planner.questions import folder
from planner.questions.folder import all_asked, keep_answer, questions_folder, write
from planner.questions.question import Progress
from planner.scenario.load import read_scenario
from planner.shelf import put, take
from tests.support.cases import case
from tests.support.people import SYSTEM
from tests.support.planner_pages import said
from ui.demo import MANAGER, foresee
from ui.shell.language import moment
from worklist.calendar import WorkingCalendar
from worklist.forecast import refresh_forecast
from worklist.foreseeing import forecast_page
from worklist.planning import FUTURES
from worklist.store.store import Store


@pytest.fixture(autouse=True)
def _an_open_case(store: Store, put_down: list[Path]) -> None:
    store.add_cases([case("L26-1", received_utc=store.now(), deadline_utc=datetime(2100, 1, 4, tzinfo=UTC))], SYSTEM)


def offers_it(app: AppTest) -> bool:
    return any(it.key == "foresee now" for it in app.button)


def test_a_manager_foresees_the_list_with_a_plan_of_the_house_which_is_then_the_next_one_too(
    page: Callable[..., AppTest],
) -> None:
    put("ours", take("small-lab").text)
    app = page()
    assert "The list has not been foreseen yet." in said(app)
    plans = app.selectbox("foresee plan")
    assert "ours" in plans.options
    assert "single-queue" not in plans.options, "nobody reads there"
    assert plans.value == "small-lab"
    plans.select("ours").run()
    app.button("foresee now").click().run()
    assert not app.exception
    (it,) = all_asked(5)
    assert (it.question.kind, it.question.titles, it.question.replications) == ("forecast", ("ours",), FUTURES)
    assert it.question.scenarios == (take("ours").text,)
    assert it.question.role == "manager"
    assert page().selectbox("foresee plan").value == "ours"


@pytest.mark.parametrize("role", ["coordinator", "researcher"])
def test_who_may_not_plan_is_not_offered_it(page: Callable[..., AppTest], role: str) -> None:
    app = page(role)
    assert not app.exception
    assert "A small laboratory" in said(app)
    assert not offers_it(app)


def test_the_page_tells_when_the_list_was_foreseen_last(page: Callable[..., AppTest], store: Store) -> None:
    plan = read_scenario(take("small-lab").text)
    made = refresh_forecast(store, MANAGER, plan, replications=1, jobs=1)
    assert f"The newest forecast of the list is of {moment(made.made_utc, WorkingCalendar().zone)}." in said(page())


def test_the_answer_is_shown_to_a_researcher_and_names_no_case(page: Callable[..., AppTest], store: Store) -> None:
    foresee(store)
    (it,) = all_asked(5)
    plan = read_scenario(take("small-lab").text)
    keep_answer(it.folder, forecast_page(plan, refresh_forecast(store, MANAGER, plan, replications=1, jobs=1)))
    write(questions_folder() / it.id / folder.PROGRESS, Progress(state="done"))
    app = page("researcher", answer=it.id)
    assert not app.exception
    assert "Of 1 open case about 0 will miss their deadline" in said(app)
    assert "4 January 2100" in said(app)
    assert "L26-1" not in said(app)


def test_each_start_of_the_demo_foresees_its_new_list(store: Store) -> None:
    foresee(store)
    foresee(store)
    assert [(it.question.kind, it.question.login) for it in all_asked(5)] == [("forecast", MANAGER.name)] * 2
