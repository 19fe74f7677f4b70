"""Shadow mode: the AI's places are logged when they are others than before, and nothing moves."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.cases import NOW, case, scored
from tests.support.people import SYSTEM, pathologist
from worklist.errors import NotAllowedError
from worklist.priority.page import first_page
from worklist.priority.policy import Policy
from worklist.priority.shadow import log_shadow
from worklist.store.store import Store
from worklist.store.tables import AuditRow, ShadowPlaceRow

SHADOW = Policy(name="shadow", shadow=True)


def filled(store: Store) -> None:
    """Four cases that are due together in some weeks, the last of them flagged."""
    now = store.now()
    times = {"received_utc": now, "deadline_utc": now + timedelta(days=20)}
    store.add_cases([case(f"P{number}", f"/{number}.svs", **times) for number in range(4)], SYSTEM)
    store.record_result(scored("/3.svs", 0.9), SYSTEM)


def logged(store: Store) -> list[tuple[int, int]]:
    with store.reading() as session:
        rows = session.scalars(select(ShadowPlaceRow).order_by(ShadowPlaceRow.id))
        return [(row.clinical_place, row.ai_place) for row in rows]


def test_what_the_ai_would_move_is_logged_once_and_again_when_it_would_move_it_otherwise(store: Store) -> None:
    filled(store)
    told = log_shadow(store, SYSTEM, NOW, SHADOW)
    assert [(it.accession_number, it.raised_by) for it in told] == [("P3", 3), ("P0", -1), ("P1", -1), ("P2", -1)]
    assert logged(store) == [(4, 1), (1, 2), (2, 3), (3, 4)]
    assert log_shadow(store, SYSTEM, NOW + timedelta(minutes=1), SHADOW) == []
    store.sign_out("P0", pathologist("reader"))
    again = log_shadow(store, SYSTEM, NOW + timedelta(minutes=2), SHADOW)
    assert [(it.accession_number, it.raised_by) for it in again] == [("P3", 2)]
    store.record_result(scored("/3.svs", 0.1), SYSTEM)
    gone = log_shadow(store, SYSTEM, NOW + timedelta(minutes=3), SHADOW)
    assert {it.accession_number: it.raised_by for it in gone} == {"P1": 0, "P2": 0, "P3": 0}


def test_the_list_itself_stays_in_clinical_order_and_the_log_is_on_the_trail(store: Store) -> None:
    filled(store)
    log_shadow(store, SYSTEM, NOW, SHADOW)
    page = first_page(store, NOW, SHADOW, 10)
    assert [it.case.accession_number for it in page] == ["P0", "P1", "P2", "P3"]
    assert [it.would_overtake for it in page] == [0, 0, 0, 3]
    with store.reading() as session:
        details = session.scalars(select(AuditRow.details).where(AuditRow.accession_number.is_(None))).all()
    assert '{"shadow places": 4}' in details


def test_only_the_machinery_logs(store: Store) -> None:
    with pytest.raises(NotAllowedError):
        log_shadow(store, pathologist("reader"), NOW, SHADOW)


def test_the_commands_show_the_first_places_under_a_policy_and_what_the_shadow_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    from typer.testing import CliRunner

    from cli import commands

    monkeypatch.setenv("FORRANG_HOME", str(tmp_path))
    monkeypatch.delenv("FORRANG_DATABASE_URL", raising=False)
    store = Store.open()
    filled(store)
    store.close()

    def told(*words: str) -> list[dict[str, object]]:
        done = CliRunner().invoke(commands, ["worklist", *words], catch_exceptions=False)
        assert done.exit_code == 0
        told: list[dict[str, object]] = json.loads(done.stdout)
        return told

    assert [it["accession_number"] for it in told("--first", "2", "--json")] == ["P3", "P0"]
    first = told("--json")[0]
    assert (first["overtakes"], first["clinical_rank"], first["ai_raise_working_hours"]) == (3, 4, 14.4)
    for words in (("--no-ai",), ("--policy", "clinical-only"), ("--policy", "shadow")):
        assert [it["accession_number"] for it in told(*words, "--json")] == ["P0", "P1", "P2", "P3"]
    assert [it["ai_place"] for it in told("shadow", "--json")] == [1, 2, 3, 4]
    assert told("shadow", "--json") == []
    shown = CliRunner().invoke(commands, ["worklist", "--first", "1"], catch_exceptions=False)
    assert "P3" in shown.stdout
    assert "the first 1 of 4 open cases" in shown.stdout
