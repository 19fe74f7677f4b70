"""Bags fit their labels and each other, or are refused before a head learns from them."""

import numpy as np
import pytest

from training.data.bag_set import BagSet
from training.errors import BagSetError


def bags_of(*sizes: int, width: int = 3) -> BagSet:
    bags = tuple(np.full((size, width), size, np.float32) for size in sizes)
    names = np.array([f"s{size}" for size in sizes])
    return BagSet(bags, np.arange(len(sizes)) % 2, np.array([f"p{size}" for size in sizes]), names)


def test_bags_of_any_size_are_taken_in_the_order_asked_for() -> None:
    bags = bags_of(4, 1, 7)
    taken = bags.take(np.array([2, 0]))
    assert [len(bag) for bag in taken.bags] == [7, 4]
    assert (taken.patients.tolist(), taken.names.tolist(), taken.labels.tolist()) == (
        ["p7", "p4"],
        ["s7", "s4"],
        [0, 0],
    )
    assert len(bags.take(bags.labels == 1)) == 1
    assert (bags.width, bags.take(np.array([], np.int64)).width) == (3, 0)


def test_what_does_not_fit_is_refused_by_the_bags_name() -> None:
    whole = bags_of(2, 3)
    with pytest.raises(BagSetError, match="2 bags with 1 labels"):
        BagSet(whole.bags, whole.labels[:1], whole.patients, whole.names)
    with pytest.raises(BagSetError, match=r"bag s3 is of shape \(3, 2\)"):
        BagSet((whole.bags[0], whole.bags[1][:, :2]), whole.labels, whole.patients, whole.names)
    with pytest.raises(BagSetError, match=r"bag s3 is of shape \(0, 3\)"):
        BagSet((whole.bags[0], whole.bags[1][:0]), whole.labels, whole.patients, whole.names)
    with pytest.raises(BagSetError, match="bag s2 holds a number that is none"):
        BagSet((whole.bags[0] * np.nan, whole.bags[1]), whole.labels, whole.patients, whole.names)
