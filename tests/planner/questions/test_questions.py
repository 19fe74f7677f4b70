"""Questions answered by a process of their own: the answer comes, a stop is heeded, a killed process is told."""

import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from planner.archive import runs
from planner.errors import RunError
from planner.holding import held
from planner.questions import folder
from planner.questions.answers import answer_to
from planner.questions.folder import all_asked, answer, ask, asked, questions_folder, remove, stop
from planner.questions.question import Progress, Question
from planner.report.page_file import page_from_json, page_to_json
from planner.shelf import take

PATIENCE_S = 120


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path))


def question(kind: str = "run", *plans: str, **how: object) -> Question:
    names = plans or ("single-queue",)
    told = {
        "kind": kind,
        "scenarios": tuple(take(name).text for name in names),
        "titles": names,
        "asked_by": "Ida",
        "asked_utc": datetime.now(UTC),
        "replications": 2,
    }
    return Question.model_validate(told | how)


def wait_until_ended(question_id: str) -> Progress:
    patient_until = time.monotonic() + PATIENCE_S
    while (found := asked(question_id).progress).is_open and time.monotonic() < patient_until:
        time.sleep(0.1)
    return found


def test_a_question_is_answered_and_its_run_is_kept() -> None:
    it = ask(question())
    found = wait_until_ended(it.id)
    assert found.state == "done", (it.folder / "log.txt").read_text("utf-8")
    assert [run.id for run in runs()] == list(found.runs)
    page = answer(asked(it.id))
    assert any("on-time" in section.anchor or section.pictures for section in page.sections)
    assert [one.id for one in all_asked(5)] == [it.id]
    remove(asked(it.id))
    assert all_asked(5) == []
    assert len(runs()) == 1


def test_a_question_that_waits_its_turn_is_stopped() -> None:
    questions_folder().mkdir(parents=True)
    with held(questions_folder() / folder.TURN):
        it = ask(question())
        assert asked(it.id).progress.state == "waiting"
        with pytest.raises(RunError, match="stop it first"):
            remove(asked(it.id))
        stop(it)
        assert wait_until_ended(it.id).state == "stopped"
    assert runs() == []


def test_a_process_that_is_killed_is_told_and_not_waited_for() -> None:
    questions_folder().mkdir(parents=True)
    with held(questions_folder() / folder.TURN):
        it = ask(question())
        process = folder._STARTED[-1]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        found = wait_until_ended(it.id)
    assert (found.state, found.reason) == ("stopped", folder.LOST)


def test_what_is_wrong_with_the_plan_is_the_answer() -> None:
    it = ask(question(scenarios=("name: broken",), titles=("broken",)))
    found = wait_until_ended(it.id)
    assert found.state == "failed"
    assert "broken" in found.reason
    assert "arrivals" in found.reason


@pytest.mark.parametrize("name", ["../x", "", "20260101T000000000000Z-run-../x", "nothing"])
def test_an_id_never_leads_out_of_the_folder(name: str) -> None:
    with pytest.raises(RunError, match="there is no question"):
        asked(name)


@pytest.mark.parametrize("kind", ["run", "compare", "workforce"])
def test_each_kind_has_a_page_that_is_the_same_once_it_was_written(kind: str) -> None:
    plans = ("small-lab", "small-lab") if kind == "compare" else ("small-lab",)
    page = answer_to(question(kind, *plans), lambda *_: None).page
    again = page_from_json(page_to_json(page))
    assert again.title == page.title
    assert list(again.answers) == list(page.answers)
    assert page_to_json(again) == page_to_json(page)
    assert any(section.pictures for section in again.sections)
