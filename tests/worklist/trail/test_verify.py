"""The trail's chain tells every change of what was written, and both databases refuse to make one."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from tests.support.people import SYSTEM, person
from worklist.errors import NotAllowedError, StoreError, TrailError
from worklist.store.database import reading, writing
from worklist.store.store import Store
from worklist.trail import verify as verify_module
from worklist.trail.chain import Entry, append
from worklist.trail.entries import Wanted, export, latest
from worklist.trail.verify import Anchor, head, verify

ADMIN = person("the admin", "admin")


def acts(store: Store, count: int) -> None:
    for number in range(1, count + 1):
        store.saw(SYSTEM, "see list", f"26-{number:06}", {"n": number, "share": 0.1, "name": "Åse", "on": True})


def tamper(store: Store, *statements: str) -> None:
    """As somebody does who may do everything in the database: first the guards go, then what is to be hidden."""
    with store.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            for change in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER audit_refuses_{change}"))
        for statement in statements:
            connection.execute(text(statement))


def test_an_empty_trail_holds(store: Store) -> None:
    found = verify(store)
    assert (found.rows, found.first, found.head.number) == (0, None, 0)


def test_a_trail_holds_over_many_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_module, "_BATCH", 3)
    acts(store, 10)
    found = verify(store, head(store))
    assert (found.rows, found.first, found.last) == (10, store.now(), store.now())
    assert found.head == head(store)


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (["UPDATE audit SET who = 'somebody else' WHERE number = 3"], "audit row 3 .see list, .* was changed"),
        (["UPDATE audit SET details = '{}' WHERE number = 6"], "audit row 6 .* was changed"),
        (["UPDATE audit SET at_utc = '2020-01-01 00:00:00' WHERE number = 1"], "audit row 1 .* was changed"),
        (["DELETE FROM audit WHERE number = 3"], "audit row 3 is missing: the next one is row 4"),
        (["DELETE FROM audit WHERE number = 1"], "audit row 1 is missing: the next one is row 2"),
        (["DELETE FROM audit WHERE number > 4"], "audit row 5 is missing: the trail ends at row 4"),
        (["DELETE FROM audit"], "audit row 1 is missing: the trail ends at row 0"),
        (["DELETE FROM audit_head"], "head is missing"),
        (["UPDATE audit_head SET number = 5"], "does not have the head's hash"),
        (["UPDATE audit_head SET hash = 'x'"], "audit row 6 does not have the head's hash"),
        (
            ["UPDATE audit_head SET number = 5, hash = (SELECT hash FROM audit WHERE number = 5)"],
            "audit row 6 was put in behind the head",
        ),
        (
            [
                "UPDATE audit SET number = 10 WHERE number = 2",
                "UPDATE audit SET number = 2 WHERE number = 3",
                "UPDATE audit SET number = 3 WHERE number = 10",
            ],
            "audit row 2 .* was changed",
        ),
    ],
)
def test_the_first_row_that_is_broken_is_named(store: Store, statements: list[str], told: str) -> None:
    acts(store, 6)
    verify(store)
    tamper(store, *statements)
    with pytest.raises(TrailError, match=told):
        verify(store)


def forged(store: Store, number: int) -> None:
    """A row that was written anew with a hash that fits it, and the rows behind it left as they were."""
    from worklist.trail.chain import link

    with reading(store.engine) as session:
        row = dict(session.execute(text("SELECT * FROM audit WHERE number = :n"), {"n": number}).mappings().one())
    row["who"], row["at_utc"] = "forger", store.now()
    del row["hash"]
    tamper(store, f"UPDATE audit SET who = 'forger', hash = '{link(row)}' WHERE number = {number}")


def test_a_row_that_was_forged_with_its_own_hash_is_told_by_the_next_one(store: Store) -> None:
    acts(store, 6)
    forged(store, 3)
    with pytest.raises(TrailError, match="audit row 4 does not follow row 3"):
        verify(store)


def test_the_last_row_that_was_forged_with_its_own_hash_is_told_by_the_head(store: Store) -> None:
    acts(store, 6)
    forged(store, 6)
    with pytest.raises(TrailError, match="audit row 6 does not have the head's hash"):
        verify(store)


def test_a_trail_that_was_wholly_written_anew_is_told_by_an_anchor_alone(store: Store) -> None:
    acts(store, 6)
    anchor = head(store)
    start = "UPDATE audit_head SET number = 0, hash = '" + "0" * 64 + "'"
    tamper(store, "DELETE FROM audit", start)
    acts(store, 3)
    assert verify(store).rows == 3, "the chain alone cannot tell"
    with pytest.raises(TrailError, match=r"ends at row 3, and had 6 rows .* cut off"):
        verify(store, anchor)
    store.saw(ADMIN, "see audit")
    acts(store, 6)
    with pytest.raises(TrailError, match="audit row 6 has another hash than the anchor"):
        verify(store, anchor)


def test_an_anchor_is_read_as_it_was_written() -> None:
    anchor = Anchor(17, "ab" * 32)
    assert Anchor.read(f" {anchor}\n") == anchor
    with pytest.raises(TrailError, match="NUMBER:HASH"):
        Anchor.read("17:ab")


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'x'", "DELETE FROM audit WHERE number = 1"])
def test_the_database_itself_refuses_to_change_the_trail(store: Store, statement: str) -> None:
    acts(store, 2)
    with pytest.raises(StoreError, match="append-only"), writing(store.engine) as session:
        session.execute(text(statement))
    assert verify(store).rows == 2


def test_postgresql_refuses_to_empty_the_trail_too(store: Store, database: str) -> None:
    if database == "sqlite":
        pytest.skip("skipped: SQLite has no TRUNCATE")
    acts(store, 1)
    with pytest.raises(StoreError, match="append-only"), writing(store.engine) as session:
        session.execute(text("TRUNCATE audit"))


def test_an_act_that_fails_leaves_no_row(store: Store) -> None:
    acts(store, 1)
    with pytest.raises(ZeroDivisionError), store.acting(SYSTEM, "see list"):
        _ = 1 // 0
    with pytest.raises(NotAllowedError):
        store.saw(SYSTEM, "sign out")
    assert verify(store).rows == 1


def test_several_rows_of_one_change_are_linked_too(store: Store) -> None:
    with writing(store.engine) as session:
        append(session, *(Entry(SYSTEM, "see list", datetime(2026, 1, day, tzinfo=UTC)) for day in (1, 2, 3)))
    found = verify(store)
    assert (found.rows, found.first) == (3, datetime(2026, 1, 1, tzinfo=UTC))


def test_the_latest_acts_are_listed_and_that_is_an_act_too(store: Store) -> None:
    acts(store, 5)
    found = latest(store, ADMIN, Wanted(), 3)
    assert [(it.number, it.act) for it in found] == [(6, "see audit"), (5, "see list"), (4, "see list")]
    assert found[1].told == "n 5, name Åse, on True, share 0.1"
    of_case = latest(store, ADMIN, Wanted(accession_number="26-000002", act="see list"), 10)
    assert [it.number for it in of_case] == [2]
    by_admin = latest(store, ADMIN, Wanted(who=ADMIN.name), 10)
    assert {it.act for it in by_admin} == {"see audit"}


def test_what_is_exported_can_be_checked_without_the_store(store: Store) -> None:
    from worklist.trail.chain import START, link

    acts(store, 5)
    previous = START
    for it in export(store, ADMIN, Wanted()):
        record = it.as_record()
        own = record.pop("hash")
        assert record["previous"] == previous
        assert link(record) == own
        previous = own
    assert previous == head(store).hash


def test_only_an_admin_sees_the_trail(store: Store) -> None:
    for role in ("pathologist", "coordinator", "manager", "researcher"):
        with pytest.raises(NotAllowedError):
            latest(store, person("somebody", role), Wanted(), 1)


def test_the_trail_is_listed_between_two_instants(store: Store, clock: Callable[[], datetime]) -> None:
    start = store.now()
    acts(store, 2)
    clock.advance(hours=1)  # type: ignore[attr-defined]
    acts(store, 1)
    found = latest(store, ADMIN, Wanted(since_utc=start, until_utc=store.now()), 10)
    assert [it.number for it in found] == [2, 1]
