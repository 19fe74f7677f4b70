"""Invariants 1 to 3 of the design on 10,000 made-up lists, and on streams of cases."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.precedence import check_list, check_stream, made_list
from worklist.priority.rank import rank

LISTS = 10_000
SEEDS = st.integers(0, 2**48)


@settings(max_examples=LISTS, derandomize=True, database=None)
@given(SEEDS)
def test_ten_thousand_lists_keep_every_invariant(seed: int) -> None:
    check_list(rank, made_list(seed))


@settings(max_examples=60, derandomize=True, database=None)
@given(SEEDS)
def test_nobody_starves_in_a_stream_of_flagged_cases(seed: int) -> None:
    check_stream(rank, seed)
