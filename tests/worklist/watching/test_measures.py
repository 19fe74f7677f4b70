"""What the service measures of itself is what is in the store, and names nobody."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.support.people import SYSTEM
from worklist.cases import Case, CaseSlide
from worklist.intake.tokens import make_token
from worklist.store.database import writing
from worklist.store.store import Store
from worklist.store.tables import JobRow, OperationRow, UnmatchedSlideRow, WorkerRow
from worklist.watching.action_times import KEEP_EVERY_S, ActionTimes, months
from worklist.watching.measure_routes import measure_routes
from worklist.watching.measures import age_class, reason_class, text

NUMBER = "010190-1234"


def value(measures: str, name: str, **labels: str) -> float | None:
    """Of the one measure of that name and those labels."""
    told = ",".join(f'{label}="{it}"' for label, it in sorted(labels.items()))
    wanted = re.escape(f"{name}{{{told}}}" if told else name)
    found = re.findall(rf"^{wanted} (\S+)$", measures, re.MULTILINE)
    return float(found[0]) if found else None


def job(number: int, state: str, age: timedelta, now: datetime, reason: str | None = None) -> JobRow:
    return JobRow(
        path=f"/scans/{NUMBER}-{number}.svs",
        model="m@1",
        state=state,
        due_s=0,
        attempts=0,
        losses=0,
        not_before_utc=now,
        reason=reason,
        created_utc=now - age,
    )


@pytest.fixture
def busy(store: Store) -> Store:
    """A store with open, overdue and signed-out cases, jobs of several ages, failures, and things to see to."""
    now = store.now()
    for number, due in ((1, 1), (2, -1), (3, 1)):
        slide = CaseSlide(path=Path(f"/scans/{NUMBER}-{number}.svs"))
        times = {"received_utc": now - timedelta(days=3), "deadline_utc": now + timedelta(days=due)}
        told = {"accession_number": f"26-00000{number}", "pathway": "p", "pathway_name": "P", "slides": (slide,)}
        store.add_cases([Case.model_validate(told | times)], SYSTEM)
    found = CaseSlide(path=Path(f"/scans/{NUMBER}-1.svs"), state="scored", score=0.9, flagged=True, model="m@1")
    store.record_result(found, SYSTEM)
    with writing(store.engine) as session:
        session.add(job(2, "waiting", timedelta(minutes=5), now))
        session.add(job(3, "leased", timedelta(hours=30), now))
        session.add(job(4, "dead", timedelta(hours=2), now, f"{NUMBER}.svs: file not found; copy it"))
        session.add(job(5, "waiting", timedelta(hours=2), now, "it took more than 4 GB of memory"))
        session.add(job(6, "done", timedelta(hours=2), now))
        session.add(UnmatchedSlideRow(path=f"/in/{NUMBER}.svs", reason="no number", arrived_utc=now))
        session.add(WorkerRow(name="a", model="m@1", started_utc=now, seen_utc=now, draining=False))
        gone = now - timedelta(hours=1)
        session.add(WorkerRow(name="b", model="m@1", started_utc=gone, seen_utc=gone, draining=False))
        told = {"kind": "unknown site", "subject": "XYZ", "text": "-", "times": 3}
        session.add(OperationRow(**told, first_utc=now, last_utc=now))
    return store


def test_the_measures_are_what_is_in_the_store(busy: Store) -> None:
    told = text(busy)
    assert value(told, "forrang_open_cases", state="scored") == 1
    assert value(told, "forrang_open_cases", state="scanned") == 2
    assert value(told, "forrang_open_cases_by_ai", state="flagged") == 1
    assert value(told, "forrang_overdue_cases") == 1
    assert {it: value(told, "forrang_jobs", state=it) for it in ("waiting", "leased", "dead", "cancelled")} == {
        "waiting": 2,
        "leased": 1,
        "dead": 1,
        "cancelled": 0,
    }
    ages = ("under 1 h", "1 to 4 h", "4 to 24 h", "over 24 h")
    assert [value(told, "forrang_queue_by_age", age=age) for age in ages] == [1, 1, 0, 1]
    assert value(told, "forrang_failing_jobs", reason="file not found") == 1
    assert value(told, "forrang_failing_jobs", reason="limit or crash") == 1
    assert value(told, "forrang_failing_jobs", reason="other") == 0
    assert value(told, "forrang_findings_last_hour", state="scored") == 1
    assert value(told, "forrang_unmatched_slides") == 1
    assert value(told, "forrang_workers") == 1
    assert value(told, "forrang_open_operations", kind="unknown site") == 1


def test_no_measure_names_a_case_a_file_or_a_person(busy: Store) -> None:
    told = text(busy, ActionTimes())
    for secret in (NUMBER, "0101901234", "26-00000", "/scans", "/in", ".svs", "XYZ"):
        assert secret not in told


def test_findings_of_more_than_an_hour_ago_count_no_more(busy: Store, clock: Callable[[], datetime]) -> None:
    clock.advance(hours=1)  # type: ignore[attr-defined]
    assert value(text(busy), "forrang_findings_last_hour", state="scored") == 0


def test_every_age_has_a_class_also_one_that_a_clock_made_negative() -> None:
    hours = (-5, 0, 1, 3.9, 4, 23.9, 24, 1000)
    found = [age_class(timedelta(hours=it)) for it in hours]
    expected = ["under 1 h"] * 2 + ["1 to 4 h"] * 2 + ["4 to 24 h"] * 2 + ["over 24 h"] * 2
    assert found == expected


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("b.svs: the file is cut short; copy it again", "unreadable file"),
        ("a.svs: file not found; copy it", "file not found"),
        ("um per px is missing", "resolution"),
        ("the reader crashed (SIGSEGV)", "limit or crash"),
        ("something else", "other"),
        (None, "other"),
    ],
)
def test_every_reason_has_a_class(reason: str | None, told: str) -> None:
    assert reason_class(reason) == told


class Stopwatch:
    """Says what it was set to."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.day = datetime(2026, 11, 30, tzinfo=UTC)

    def __call__(self) -> float:
        return self.now_s

    def date(self) -> datetime:
        return self.day


