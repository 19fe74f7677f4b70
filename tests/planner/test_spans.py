"""Spans of time are joined and cut as sets of moments are."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner.spans import Spans, cut

PIECES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 12)).map(lambda p: (p[0], p[1], p[1] + p[2])),
    max_size=8,
)
Pieces = list[tuple[int, int, int]]


def spans(pieces: Pieces) -> Spans:
    return Spans(*np.array(pieces, np.int64).reshape(-1, 3).T)


def moments(pieces: Pieces) -> set[tuple[int, int]]:
    return {(lane, moment) for lane, start, end in pieces for moment in range(start, end)}


@given(PIECES, PIECES)
def test_what_is_left_is_what_is_in_a_span_and_in_no_hole(pieces: Pieces, holes: Pieces) -> None:
    found = cut(spans(pieces), spans(holes))
    left = [(int(a), int(b), int(c)) for a, b, c in zip(*found, strict=True)]
    assert moments(left) == moments(pieces) - moments(holes)
    assert all(start < end for _, start, end in left)


@given(PIECES)
def test_spans_that_touch_become_one_and_come_in_order(pieces: Pieces) -> None:
    found = cut(spans(pieces))
    left = list(zip(*found, strict=True))
    assert left == sorted(left)
    for (lane, _, end), (next_lane, start, _) in pairwise(left):
        assert lane < next_lane or end < start


def test_nothing_leaves_nothing() -> None:
    assert [len(column) for column in cut(spans([]), spans([(0, 1, 5)]))] == [0, 0, 0]
