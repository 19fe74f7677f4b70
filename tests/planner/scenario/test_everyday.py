"""The everyday changes: what they move in a scenario, that they can be taken back, and that the scenario still runs."""

import pytest

from planner.errors import ScenarioError
from planner.scenario.check import check
from planner.scenario.difference import differences
from planner.scenario.everyday import (
    HoursRow,
    ai_change,
    can_use_ai,
    changed,
    hours,
    hours_change,
    opinion,
    opinion_change,
    streams,
    units,
    uses_ai,
)
from planner.scenario.load import load_scenario


def test_digital_second_opinions_are_those_of_the_ready_scenario_and_go_back_to_post() -> None:
    today = load_scenario("region-hovedstaden")
    digital = changed(today, opinion_change(today, "digital"))
    assert (opinion(today), opinion(digital)) == ("post", "digital")
    assert not differences(digital, load_scenario("region-digital-second-opinion"))
    assert not differences(changed(digital, opinion_change(digital, "post")), today)


def test_without_the_ai_the_order_is_clinical_everywhere() -> None:
    region = load_scenario("region-hovedstaden")
    off = changed(region, ai_change(region, on=False))
    assert uses_ai(region)
    assert not uses_ai(off)
    assert {it.path.rpartition(".")[2] for it in differences(region, off)} == {"rule"}


def test_an_ai_that_was_nowhere_is_put_before_the_reading_and_the_scenario_runs() -> None:
    lab = load_scenario("small-lab")
    on = changed(lab, ai_change(lab, on=True))
    check(on)
    assert uses_ai(on)
    assert [way.to for way in on.steps["quality-check"].next] == ["ai-score"]
    assert [way.to for way in on.steps["ai-score"].next] == ["reading"]
    assert ai_change(on, on=True) == {}


def test_where_nobody_reads_the_ai_cannot_be_switched_on() -> None:
    queue = load_scenario("single-queue")
    assert not can_use_ai(queue)
    with pytest.raises(ScenarioError, match="no step called 'reading'"):
        ai_change(queue, on=True)


def test_rows_of_hours_give_the_roster_back_and_days_without_hours_are_closed() -> None:
    region = load_scenario("region-hovedstaden")
    assert changed(region, hours_change(hours(region))) == region
    moved = changed(region, hours_change([HoursRow("early", "mon-fri", "07:00-12:00, 13:00-15:00", "")]))
    assert moved.rosters["early"].hours == {"mon-fri": ("07:00-12:00", "13:00-15:00")}
    assert moved.rosters["early"].breaks == {}
    with pytest.raises(ScenarioError, match=r"rosters\.early\.hours"):
        changed(region, hours_change([HoursRow("early", "mon-fri", "7 to 12", "")]))
    with pytest.raises(ScenarioError, match=r"rosters\.early\.hours"):
        changed(region, hours_change([HoursRow("early", "mon-fri", "", "")]))


def test_every_row_names_the_path_of_what_it_shows() -> None:
    region = load_scenario("region-hovedstaden")
    row = next(row for row in units(region) if row.resource == "scanner" and row.site.startswith("Herlev"))
    assert changed(region, {f"{row.path}.count": 9}).resources["scanner"].units[1].count == 9
    stream = streams(region)[3]
    assert changed(region, {stream.path: 7}).arrivals[3].per_week.value == 7  # type: ignore[union-attr]