def test_times_are_counted_by_month_against_their_limits_and_kept(store: Store) -> None:
    watch = Stopwatch()
    times = ActionTimes(watch, watch.date)

    def act(action: str, seconds: float) -> None:
        with times.timed(action):  # type: ignore[arg-type]
            watch.now_s += seconds

    for seconds in (0.5, 3.0, 3.1, 20):
        act("standard", seconds)
    act("data-heavy", 14)
    watch.day += timedelta(days=1)
    act("standard", 1)
    with pytest.raises(ZeroDivisionError), times.timed("standard"):
        _ = 1 // 0
    times.keep(store, at_once=True)
    kept = [(it.month, it.action, it.actions, it.within, it.percent) for it in months(store)]
    assert kept == [
        ("2026-12", "standard", 2, 2, 100),
        ("2026-11", "data-heavy", 1, 1, 100),
        ("2026-11", "standard", 4, 2, 50),
    ]
    told = text(store, times)
    labels = {"month": "2026-11", "action": "standard", "limit_s": "3"}
    assert value(told, "forrang_actions_within_limit_percent", **labels) == 50
    assert value(told, "forrang_action_seconds_count", action="standard") == 6
    times.keep(store, at_once=True)
    act("standard", 1)
    times.keep(store, at_once=True)
    assert [it.actions for it in months(store)] == [3, 1, 4], "nothing is counted twice"


def test_times_are_kept_now_and_then(store: Store) -> None:
    watch = Stopwatch()
    times = ActionTimes(watch, watch.date)
    with times.timed("standard"):
        watch.now_s += 1
    times.keep(store)
    assert not months(store)
    watch.now_s += KEEP_EVERY_S
    times.keep(store)
    assert [it.actions for it in months(store)] == [1]


def test_only_a_known_sender_reads_the_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path))
    monkeypatch.delenv("FORRANG_DATABASE_URL", raising=False)
    client = TestClient(Starlette(routes=measure_routes()))
    assert client.get("/metrics").status_code == 401
    token = make_token(tmp_path / "api-tokens", "prometheus")
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert value(answer.text, "forrang_overdue_cases") == 0
