"""`forrang jobs`: what people and scripts see of the queue, and what they may do with it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.support.cases import MODEL, case
from tests.support.people import SYSTEM
from worklist.cases import CaseSlide
from worklist.commands.jobs import jobs_commands
from worklist.jobs import signs
from worklist.jobs.filling import queue_new
from worklist.jobs.queue import JobQueue
from worklist.store.store import Store


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JobQueue:
    """Two slides wait on a list that the commands find by the environment."""
    monkeypatch.setenv("FORRANG_DATABASE_URL", f"sqlite:///{tmp_path / 'worklist.db'}")
    monkeypatch.setenv("COLUMNS", "200")
    store = Store.open()
    store.add_cases([case("P1", "/slides/a.svs"), case("P2", "/slides/b.svs")], SYSTEM)
    found = JobQueue(store, MODEL)
    queue_new(found)
    return found


def jobs(*words: str, status: int = 0) -> Result:
    ran = CliRunner().invoke(jobs_commands, list(words))
    assert ran.exit_code == status, ran.output
    return ran


def test_the_list_shows_what_waits_who_works_and_why_something_died(queue: JobQueue) -> None:
    signs.begin(queue, "lab-1")
    lease = queue.claim("lab-1", 1)[0]
    worn_out = type(lease)(lease.job, lease.path, lease.token, losses=99)
    queue.fail(worn_out, CaseSlide(path=lease.path, state="failed", reason="cut short", model=MODEL), SYSTEM)
    told = json.loads(jobs("list", "--json").stdout)
    assert told["counts"] == {"waiting": 1, "leased": 0, "done": 0, "dead": 1, "cancelled": 0}
    assert [(it["slide"], it["state"], it["reason"]) for it in told["jobs"]] == [
        ("/slides/a.svs", "dead", "cut short"),
        ("/slides/b.svs", "waiting", None),
    ]
    assert [it["worker"] for it in told["workers"]] == ["lab-1"]
    shown = jobs("list", "--state", "dead").stdout
    assert "a.svs" in shown
    assert "b.svs" not in shown


def test_jobs_are_cancelled_with_a_reason_and_tried_again(queue: JobQueue) -> None:
    assert "1 cancelled" in jobs("cancel", "1", "--why", "wrong stain").stdout
    assert queue.store.case("P1").slides[0].reason == "not to be read by the AI: wrong stain"
    assert "1 to be tried again" in jobs("retry", "1").stdout
    assert "0 to be tried again" in jobs("retry").stdout
    assert jobs("cancel", "99", "--why", "no", status=1).exception is not None


def test_a_state_that_is_none_is_wrong_usage(queue: JobQueue) -> None:
    jobs("list", "--state", "asleep", status=2)


def test_workers_are_asked_to_stop(queue: JobQueue) -> None:
    assert "nobody" in jobs("drain").stdout
    signs.begin(queue, "lab-1")
    assert "asked to stop: lab-1" in jobs("drain").stdout
    assert signs.sign(queue, "lab-1")
