"""The planner's question about the list: answered by a process of its own, and kept in the name of who asked."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from planner.errors import PlannerError
from planner.holding import held
from planner.questions.folder import TURN, Asked, answer, asked, questions_folder
from planner.questions.question import Progress, Question
from planner.report.page import render
from planner.shelf import take
from tests.support.cases import case
from tests.support.people import SYSTEM, person
from worklist.foreseeing import answer_to
from worklist.kept_forecasts import kept_forecasts, newest_forecast_utc
from worklist.planning import ask_planner, stop_question
from worklist.store.store import Store
from worklist.trail.entries import Wanted, export

PATIENCE_S = 120
MANAGER = person("mads", "manager")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path))
    monkeypatch.delenv("FORRANG_DATABASE_URL", raising=False)
    store = Store.open()
    yield store
    store.close()


def two_cases(store: Store) -> None:
    now = store.now()
    late = case("L26-late", "late.svs", received_utc=now - timedelta(days=9), deadline_utc=now - timedelta(days=2))
    early = case("L26-early", "early.svs", received_utc=now - timedelta(hours=3), deadline_utc=now + timedelta(days=20))
    store.add_cases([late, early], SYSTEM)


def question(store: Store, plan: str = "small-lab") -> Question:
    told = {"kind": "forecast", "scenarios": (take(plan).text,), "titles": (plan,), "asked_by": "Mads"}
    return Question.model_validate(told | {"asked_utc": store.now(), "replications": 4})


def wait_until_ended(it: Asked) -> Progress:
    patient_until = time.monotonic() + PATIENCE_S
    while (found := asked(it.id).progress).is_open and time.monotonic() < patient_until:
        time.sleep(0.1)
    return found


def test_a_process_of_its_own_foresees_the_list_and_keeps_it_in_the_name_of_who_asked(store: Store) -> None:
    two_cases(store)
    begun = store.now()
    it = ask_planner(store, MANAGER, question(store))
    ended = wait_until_ended(it)
    assert ended.state == "done", (it.folder / "log.txt").read_text("utf-8")
    assert (ended.done, ended.wanted) == (4, 4)
    assert {one.accession_number: one.late_probability for one in kept_forecasts(store)} == {
        "L26-late": 1.0,
        "L26-early": 0.0,
    }
    made = newest_forecast_utc(store)
    assert made is not None
    assert made > begun
    acts = [(row.act, row.who, row.role, row.source) for row in export(store, person("chief", "admin"), Wanted())]
    assert ("plan", "mads", "manager", MANAGER.source) in acts
    assert ("see list", "mads", "manager", "planner") in acts
    page = answer(asked(it.id))
    assert page.answers[0] == "Of 2 open cases about 1 will miss their deadline; 1 to 1 in eight of ten futures."
    assert list(page.sections[0].grids[0].rows[0]) == ["overdue already", "1", "1", "1"]
    assert "L26" not in render(page), "researchers and coordinators see answers too"


def test_a_forecast_that_is_stopped_leaves_the_one_before(store: Store) -> None:
    two_cases(store)
    answer_to(question(store).model_copy(update={"login": "mads", "role": "manager"}), lambda *_: None)
    before = kept_forecasts(store)
    questions_folder().mkdir()
    with held(questions_folder() / TURN):
        it = ask_planner(store, MANAGER, question(store))
        stop_question(store, MANAGER, it)
        assert wait_until_ended(it).state == "stopped"
    assert kept_forecasts(store) == before != []


def test_a_list_without_an_open_case_and_a_plan_without_readers_are_told_in_words(store: Store) -> None:
    asked_by_mads = question(store).model_copy(update={"login": "mads", "role": "manager"})
    with pytest.raises(PlannerError, match="no open case on the list"):
        answer_to(asked_by_mads, lambda *_: None)
    two_cases(store)
    with pytest.raises(PlannerError, match="no step 'reading'"):
        answer_to(asked_by_mads.model_copy(update={"scenarios": (take("single-queue").text,)}), lambda *_: None)
    assert newest_forecast_utc(store) is None
