"""Forecasts of open cases, on departments so simple that the answer is known."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from planner.ahead.forecast import forecast
from planner.ahead.open_cases import read_open_cases
from planner.errors import EventLogError, PlannerError
from planner.scenario.load import change
from planner.scenario.scenario import Scenario
from tests.support.planner_scenarios import single_queue

ZONE = ZoneInfo("Europe/Copenhagen")
NOW = datetime(2026, 3, 3, 10, 15, tzinfo=ZONE)


def desk():
    """One reader at a desk from 8 to 12 on weekdays, who takes an hour for each case; next to nothing else comes in."""
    return Scenario.model_validate(
        {
            "name": "desk",
            "rosters": {"morning": {"hours": {"mon-fri": "08:00-12:00"}}},
            "pathways": {"routine": {"deadline": {"working_days": 1}}},
            "arrivals": [{"name": "biopsy", "per_week": {"value": 0.000001}}],
            "resources": {"reader": {"units": [{"roster": "morning"}]}},
            "steps": {
                "stain": {"does": "delay", "time": {"kind": "constant", "value": 30}, "next": "read"},
                "read": {"needs": "reader", "time": {"kind": "constant", "value": 60}, "next": "end"},
            },
        }
    )


def cases_of(tmp_path, lines, scenario, header="case,step,received,started"):
    path = tmp_path / "open.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return read_open_cases(path, scenario, NOW)


def test_cases_are_read_oldest_first_from_now_on_and_within_hours(tmp_path):
    scenario = desk()
    lines = ["new,read,2026-03-03T09:00,", "old,read,2026-02-27T09:00,", "middle,read,2026-03-02T09:00,"]
    found = forecast(scenario, cases_of(tmp_path, lines, scenario), NOW, 20)
    by_name = {case.case: case for case in found.cases}
    assert by_name["old"].signed_out == NOW + timedelta(hours=1)
    assert by_name["middle"].signed_out == NOW + timedelta(hours=2)
    assert by_name["new"].signed_out == datetime(2026, 3, 4, 9, 0, tzinfo=ZONE)
    assert by_name["old"].due == datetime(2026, 3, 2, 16, 0, tzinfo=ZONE)
    assert by_name["new"].due == datetime(2026, 3, 4, 16, 0, tzinfo=ZONE)
    assert [case.case for case in found.cases] == ["old", "middle", "new"]
    assert [case.misses.value for case in found.cases] == [1.0, 0.0, 0.0]
    assert found.cases[1].misses.high == pytest.approx(0.161, abs=0.001)
    assert found.expected_misses == (1, 1, 1)
    assert found.clears == (by_name["new"].signed_out,) * 3


def test_work_in_hand_is_not_begun_again(tmp_path):
    scenario = desk()
    lines = ["waits,stain,2026-03-03T09:00,", "in-hand,stain,2026-03-03T09:00,2026-03-03T09:55"]
    found = {case.case: case for case in forecast(scenario, cases_of(tmp_path, lines, scenario), NOW, 2).cases}
    assert found["in-hand"].signed_out == NOW + timedelta(minutes=10 + 60)
    assert found["waits"].signed_out == datetime(2026, 3, 3, 12, 25, tzinfo=ZONE)


def test_what_is_not_done_within_the_days_looked_ahead_is_told_as_later(tmp_path):
    scenario = desk()
    lines = [f"{number},read,2026-03-02T09:00," for number in range(20)]
    found = forecast(scenario, cases_of(tmp_path, lines, scenario), NOW, 3, days=3)
    assert found.clears == (None, None, None)
    assert sum(case.signed_out is None for case in found.cases) == 20 - 2 - 4 - 4
    assert all(case.misses.value == 1 for case in found.cases if case.signed_out is None)


def test_chances_to_miss_lie_between_and_rise_with_the_place_in_the_line(tmp_path):
    scenario = change(single_queue(days=2), {"pathways.routine.deadline": {"hours": 1}})
    now = NOW.astimezone(ZoneInfo("UTC"))
    received = (now - timedelta(minutes=1)).isoformat()
    lines = [f"{number},read,{received}," for number in range(8)]
    path = tmp_path / "open.csv"
    path.write_text("\n".join(["case,step,received,started", *lines]), encoding="utf-8")
    found = forecast(scenario, read_open_cases(path, scenario, now), now, 200, days=2)
    chances = {int(case.case): case.misses.value for case in found.cases}
    assert chances[0] < 0.02
    assert 0.5 < chances[7] < 0.95
    assert all(chances[place] <= chances[place + 1] for place in range(7))
    exact = {3: 0.1512, 5: 0.4457}  # a sum of n times of 10 minutes on average is over 59: Poisson(5.9) < n
    for place, chance in exact.items():
        assert next(case.misses for case in found.cases if case.case == str(place)).holds(chance)


def test_lines_that_cannot_be_used_are_named(tmp_path):
    scenario = desk()
    lines = [
        "A,read,2026-03-02T09:00,",
        "A,read,2026-03-02T09:00,",
        "B,dance,2026-03-02T09:00,",
        "C,read,2026-04-02T09:00,",
        "D,read,soon,",
        "E,read,2026-03-02T09:00,2026-04-02T09:00",
    ]
    found = cases_of(tmp_path, lines, scenario)
    assert list(found.cases["case"]) == ["A", "E"]
    told = " | ".join(finding.message for finding in found.findings)
    assert "line 3, column case: a case that is there already" in told
    assert "line 4, column step: no step of the scenario; there are stain, read" in told
    assert "line 5, column received: after now" in told
    assert "line 6, column received: not an ISO time" in told
    assert "line 7, column started: not a time before now; taken as empty" in told
    with pytest.raises(EventLogError, match="no good line"):
        cases_of(tmp_path, lines[2:3], scenario)


def test_a_now_without_zone_is_refused(tmp_path):
    scenario = desk()
    found = cases_of(tmp_path, ["A,read,2026-03-02T09:00,"], scenario)
    with pytest.raises(PlannerError, match="without a zone"):
        forecast(scenario, found, NOW.replace(tzinfo=None))
