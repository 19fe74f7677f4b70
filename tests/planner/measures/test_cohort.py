"""Times that are only known to be at least so long: what is said of them is true whatever the open cases come to."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.engine.tables import HOUR_MS
from planner.measures.cohort import SMALL_SHARE, Grouping, Times

DETAILS = ("mean", "p50", "p90", "p95", "max")
CASES = st.lists(
    st.tuples(st.integers(0, 500), st.booleans(), st.integers(0, 1000), st.integers(-1, 2)), min_size=1, max_size=60
)


def told(hours: list[int], is_open: list[bool], code: list[int]) -> dict[tuple[str, str], float]:
    times = Times(np.array(hours, np.int64) * HOUR_MS, np.array(is_open, np.bool_))
    grouping = Grouping("pathway", ("a", "b", "c"), np.array(code, np.int64))
    return {(name, detail): value for name, detail, value in times.figures(grouping, DETAILS)}


@given(CASES)
def test_whatever_open_cases_come_to_the_figures_hold(cases: list[tuple[int, bool, int, int]]) -> None:
    so_far, is_open, more, code = (list(column) for column in zip(*cases, strict=True))
    found = told(so_far, is_open, code)
    final = [hours + extra * still for hours, extra, still in zip(so_far, more, is_open, strict=True)]
    for place, name in enumerate("abc"):
        mine = np.sort([hours for hours, group in zip(final, code, strict=True) if group == place])
        for detail, share in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("max", 1.0)):
            if not len(mine):
                assert math.isnan(found[name, detail])
                continue
            truth = mine[math.ceil(len(mine) * share - 1e-9) - 1]
            if math.isnan(found[name, detail]):
                assert found[name, detail + "_over"] <= truth
            else:
                assert found[name, detail] / 1.01 - 1e-9 <= truth <= found[name, detail] + 1e-9
                assert (name, detail + "_over") not in found


@given(CASES)
def test_without_open_cases_nothing_is_hidden(cases: list[tuple[int, bool, int, int]]) -> None:
    hours, _, _, code = (list(column) for column in zip(*cases, strict=True))
    found = told(hours, [False] * len(hours), code)
    assert not [key for key in found if key[1].endswith("_over")]
    for place, name in enumerate("abc"):
        mine = [hour for hour, group in zip(hours, code, strict=True) if group == place]
        if mine:
            assert found[name, "mean"] == pytest.approx(np.mean(mine))
            assert found[name, "p90"] == np.quantile(mine, 0.9, method="inverted_cdf")


def test_a_mean_bears_a_few_open_cases_and_no_more() -> None:
    n = 1000
    few = round(n * SMALL_SHARE)
    for still_open, known in ((few, True), (few + 1, False)):
        found = told([10] * n, [True] * still_open + [False] * (n - still_open), [0] * n)
        assert (found["a", "mean"] == 10) is known
        assert ("a", "mean_over") in found or known


def test_an_open_case_that_has_waited_long_does_not_hide_the_median() -> None:
    found = told([1, 2, 3, 400], [False, False, False, True], [0] * 4)
    assert found["a", "p50"] == 2
    assert math.isnan(found["a", "max"])
    assert found["a", "max_over"] == 400
