"""The store keeps every case, through restarts, repeats, conflicts and two processes at once."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import ClauseElement, create_engine, event, inspect
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.orm import ORMExecuteState, Session

from tests.support.people import SYSTEM, pathologist
from worklist.cases import Case, CaseSlide
from worklist.errors import ChangedCaseError, SignedOutError, StoreError, UnknownCaseError
from worklist.store.database import journal_mode
from worklist.store.store import Store
from worklist.store.tables import Base

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
MODEL = "idc-screen@1.0.0"


def case(number: str, *slides: str, **changes: object) -> Case:
    told: dict[str, object] = {
        "accession_number": number,
        "pathway": "breast",
        "pathway_name": "kræftpakke bryst",
        "specimen_kind": "biopsy",
        "urgency": 2,
        "received_utc": NOW - timedelta(days=1),
        "deadline_utc": NOW + timedelta(days=3),
        "site": "Rigshospitalet",
        "subspecialty": "mamma",
        "slides": tuple(CaseSlide(path=Path(path)) for path in slides),
    }
    return Case.model_validate(told | changes)


def scored(path: str, score: float = 0.9, model: str = MODEL) -> CaseSlide:
    return CaseSlide(
        path=Path(path),
        state="scored",
        score=score,
        flagged=score > 0.5,
        quality="warn",
        model=model,
        result_folder=Path("/results/a"),
        scored_utc=NOW,
    )


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'a folder' / 'worklist.db'}"


@pytest.fixture
def store(url: str) -> Store:
    return Store(url, clock=lambda: NOW)


def test_a_case_comes_back_from_a_closed_store_as_it_went_in(store: Store, url: str) -> None:
    told = case("P1", "/slides/æøå 1.svs", "/slides/2.svs")
    assert store.add_cases([told], SYSTEM).new == 1
    store.close()
    assert Store(url).cases() == [told]


def test_times_of_another_zone_are_kept_as_the_same_instant_in_utc(store: Store) -> None:
    received = datetime(2026, 11, 18, 11, 0, tzinfo=timezone(timedelta(hours=1)))
    store.add_cases([case("P1", received_utc=received)], SYSTEM)
    kept = store.case("P1").received_utc
    assert kept == received
    assert kept.utcoffset() == timedelta(0)


def test_the_same_case_twice_is_one_case(store: Store) -> None:
    first, second = store.add_cases([case("P1", "/a.svs")], SYSTEM), store.add_cases([case("P1", "/a.svs")], SYSTEM)
    assert (first.new, second.new, second.unchanged) == (1, 0, 1)
    assert len(store.cases()) == 1


def test_further_slides_join_their_case_and_take_no_result_away(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    store.record_result(scored("/a.svs"), SYSTEM)
    assert store.add_cases([case("P1", "/a.svs", "/b.svs")], SYSTEM).extended == 1
    assert [slide.state for slide in store.case("P1").slides] == ["scored", "unscored"]
    assert store.add_cases([case("P1", "/b.svs")], SYSTEM).unchanged == 1


def test_another_content_under_a_known_number_is_told_by_its_number_and_the_stored_case_stands(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    added = store.add_cases([case("P1", "/a.svs", site="Herlev"), case("P2")], SYSTEM)
    (conflict,) = added.conflicts
    assert conflict.accession_number == "P1"
    assert str(conflict) == conflict.message
    assert conflict.message.startswith("case P1: is on the list already")
    assert "site: Rigshospitalet on the list, Herlev now" in conflict.message
    assert (added.new, added.extended, added.unchanged) == (1, 0, 0)
    assert store.case("P1") == case("P1", "/a.svs")


def test_the_further_slides_of_an_open_case_join_it_though_its_other_content_is_a_conflict(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    store.record_result(scored("/a.svs", 0.1), SYSTEM)
    added = store.add_cases([case("P1", "/b.svs", site="Herlev")], SYSTEM)
    assert (len(added.conflicts), added.extended) == (1, 1)
    assert "only its further slides were added" in added.conflicts[0].message
    assert store.case("P1").site == "Rigshospitalet"
    assert store.case("P1").ai_state == "partly scored"
    assert store.slides_to_score(MODEL) == [Path("/b.svs")]


def test_another_deadline_table_does_not_make_the_same_case_a_conflict(store: Store) -> None:
    store.add_cases([case("P1")], SYSTEM)
    assert store.add_cases([case("P1", deadline_utc=NOW, urgency=1)], SYSTEM).unchanged == 1


def test_a_result_reaches_every_case_that_holds_the_slide_and_repeating_it_changes_nothing(
    store: Store,
) -> None:
    store.add_cases([case("P1", "/a.svs"), case("P2", "/a.svs", "/b.svs")], SYSTEM)
    assert store.record_result(scored("/a.svs"), SYSTEM) == 2
    once = store.cases()
    assert once[0].slides[0] == scored("/a.svs")
    assert store.record_result(scored("/a.svs"), SYSTEM) == 2
    assert store.cases() == once
    assert store.record_result(scored("/nowhere.svs"), SYSTEM) == 0


def test_a_new_result_replaces_the_old_one_whole(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    store.record_result(scored("/a.svs"), SYSTEM)
    spoilt = CaseSlide(path=Path("/a.svs"), state="rejected", reason="rescan: out of focus", scored_utc=NOW)
    store.record_result(spoilt, SYSTEM)
    assert store.case("P1").slides == (spoilt,)


@pytest.mark.parametrize("model", [MODEL, "idc-screen@2.0.0"])
def test_a_failure_takes_no_flag_away_and_the_slide_is_tried_until_it_is_read_again(store: Store, model: str) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    store.record_result(scored("/a.svs"), SYSTEM)
    failed = CaseSlide(path=Path("/a.svs"), state="failed", reason="a.svs: the disk is away", model=model)
    for _ in range(2):
        store.record_result(failed, SYSTEM)
    (kept,) = store.case("P1").slides
    assert kept == scored("/a.svs").model_copy(update={"later_failure": "a.svs: the disk is away"})
    assert store.case("P1").ai_state == "flagged"
    assert "the disk is away" in (store.case("P1").ai_caveat or "")
    assert store.slides_to_score(MODEL) == [Path("/a.svs")]
    store.record_result(scored("/a.svs", 0.2), SYSTEM)
    assert store.case("P1").slides == (scored("/a.svs", 0.2),)
    assert store.slides_to_score(MODEL) == []


def test_slides_to_score_are_those_without_a_finding_by_this_model(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs", "/b.svs"), case("P2", "/c.svs", "/b.svs"), case("P3", "/d.svs")], SYSTEM)
    store.record_result(scored("/a.svs"), SYSTEM)
    store.record_result(CaseSlide(path=Path("/c.svs"), state="rejected", reason="no mpp", model=MODEL), SYSTEM)
    store.sign_out("P3", pathologist("reader"))
    assert store.slides_to_score(MODEL) == [Path("/b.svs"), Path("/c.svs")]
    assert store.slides_to_score(MODEL, retry=frozenset()) == [Path("/b.svs")]
    assert store.slides_to_score("idc-screen@2.0.0") == [Path("/a.svs"), Path("/b.svs"), Path("/c.svs")]


def test_only_a_named_person_signs_out_and_the_case_is_still_there(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    with pytest.raises(SignedOutError, match="no name"):
        store.sign_out("P1", pathologist(" "))
    store.sign_out("P1", pathologist("A. Reader"))
    assert store.sign_out("P1", pathologist("A. Reader")).signed_out_utc == NOW
    assert store.cases() == []
    (closed,) = store.cases(include_signed_out=True)
    assert (closed.signed_out_by, closed.is_open) == ("A. Reader", False)
    with pytest.raises(SignedOutError, match=r"A\. Reader signed it out"):
        store.sign_out("P1", pathologist("B. Other"))


def test_a_case_that_changed_since_its_reader_saw_it_is_not_signed_out(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs", "/b.svs")], SYSTEM)
    seen = store.case("P1")
    store.record_result(scored("/a.svs"), SYSTEM)
    store.add_cases([case("P1", "/late.svs")], SYSTEM)
    with pytest.raises(ChangedCaseError, match=r"case P1.*a\.svs is now flagged; late\.svs is new, unscored.*look"):
        store.sign_out("P1", pathologist("A. Reader"), seen=seen)
    assert store.case("P1").is_open
    again = store.case("P1")
    assert not store.sign_out("P1", pathologist("A. Reader"), seen=again).is_open
    assert not store.sign_out("P1", pathologist("A. Reader"), seen=again).is_open


def test_a_sign_out_and_an_intake_hold_the_case_where_the_database_lets_two_write_at_once(store: Store) -> None:
    store.add_cases([case("P1")], SYSTEM)
    asked: list[str] = []

    def listen(state: ORMExecuteState) -> None:
        assert isinstance(state.statement, ClauseElement)
        asked.append(str(state.statement.compile(dialect=PGDialect())))  # type: ignore[no-untyped-call]

    event.listen(Session, "do_orm_execute", listen)
    try:
        store.sign_out("P1", pathologist("A. Reader"))
        store.add_cases([case("P1")], SYSTEM)
    finally:
        event.remove(Session, "do_orm_execute", listen)
    of_cases = [statement for statement in asked if "FROM cases" in statement]
    assert len(of_cases) == 2
    assert all("FOR UPDATE" in statement for statement in of_cases)


def test_the_latest_signed_out_cases_are_read_and_all_are_counted(store: Store) -> None:
    store.add_cases([case(f"P{number}") for number in range(4)], SYSTEM)
    for number in (2, 0, 3):
        store.sign_out(f"P{number}", pathologist("A. Reader"), NOW + timedelta(minutes=number))
    done = store.signed_out(2)
    assert [it.accession_number for it in done.cases] == ["P3", "P2"]
    assert done.total == 3


def test_slides_that_come_after_the_sign_out_are_told_not_lost_in_silence(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    store.sign_out("P1", pathologist("A. Reader"))
    assert store.add_cases([case("P1", "/a.svs")], SYSTEM).unchanged == 1
    (conflict,) = store.add_cases([case("P1", "/late.svs")], SYSTEM).conflicts
    assert "tell that person" in conflict.message


def test_an_unknown_case_is_an_error_with_its_number(store: Store) -> None:
    with pytest.raises(UnknownCaseError, match="P404"):
        store.case("P404")
    with pytest.raises(UnknownCaseError, match="P404"):
        store.sign_out("P404", pathologist("reader"))


def test_an_error_halfway_through_an_intake_leaves_the_store_as_it_was(store: Store) -> None:
    def broken() -> list[Case]:
        raise OSError("the file went away")

    def some_then_break() -> object:
        yield case("P1")
        yield from broken()

    with pytest.raises(OSError, match="went away"):
        store.add_cases(some_then_break(), SYSTEM)  # type: ignore[arg-type]
    assert store.cases() == []


def test_the_migrations_make_exactly_the_tables_that_the_program_uses(store: Store, url: str) -> None:
    with create_engine(url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_store_of_the_first_schema_is_brought_up_to_date_and_keeps_its_results(store: Store, url: str) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    store.record_result(scored("/a.svs"), SYSTEM)
    store.close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE case_slides DROP COLUMN later_failure")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert Store(url).case("P1").slides == (scored("/a.svs"),)
    assert "later_failure" in {column["name"] for column in inspect(engine).get_columns("case_slides")}


def test_a_store_of_a_newer_program_is_named_and_left_alone(store: Store, url: str, tmp_path: Path) -> None:
    store.add_cases([case("P1")], SYSTEM)
    store.close()
    with sqlite3.connect(tmp_path / "a folder" / "worklist.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(StoreError, match="newer Forrang"):
        Store(url)


def test_many_processes_may_open_and_fill_a_fresh_store_at_once(url: str) -> None:
    def fill(number: int) -> int:
        return Store(url).add_cases([case(f"P{number}"), case("P-shared")]).new

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(fill, range(6))) == 7
    assert len(Store(url).cases()) == 7


def test_what_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "worklist.db").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(StoreError, match="not a database"):
        Store(f"sqlite:///{tmp_path / 'worklist.db'}")
    with pytest.raises(StoreError, match="FORRANG_HOME"):
        Store(f"sqlite:///{tmp_path / 'worklist.db' / 'below' / 'worklist.db'}")
    with pytest.raises(StoreError, match="FORRANG_DATABASE_URL"):
        Store("no address")
    with pytest.raises(StoreError, match="in memory"):
        Store("sqlite://")


def test_wal_is_used_only_where_sqlite_does_not_corrupt_in_it(store: Store, tmp_path: Path) -> None:
    assert [journal_mode(version) for version in [(3, 40, 1), (3, 51, 2), (3, 51, 3), (4, 0, 0)]] == [
        "DELETE",
        "DELETE",
        "WAL",
        "WAL",
    ]
    raw = sqlite3.connect(tmp_path / "a folder" / "worklist.db")
    mode = raw.execute("PRAGMA journal_mode").fetchone()[0]
    raw.close()
    assert mode.upper() == journal_mode(sqlite3.sqlite_version_info)


def test_the_folder_of_a_new_store_is_its_owners_alone(store: Store, tmp_path: Path) -> None:
    assert (tmp_path / "a folder").stat().st_mode & 0o777 == 0o700
