"""How often readers overrule the AI, counted by hand and against chance."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from scipy import stats

from worklist.watching.agreement import LEAST_VERDICTS, Agreed, Arrived, arrival_rates, is_alarm, reading_rates
from worklist.watching.drift import FALSE_ALARM

ZONE = ZoneInfo("Europe/Copenhagen")
MONDAY = datetime(2026, 11, 2, 8, tzinfo=UTC)


def verdicts(week, *, hit=0, missed=0, vain=0, quiet=0):
    """hit: flagged and positive; missed: positive alone; vain: flagged alone; quiet: neither."""
    at = MONDAY + timedelta(weeks=week)
    kinds = (((True, True), hit), ((True, False), missed), ((False, True), vain), ((False, False), quiet))
    return [Agreed(at, positive, flagged) for (positive, flagged), count in kinds for _ in range(count)]


def test_slides_that_arrived_are_counted_by_what_became_of_them():
    states = ["scored"] * 6 + ["unscored", "rejected", "failed", "failed"]
    found = {it.rate: it for it in arrival_rates([Arrived(MONDAY, state) for state in states], ZONE)}
    assert (found["not scored"].count, found["not scored"].of) == (4, 10)
    assert found["rejected or failed"].count == 3
    assert found["not scored"].value.holds(0.4)


def test_overruled_counts_both_ways_and_missed_only_what_the_reader_found():
    found = {it.rate: it for it in reading_rates(verdicts(0, hit=5, missed=2, vain=3, quiet=10), ZONE)}
    assert (found["overruled"].count, found["overruled"].of) == (5, 20)
    assert (found["missed"].count, found["missed"].of) == (2, 7)
    assert found["overruled"].p is None


def test_a_week_in_which_the_ai_misses_more_is_called():
    before = verdicts(0, hit=90, missed=10, quiet=100)
    worse = reading_rates([*before, *verdicts(1, hit=20, missed=20, quiet=40)], ZONE)
    assert [it.rate for it in worse if is_alarm(it)] == ["overruled", "missed"]
    better = reading_rates([*before, *verdicts(1, hit=40, quiet=40)], ZONE)
    assert not any(is_alarm(it) for it in better)


def test_a_week_without_a_change_gives_a_false_alarm_at_most_as_often_as_is_said():
    rng = np.random.default_rng(2)
    alarms, weeks = 0, 150
    for _ in range(weeks):
        told = []
        for week in range(2):
            hit, missed, vain, quiet = rng.multinomial(150, [0.3, 0.05, 0.05, 0.6])
            told += verdicts(week, hit=hit, missed=missed, vain=vain, quiet=quiet)
        alarms += any(is_alarm(it) for it in reading_rates(told, ZONE))
    assert alarms <= stats.binom.ppf(0.999, weeks, FALSE_ALARM)


def test_few_verdicts_are_not_judged():
    few = reading_rates([*verdicts(0, hit=100), *verdicts(1, missed=LEAST_VERDICTS - 1)], ZONE)
    assert not any(is_alarm(it) for it in few)
