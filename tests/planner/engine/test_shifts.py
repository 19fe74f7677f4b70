"""People and machines are on shift when their roster, part time, absence and breakdowns say so."""

import numpy as np
import pytest

from planner.engine.tables import HOUR_MS
from planner.errors import ScenarioError
from tests.support.planner_futures import CLOCK_BACK, CLOCK_FORWARD, crew, department, drawn, shifts_of

DAY = {"hours": {"mon-fri": "08:00-16:00"}}
NIGHT = {"hours": {"daily": "22:00-06:00"}}


def days_worked(unit: dict[str, object], server: int = 0, days: int = 364, **fields: object) -> list[int]:
    """Days on which a server's shifts begin."""
    scenario = crew(DAY, unit=unit, days=days, country=None, time_zone="UTC", **fields)
    return [int(start // 24) for start, _ in shifts_of(scenario, server)]


def test_a_week_of_day_shifts_with_a_break() -> None:
    roster = {**DAY, "breaks": {"mon-fri": "12:00-12:30"}}
    found = shifts_of(crew(roster, days=7))
    assert found == [(24 * d + a, 24 * d + b) for d in range(5) for a, b in ((8, 12), (12.5, 16))]


@pytest.mark.parametrize(("when", "long"), [(CLOCK_FORWARD, 7), (CLOCK_BACK, 9)])
def test_nights_are_as_long_as_the_clock_makes_them(when: dict[str, object], long: int) -> None:
    found = shifts_of(crew(NIGHT, **when))
    assert [end - start for start, end in found] == [6, long, 8, 2]


def test_shifts_that_touch_are_one_and_one_that_lasts_has_no_end() -> None:
    _, futures = drawn(department(days=30))
    assert futures.shift_at.tolist() == [0]
    assert futures.shift_on.tolist() == [1]
    three = {"hours": {"mon-fri": ["07:00-15:00", "15:00-23:00", "23:00-07:00"]}}
    assert shifts_of(crew(three, days=7)) == [(7, 127)]


def test_part_time_is_spread_evenly() -> None:
    worked = days_worked({"full_time": 0.6})
    assert len(worked) == 0.6 * 260
    by_week = np.bincount(np.array(worked) // 7)
    assert set(by_week.tolist()) == {3}


@pytest.mark.parametrize("share", [0.5, 0.37, 0.8, 0.05, 1.0])
def test_every_stretch_of_days_has_its_share_of_part_time(share: float) -> None:
    worked = np.isin([d for d in range(364) if d % 7 < 5], days_worked({"full_time": share}))
    done = np.concatenate(([0], np.cumsum(worked)))
    for stretch in (1, 5, 40, 200):
        assert np.abs(done[stretch:] - done[:-stretch] - share * stretch).max() < 1 + 1e-9


def test_not_all_part_timers_are_off_on_the_same_day() -> None:
    off = [set(range(5)) - set(days_worked({"full_time": 0.8, "count": 30}, server, days=7)) for server in range(30)]
    assert all(len(days) == 1 for days in off)
    assert set.union(*off) == set(range(5))


def test_absence_takes_its_share_of_the_days() -> None:
    compiled, futures = drawn(crew(DAY, unit={"count": 200, "absence": 0.12}, days=364, country=None))
    assert len(compiled.servers) == 200
    rostered, worked = 200 * 260, futures.shift_on.sum()
    assert abs(worked - 0.88 * rostered) < 4 * np.sqrt(rostered * 0.12 * 0.88)
    by_server = np.bincount(futures.shift_server[futures.shift_on == 1])
    assert 150 < by_server.std() ** 2 * 260 / 26 < 450, "as independent days would spread"


def test_an_absent_night_is_missed_as_a_whole() -> None:
    found = shifts_of(crew(NIGHT, unit={"absence": 0.4}, days=364, country=None, time_zone="UTC"))
    assert {end - start for start, end in found[1:-1]} == {8}
    assert all(start % 24 == 22 for start, _ in found[1:])


def test_more_absence_misses_the_same_days_and_more() -> None:
    some, more = set(days_worked({"absence": 0.1})), set(days_worked({"absence": 0.2}))
    assert more < some


def test_a_colleague_more_or_a_later_start_changes_nobodys_absence() -> None:
    unit = {"absence": 0.3, "count": 2}
    alone = days_worked(unit, 1)
    colleague = {"name": "two", "roster": "roster", "absence": 0.3}
    assert alone == days_worked({**unit, "count": 3}, 1) == days_worked(unit, 1, more_units=[colleague])
    assert alone != days_worked(unit, 0)
    assert alone != days_worked(unit, 2, more_units=[colleague])
    later = days_worked(unit, 1, days=357, start="2026-01-12")
    assert [day + 7 for day in later] == [day for day in alone if day >= 7]


def test_units_that_share_a_name_are_different_people() -> None:
    twin = {"name": "one", "roster": "roster", "absence": 0.5}
    assert days_worked({"absence": 0.5}, 0, more_units=[twin]) != days_worked({"absence": 0.5}, 1, more_units=[twin])


def test_replications_differ_in_absence() -> None:
    scenario = crew(DAY, unit={"absence": 0.3}, days=100)
    assert shifts_of(scenario, replication=0) == shifts_of(scenario, replication=0)
    assert shifts_of(scenario, replication=0) != shifts_of(scenario, replication=1)
    assert shifts_of(scenario, seed=1) != shifts_of(scenario, seed=2)


def machines(between: float, down: float, **fields: object) -> dict[str, object]:
    return {
        "resource": {"kind": "machine", "downtime": {"mean_hours_between": between, "mean_hours_down": down}},
        "country": None,
        "time_zone": "UTC",
        **fields,
    }


def test_machines_are_down_for_their_share_and_their_times() -> None:
    always = {"hours": {"daily": "00:00-24:00"}}
    _, futures = drawn(crew(always, unit={"count": 300}, days=364, **machines(90, 10)))
    sign = 1 - 2 * futures.shift_on
    hours = 300 * 364 * 24
    on = np.sum(sign * futures.shift_at) / HOUR_MS + (futures.shift_on.sum() * 2 - len(sign)) * 364 * 24
    failures = hours / 100
    assert abs(on - 0.9 * hours) < 4 * np.sqrt(failures) * np.hypot(10 * 0.9, 90 * 0.1)
    assert abs((futures.shift_on == 0).sum() - failures * 0.9997) < 4 * np.sqrt(failures)
    off_at_start = 300 - np.sum(futures.shift_at == 0)
    assert abs(off_at_start - 30) < 4 * np.sqrt(27), "as it is in the long run from the first moment"


def test_a_breakdown_is_cut_out_of_the_roster_and_nothing_else_is() -> None:
    whole = shifts_of(crew(DAY, days=364, country=None, time_zone="UTC"))
    broken = shifts_of(crew(DAY, days=364, **machines(30, 5)))
    share = sum(end - start for start, end in broken) / sum(end - start for start, end in whole)
    assert 0.75 < share < 0.95
    assert all(any(a <= start and end <= b for a, b in whole) for start, end in broken)


def test_breakdowns_are_the_machines_own() -> None:
    two = crew(DAY, unit={"count": 2}, days=100, **machines(30, 5))
    three = crew(DAY, unit={"count": 3}, days=100, **machines(30, 5))
    assert shifts_of(two, 1) == shifts_of(three, 1)
    assert shifts_of(two, 1) != shifts_of(two, 0)


def test_absurdly_frequent_breakdowns_are_a_named_error() -> None:
    with pytest.raises(ScenarioError, match=r"resources\.person\.downtime"):
        drawn(crew(DAY, **machines(1e-9, 1e-9)))
