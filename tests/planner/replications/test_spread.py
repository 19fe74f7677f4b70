"""A function of many things, here or on several cores: the answers are in their order, and told as they come."""

import pytest

from planner.replications import places
from planner.replications.spread import Counted, spread


def squared(number: int) -> Counted:
    return Counted(1_000_000_000, number * number)


@pytest.mark.parametrize("jobs", [1, 2])
def test_answers_keep_their_order_and_each_is_told(jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "is_compiled", lambda function: True)
    told: list[tuple[int, int, str]] = []
    assert spread(squared, range(5), jobs, lambda *it: told.append(it)) == [0, 1, 4, 9, 16]
    assert told == [(done, 5, "") for done in range(1, 6)]
    assert spread(squared, [3], jobs) == [9]


@pytest.mark.skipif(not places.HAS_NUMBA, reason="skipped: nothing is compiled without numba")
def test_a_cold_start_says_that_it_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "is_compiled", lambda function: False)
    told: list[tuple[int, int, str]] = []
    spread(squared, [3], 1, lambda *it: told.append(it))
    assert told == [(0, 1, places.COMPILING), (1, 1, "")]


def test_a_warm_start_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "is_compiled", lambda function: True)
    told: list[tuple[int, int, str]] = []
    spread(squared, [3], 1, lambda *it: told.append(it))
    assert told == [(1, 1, "")]
