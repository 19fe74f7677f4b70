"""Actions are counted by hour too, a part of a page tells its class, and what is broken off is judged fairly."""

from datetime import UTC, datetime, timedelta

import pytest

from worklist.store.store import Store
from worklist.watching.action_times import ActionTimes, hours, months

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Watch:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.at = NOON + timedelta(minutes=59)

    def __call__(self) -> float:
        return self.now_s

    def date(self) -> datetime:
        return self.at

    def break_off_after(self, seconds: float) -> None:
        self.now_s += seconds
        raise BrokenOffError


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def times(watch: Watch) -> ActionTimes:
    return ActionTimes(watch, watch.date)


def kept(store: Store, times: ActionTimes) -> list[tuple[int, str, int, int, float]]:
    times.keep(store, at_once=True)
    found = hours(store, NOON, NOON + timedelta(hours=5))
    return [(it.hour_utc.hour, it.action, it.actions, it.within, it.longest_s) for it in found]


def test_an_hour_tells_how_many_were_in_time_and_how_long_the_longest_took(
    store: Store, times: ActionTimes, watch: Watch
) -> None:
    for seconds in (1.0, 4.0):
        with times.timed("standard"):
            watch.now_s += seconds
    assert kept(store, times) == [(12, "standard", 2, 1, 4.0)]
    with times.timed("standard"):
        watch.now_s += 3.5
    watch.at += timedelta(minutes=1)
    with times.timed("standard"):
        watch.now_s += 2.0
    assert kept(store, times) == [(12, "standard", 3, 1, 4.0), (13, "standard", 1, 1, 2.0)]
    assert [(it.month, it.actions, it.within) for it in months(store)] == [("2026-11", 4, 2)]


def test_a_part_of_an_action_tells_the_class_of_the_whole(store: Store, times: ActionTimes, watch: Watch) -> None:
    with times.timed("standard"):
        watch.now_s += 2
        with times.timed("data-heavy"):
            watch.now_s += 6
        watch.now_s += 1
    with times.timed("search"):
        watch.now_s += 1
    assert kept(store, times) == [(12, "data-heavy", 1, 1, 9.0), (12, "search", 1, 1, 1.0)]


class BrokenOffError(BaseException):
    """As Streamlit ends a page of which another one is asked."""


def test_what_is_broken_off_counts_only_where_it_was_too_late(store: Store, times: ActionTimes, watch: Watch) -> None:
    for seconds in (0.1, 3.2):
        with pytest.raises(BrokenOffError), times.timed("standard"):
            watch.break_off_after(seconds)
    with pytest.raises(ValueError, match="no such thing"), times.timed("standard"):
        raise ValueError("no such thing")
    assert kept(store, times) == [(12, "standard", 2, 1, pytest.approx(3.2))]
