"""What needs a hand is listed once, counted, and lost by nobody."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.people import pathologist, person
from worklist.errors import ChangedOperationError, NotAllowedError, UnknownOperationError
from worklist.store.tables import AuditRow
from worklist.watching.operations import close_operation, open_operations, operation_counts, raise_operation

CARL = person("carl", "coordinator")


def raise_it(store, kind="drift", subject="m@1", text="look"):
    with store.writing() as session:
        raise_operation(session, kind, subject, text, store.now())


def test_the_same_again_is_counted_and_tells_the_newest(store, clock):
    raise_it(store, text="first")
    clock.advance(hours=1)
    raise_it(store, text="second")
    raise_it(store, subject="m@2")
    found = {it.subject: it for it in open_operations(store)}
    assert (found["m@1"].times, found["m@1"].text) == (2, "second")
    assert found["m@1"].last_utc - found["m@1"].first_utc == timedelta(hours=1)
    assert found["m@2"].times == 1


def test_one_that_was_closed_comes_again_as_a_new_one(store):
    raise_it(store)
    (first,) = open_operations(store)
    close_operation(store, CARL, first.id)
    assert open_operations(store) == []
    raise_it(store)
    (again,) = open_operations(store)
    assert (again.times, again.id != first.id) == (1, True)
    with store.reading() as session:
        assert session.scalars(select(AuditRow.act)).all() == ["close operation"]


def test_what_is_not_open_cannot_be_closed_and_not_by_everybody(store):
    raise_it(store)
    (it,) = open_operations(store)
    with pytest.raises(NotAllowedError):
        close_operation(store, pathologist("anna"), it.id)
    with pytest.raises(UnknownOperationError):
        close_operation(store, CARL, it.id + 1)
    close_operation(store, CARL, it.id)
    with pytest.raises(UnknownOperationError):
        close_operation(store, CARL, it.id)


def test_a_change_that_fails_raises_nothing(store):
    def fails():
        with store.writing() as session:
            raise_operation(session, "clock", "host", "look", store.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert open_operations(store) == []


def test_many_who_raise_the_same_at_once_make_one_entry_and_lose_no_count(store):
    threads = [threading.Thread(target=lambda: [raise_it(store) for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (only,) = open_operations(store)
    assert only.times == 40


def test_one_that_happened_again_since_it_was_seen_is_not_closed_unseen(store):
    raise_it(store)
    (seen,) = open_operations(store)
    raise_it(store, text="once more")
    with pytest.raises(ChangedOperationError, match="2 times by now"):
        close_operation(store, CARL, seen.id, seen=seen)
    (now,) = open_operations(store)
    close_operation(store, CARL, now.id, seen=now)
    assert open_operations(store) == []


def test_kinds_are_counted_and_looked_at_alone(store):
    for kind, subject in (("drift", "m@1"), ("clock", "a"), ("clock", "b")):
        raise_it(store, kind, subject)
    assert list(operation_counts(store).items()) == [("clock", 2), ("drift", 1)]
    assert {it.subject for it in open_operations(store, ["clock"])} == {"a", "b"}
    assert len(open_operations(store, limit=2)) == 2
