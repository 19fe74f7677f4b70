"""The ready scenarios: they load, can run, say where their numbers come from, and are of the size that they claim."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from planner.scenario.check import check
from planner.scenario.demand import Deadline
from planner.scenario.difference import differences
from planner.scenario.load import load_scenario, ready_scenarios
from planner.scenario.load_balance import load_balance
from planner.scenario.process import Split
from planner.scenario.process_map import walk
from planner.scenario.quantities import (
    ChoiceCount,
    Constant,
    FixedCount,
    Lognormal,
    Quantity,
    Sourced,
    Triangular,
    Uniform,
)
from planner.scenario.scenario import Scenario
from planner.scenario.visits import cases_per_week, expected_visits

REGION = "region-hovedstaden"
NUMBERS = (Quantity, Constant, FixedCount, ChoiceCount, Lognormal, Triangular, Uniform, Deadline)

every_ready = pytest.mark.parametrize("name", sorted(ready_scenarios()))


def _parts(value: object, path: str = "") -> Iterator[tuple[str, BaseModel]]:
    """Every part of a scenario that is not as it is by default, with its path."""
    if isinstance(value, BaseModel):
        yield path, value
        for name, field in type(value).model_fields.items():
            if getattr(value, name) != field.default:
                yield from _parts(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _parts(part, f"{path}.{key}")
    elif isinstance(value, tuple):
        for number, part in enumerate(value):
            yield from _parts(part, f"{path}.{number}")


def _slides_per_week(scenario: Scenario) -> float:
    found = walk(scenario)
    return sum(
        cases_per_week(scenario, stream) * visits.things * step.count.mean
        if step.count
        else cases_per_week(scenario, stream)
        * visits.things
        * scenario.specimens[stream.specimen].slides_per_block.mean
        for stream in scenario.arrivals
        for place, visits in expected_visits(scenario, stream, found).items()
        if isinstance(step := scenario.steps[place.step], Split) and step.into == "slide"
    )


def test_the_ready_scenarios_are_those_that_the_guide_names() -> None:
    assert set(ready_scenarios()) >= {
        REGION,
        "small-lab",
        "single-queue",
        "region-two-more-scanners",
        "region-digital-second-opinion",
    }


@every_ready
def test_it_can_run(name: str) -> None:
    assert all(finding.level == "warning" for finding in check(load_scenario(name)))


@every_ready
def test_nobody_has_more_to_do_than_hours(name: str) -> None:
    assert max(pool.utilisation for pool in load_balance(load_scenario(name)).pools) < 0.97


@every_ready
def test_every_number_says_where_it_comes_from(name: str) -> None:
    scenario = load_scenario(name)
    silent = [path for path, part in _parts(scenario) if isinstance(part, NUMBERS) and not part.source]
    assert silent == []


@every_ready
def test_what_is_published_names_its_source_and_not_a_file(name: str) -> None:
    known = [
        (path, part)
        for path, part in _parts(load_scenario(name))
        if isinstance(part, Sourced) and part.mark != "assumed"
    ]
    assert name == "single-queue" or known
    assert [
        path for path, part in known if len(part.source) < 8 or ".md" in part.source or "/work" in part.source
    ] == []


def test_the_region_makes_6500_slides_a_weekday() -> None:
    assert _slides_per_week(load_scenario(REGION)) / 5 == pytest.approx(6500, rel=0.01)


def test_the_small_laboratory_makes_100_slides_a_weekday() -> None:
    assert _slides_per_week(load_scenario("small-lab")) / 5 == pytest.approx(100, rel=0.02)


def test_a_quarter_of_the_regions_92_pathologists_is_over_60() -> None:
    units = load_scenario(REGION).resources["pathologist"].units
    people = sum(unit.count for unit in units)
    assert people == 92
    assert sum(unit.count for unit in units if unit.age and unit.age > 60) / people == pytest.approx(0.25, abs=0.01)


def test_every_subspecialty_of_the_region_has_a_training_post() -> None:
    units = load_scenario(REGION).resources["pathologist"].units
    streams = load_scenario(REGION).arrivals
    assert {unit.skills[0] for unit in units if unit.grade == "trainee"} == {stream.subspecialty for stream in streams}


@pytest.mark.parametrize(
    ("variant", "field"),
    [("region-two-more-scanners", "resources.scanner"), ("region-digital-second-opinion", "steps.second-opinion")],
)
def test_a_variant_differs_from_the_region_in_one_thing(variant: str, field: str) -> None:
    changed = differences(load_scenario(REGION), load_scenario(variant))
    assert changed
    assert all(change.path.startswith(field) for change in changed)
