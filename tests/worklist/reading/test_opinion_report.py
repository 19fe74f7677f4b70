"""The time of second opinions, against the theory of lifetimes and by hand."""

from datetime import UTC, datetime, timedelta
from math import inf, isnan, log

import numpy as np
import pytest

from worklist.reading.opinion_report import OWN_POST_CASES, POST_HOURS, median_hours, opinion_report
from worklist.reading.second_opinion import Opinion

ASKED = datetime(2026, 11, 2, 8, tzinfo=UTC)
NOW = ASKED + timedelta(days=30)


def opinion(way, hours=None, *, agrees=True, withdrawn_after=None, due_hours=72):
    answered = None if hours is None else ASKED + timedelta(hours=hours)
    withdrawn = None if withdrawn_after is None else ASKED + timedelta(hours=withdrawn_after)
    return Opinion(
        id=1,
        accession_number="26-1",
        asked_by="anna",
        asked_utc=ASKED,
        to_kind="site",
        to_whom="OUH",
        way=way,
        question="?",
        due_utc=ASKED + timedelta(hours=due_hours),
        sent_utc=ASKED,
        received_utc=answered and answered - (answered - ASKED) / 2,
        answered_utc=answered,
        answered_by="bo" if answered else None,
        agrees=agrees if answered else None,
        answer=None,
        withdrawn_utc=withdrawn,
    )


def test_the_interval_of_the_median_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        true, until = rng.exponential(1, 40), rng.exponential(3, 40)
        found = median_hours(np.minimum(true, until).tolist(), (true <= until).tolist())
        held += found.low <= log(2) <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_what_is_still_open_makes_a_way_look_slower_and_not_faster():
    answered = [1.0, 2.0, 3.0, 4.0]
    alone = median_hours(answered, [True] * 4)
    with_open = median_hours([*answered, 50.0, 50.0, 50.0], [True] * 4 + [False] * 3)
    assert alone.value == 2.0
    assert with_open.value == 4.0


def test_of_nothing_nothing_is_known():
    for hours, ended in (([], []), ([5.0], [False])):
        found = median_hours(hours, ended)
        assert isnan(found.value)
        assert (found.low, found.high) == (0.0, inf)


def test_with_few_own_cases_the_published_time_by_post_is_what_is_saved_against():
    told = [opinion("digital", hours) for hours in (0.4, 0.5, 0.6)] + [opinion("post", 90.0)]
    found = opinion_report(told, NOW)
    assert found.post_hours.value == POST_HOURS
    assert found.post_source == f"published: Haghighi 2021 (1 of {OWN_POST_CASES} answered by post here)"
    assert found.saved_hours.value == pytest.approx(POST_HOURS - 0.5)


def test_with_enough_own_cases_their_median_is_what_is_saved_against():
    told = [opinion("digital", 1.0) for _ in range(30)] + [opinion("post", 48.0) for _ in range(OWN_POST_CASES)]
    found = opinion_report(told, NOW)
    assert found.post_source.startswith("measured: 20")
    assert found.saved_hours.value == pytest.approx(47.0)


def test_a_way_is_told_in_counts_shares_and_times():
    told = [
        opinion("post", 24.0),
        opinion("post", 100.0, agrees=False),
        opinion("post"),
        opinion("post", withdrawn_after=10),
        opinion("digital", 2.0),
    ]
    digital, post = opinion_report(told, NOW).ways
    assert (digital.way, digital.asked, digital.answered) == ("digital", 1, 1)
    assert (post.asked, post.answered, post.open, post.withdrawn, post.late) == (4, 2, 1, 1, 2)
    assert post.differ.value == 0.5
    assert post.transit_hours.value == 12.0
