"""Assumptions: each number is found once with its mark and source, and is scaled within what a scenario allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.scenario.assumptions import Assumption, assumptions
from planner.scenario.load import change, load_scenario
from planner.scenario.process_map import walk
from planner.scenario.quantities import ChoiceCount
from planner.scenario.scenario import Scenario
from tests.support.planner_scenarios import single_queue, small_lab

LAB = small_lab()
ALL = ("measured", "published", "derived", "assumed")


def by_path(scenario: Scenario) -> dict[str, Assumption]:
    return {found.path: found for found in assumptions(scenario, ALL)}


def test_a_distribution_keeps_its_shape() -> None:
    assert by_path(LAB)["steps.cut-up.time"].scaled(1.2) == {
        "steps.cut-up.time.mean": pytest.approx(3.6),
        "steps.cut-up.time.sd": pytest.approx(2.4),
    }
    quantiles = by_path(LAB)["steps.stain.time"].scaled(0.5)["steps.stain.time.quantiles"]
    assert quantiles == (1.5, 2, 3, 6)


def test_all_streams_demand_is_one_number_and_so_is_all_their_prevalence() -> None:
    demand = by_path(LAB)["arrivals.*.per_week"].scaled(1.1)
    assert change(LAB, demand).arrivals[1].per_week.value == pytest.approx(16.5)
    assert len(demand) == len(LAB.arrivals)
    assert "arrivals.*.prevalence" in by_path(LAB)


def test_streams_that_are_known_in_different_ways_are_kept_apart() -> None:
    mixed = change(LAB, {"arrivals.0.per_week": {"value": 30, "mark": "measured", "source": "last year's log"}})
    found = [one for one in assumptions(mixed, ALL) if one.path == "arrivals.*.per_week"]
    assert [(one.mark, len(one.scaled(2))) for one in found] == [("measured", 1), ("assumed", 2)]
    assert all(one.mark == "assumed" for one in assumptions(mixed))


def test_a_number_without_a_source_has_that_of_the_part_it_stands_in() -> None:
    step = {"steps.read.source": "stopwatch", "steps.read.mark": "measured"}
    known = by_path(change(single_queue(), step))["steps.read.time"]
    assert (known.mark, known.source) == ("measured", "stopwatch")


def test_what_is_zero_default_or_decided_is_no_assumption() -> None:
    paths = by_path(LAB)
    assert "steps.scanning.batch" not in " ".join(paths)
    assert not [
        path for path in paths if path.endswith((".count", ".deadline", ".working_days")) and "steps" not in path
    ]
    assert "costs.retention_years" not in paths
    assert "ai.sensitivity" in paths


def test_a_share_never_passes_one() -> None:
    assert by_path(LAB)["ai.sensitivity"].scaled(2) == {"ai.sensitivity": 1.0}
    assert by_path(LAB)["steps.reading.next.0.share"].scaled(9) == {"steps.reading.next.0.share": 1.0}


def test_ways_that_sum_to_one_still_do() -> None:
    ways = [{"to": "score", "share": 0.3}, {"to": "end", "share": 0.7}]
    both = change(LAB, {"steps.specimens-together.next": ways})
    scaled = by_path(both)["steps.specimens-together.next.0.share"].scaled(1.5)
    assert list(scaled.values()) == pytest.approx([0.45, 0.55])


def test_a_choice_is_tilted_to_the_mean_that_is_asked_for() -> None:
    path = "specimens.biopsy.specimens_per_case"
    before = LAB.specimens["biopsy"].specimens_per_case
    after = change(LAB, by_path(LAB)[path].scaled(1.2)).specimens["biopsy"].specimens_per_case
    assert isinstance(after, ChoiceCount)
    assert after.mean == pytest.approx(1.2 * before.mean)
    assert all(share > 0 for share in after.shares)


SCENARIOS = (LAB, load_scenario("small-lab"))
FOUND = [(scenario, one) for scenario in SCENARIOS for one in assumptions(scenario, ALL)]


@given(st.integers(0, len(FOUND) - 1), st.floats(0.1, 5))
def test_whatever_is_scaled_the_scenario_can_still_run(number: int, factor: float) -> None:
    scenario, one = FOUND[number]
    assert not walk(change(scenario, one.scaled(factor))).problems
