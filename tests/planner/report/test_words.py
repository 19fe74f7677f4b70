"""Figures are said in the unit that suits them, and an interval in that of its mean."""

import math

import pytest

from planner.measures.intervals import Estimate
from planner.report import words


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0%"), (0.0004, "<0.1%"), (0.004, "0.4%"), (0.874, "87%"), (0.996, "99.6%"), (1.0, "100%"), (math.nan, "–")],
)
def test_a_share_has_a_decimal_only_where_it_would_hide_something(value: float, said: str) -> None:
    assert words.share(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (0.2, "12 min"), (7.46, "7.5 h"), (47.9, "47.9 h"), (76.8, "3.2 days"), (math.inf, "–")],
)
def test_hours_become_minutes_or_days(value: float, said: str) -> None:
    assert words.hours(value) == said


@pytest.mark.parametrize(("value", "said"), [(12345.0, "12,300"), (8.44, "8.4"), (0.0312, "0.031"), (0.0, "0")])
def test_a_number_keeps_the_figures_that_count(value: float, said: str) -> None:
    assert words.number(value) == said


def test_an_interval_is_in_the_unit_of_its_mean() -> None:
    assert words.between(Estimate(60.0, 40.0, 80.0, 5), words.hours) == "2.5 days (1.7 to 3.3)"
    assert words.between(Estimate(0.5, 0.2, 1.5, 5), words.hours) == "30 min (12 to 90)"


def test_without_an_interval_there_are_no_brackets() -> None:
    assert words.between(Estimate(0.87, math.nan, math.nan, 1), words.share) == "87%"
    assert words.between(Estimate(math.nan, math.nan, math.nan, 0), words.share) == "–"


def test_a_change_says_its_direction_and_no_sign_for_what_rounds_to_nothing() -> None:
    assert words.change(Estimate(0.041, -0.0001, 0.0822, 5), words.points) == "+4.1 points (0.0 to +8.2)"
    assert words.change(Estimate(-3.0, -3.3, -2.6, 5), words.hours) == "−3.0 h (−3.3 to −2.6)"


def test_money_is_said_in_its_currency() -> None:
    assert words.money_in("DKK")(3_112_345.0) == "3,110,000 DKK"
