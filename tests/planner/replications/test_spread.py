"""A function of many things, here or on several cores: the answers are in their order, and told as they come."""

import pytest

from planner.replications.spread import Counted, spread


def squared(number: int) -> Counted:
    return Counted(1_000_000_000, number * number)


@pytest.mark.parametrize("jobs", [1, 2])
def test_answers_keep_their_order_and_each_is_told(jobs: int) -> None:
    told: list[tuple[int, int, str]] = []
    assert spread(squared, range(5), jobs, lambda *it: told.append(it)) == [0, 1, 4, 9, 16]
    assert told == [(done, 5, "") for done in range(1, 6)]
    assert spread(squared, [3], jobs) == [9]
