"""Drift is called as often by chance as is said, and found where it is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from scipy import stats

from worklist.watching.drift import (
    FALSE_ALARM,
    LEAST_SLIDES,
    REFERENCE_SLIDES,
    Seen,
    adjusted,
    monday,
    psi,
    reference_of,
    score_psi,
    shifts,
)

ZONE = ZoneInfo("Europe/Copenhagen")
MONDAY = datetime(2026, 11, 2, 8, tzinfo=UTC)


def week_of(rng, slides, *, days=0, shifted=0.0, scanners=2, warn=0.1):
    """Slides of one week, on scanners and from sites in turn; their scores are beta(2, 5), moved on the logit."""
    scores = stats.norm.cdf(stats.norm.ppf(rng.beta(2, 5, slides)) + shifted)
    quality = np.where(rng.random(slides) < warn, "warn", "ok")
    return [
        Seen(
            MONDAY + timedelta(days=days, seconds=10 * number),
            float(scores[number]),
            str(quality[number]),
            f"scanner {number % scanners}",
            f"site {number % 2}",
        )
        for number in range(slides)
    ]


def test_a_week_without_a_change_gives_a_false_alarm_at_most_as_often_as_is_said():
    rng = np.random.default_rng(11)
    weeks, alarms, by_test = 80, 0, 0
    for _ in range(weeks):
        seen = [*week_of(rng, REFERENCE_SLIDES), *week_of(rng, 400, days=7)]
        found = shifts(seen, reference_of(seen), ZONE)
        assert len(found) == 10
        alarms += any(it.adjusted_p is not None and it.adjusted_p <= FALSE_ALARM for it in found)
        by_test += any(it.level in ("moved", "moved far") for it in found)
    # binomial: above this with probability under 0.1% if the rate were 5%
    assert alarms <= stats.binom.ppf(0.999, weeks, FALSE_ALARM)
    assert by_test <= alarms


def test_without_a_change_the_size_of_drift_is_what_theory_expects():
    rng = np.random.default_rng(3)
    sizes = [score_psi(rng.beta(2, 5, 300), rng.beta(2, 5, 200)) for _ in range(400)]
    assert np.mean(sizes) == pytest.approx(9 * (1 / 300 + 1 / 200), rel=0.15)


def test_a_scanner_that_changed_is_found_and_the_others_are_not_called():
    rng = np.random.default_rng(5)
    first, later = week_of(rng, REFERENCE_SLIDES), week_of(rng, 600, days=7)
    moved = week_of(rng, 600, days=7, shifted=0.8)
    mixed = [bad if good.scanner == "scanner 1" else good for good, bad in zip(later, moved, strict=True)]
    found = {it.group: it.level for it in shifts([*first, *mixed], reference_of(first), ZONE) if it.what == "score"}
    assert found["scanner scanner 1"] == "moved far"
    assert found["scanner scanner 0"] == "as before"
    assert found["all"] in ("moved", "moved far")


def test_slides_of_worse_quality_are_found():
    rng = np.random.default_rng(5)
    seen = [*week_of(rng, 300), *week_of(rng, 300, days=7, warn=0.4)]
    quality = [it for it in shifts(seen, reference_of(seen), ZONE) if it.what == "quality" and it.group == "all"]
    assert [it.level for it in quality] == ["moved far"]


def test_a_change_too_small_to_matter_is_not_called_though_it_is_sure():
    rng = np.random.default_rng(5)
    seen = [*week_of(rng, 300), *week_of(rng, 20_000, days=7, shifted=0.12, scanners=1)]
    whole = [it for it in shifts(seen, reference_of(seen), ZONE) if it.what == "score" and it.group == "all"]
    assert [it.level for it in whole] == ["as before"]
    assert whole[0].psi < 0.1


def test_few_slides_are_not_judged():
    rng = np.random.default_rng(5)
    seen = [*week_of(rng, 300), *week_of(rng, LEAST_SLIDES - 1, days=7, shifted=3)]
    found = shifts(seen, reference_of(seen), ZONE)
    assert {it.level for it in found} == {"too few"}
    assert {it.psi for it in found} == {None}
    assert reference_of(week_of(rng, REFERENCE_SLIDES - 1)) is None


def test_a_slide_without_a_score_counts_for_quality_alone():
    rng = np.random.default_rng(5)
    first = week_of(rng, 300)
    rejected = [Seen(MONDAY + timedelta(days=7), None, "reject", "", "") for _ in range(60)]
    found = shifts(rejected, reference_of(first), ZONE)
    assert [(it.what, it.slides, it.level) for it in found] == [("score", 0, "too few"), ("quality", 60, "moved far")]


def test_the_same_distribution_has_not_moved_and_an_empty_class_is_no_end():
    assert psi(np.array([10, 20, 70]), np.array([10, 20, 70])) == pytest.approx(0)
    assert psi(np.array([50, 50]), np.array([100, 0])) > 1
    by_hand = (0.6 - 0.5) * np.log(0.6 / 0.5) + (0.4 - 0.5) * np.log(0.4 / 0.5)
    assert psi(np.array([50_000, 50_000]), np.array([60_000, 40_000])) == pytest.approx(by_hand, rel=1e-3)


def test_several_tests_are_reckoned_together():
    assert adjusted([0.01, 0.02, 0.03, 0.5]) == pytest.approx([0.04, 0.04, 0.04, 0.5])
    assert adjusted([]) == []


def test_a_week_begins_on_monday_by_the_sites_clocks():
    # Sunday 23:30 UTC is Monday in Copenhagen
    assert monday(datetime(2026, 11, 8, 23, 30, tzinfo=UTC), ZONE).isoformat() == "2026-11-09"
    assert monday(datetime(2026, 11, 8, 22, 30, tzinfo=UTC), ZONE).isoformat() == "2026-11-02"
