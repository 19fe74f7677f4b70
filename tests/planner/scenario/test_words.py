"""Errors of a scenario name the field as its author knows it and what is allowed; never pydantic's own text."""

import copy
from typing import Any

import pytest
import yaml

from planner.errors import ScenarioError
from planner.scenario.load import read_scenario
from tests.support.planner_scenarios import SMALL_LAB


def complaint(changes: dict[tuple[str | int, ...], Any]) -> str:
    """What is said of the small laboratory when values at these paths are changed."""
    data = copy.deepcopy(SMALL_LAB)
    for path, value in changes.items():
        holder: Any = data
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = value
    with pytest.raises(ScenarioError) as error:
        read_scenario(yaml.safe_dump(data, sort_keys=False), "lab.yaml")
    return str(error.value)


NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        (("steps", "reception", "time", "low"), -1, "lab.yaml: steps.reception.time.low: -1: must be at least 0"),
        (
            ("steps", "reading", "time", "mean"),
            NAN,
            "steps.reading.time.mean: must be a number that is neither infinite",
        ),
        (("steps", "reading", "time", "mean"), INFINITE, "steps.reading.time.mean: must be a number that is neither"),
        (("steps", "reading", "time", "mean"), "long", "steps.reading.time.mean: must be a number; got 'long'"),
        (("steps", "reading", "time", "mean"), 0, "steps.reading.time.mean: 0: must be above 0"),
        (("arrivals", 1, "per_week", "value"), NAN, "arrivals.south-breast.per_week.value: must be a number that"),
        (("ai", "sensitivity"), 1.2, "ai.sensitivity: 1.2: must be at most 1"),
        (("ai", "failed"), 0.99, "ai: unscored 0.05 and failed 0.99 are over 1 together"),
        (("steps", "reading", "next", 0, "share"), 1.5, "steps.reading.next.0.share: 1.5: must be at most 1"),
        (("steps", "scanning", "batch", "sise"), 4, "steps.scanning.batch.sise: unknown field; perhaps 'size'"),
        (
            ("steps", "scanning", "batch", "at_least"),
            21,
            "steps.scanning.batch: at_least 21 is more than a run can hold",
        ),
        (("steps", "scanning", "batch", "max_wait_hours"), None, "needs max_wait_hours, or full_only: true"),
        (("steps", "stain", "does"), "dealy", "steps.stain: unknown 'does' 'dealy'; perhaps 'delay'"),
        (("steps", "stain", "time", "kind"), "normal", "steps.stain.time: unknown 'kind' 'normal'; perhaps"),
        (
            ("specimens", "biopsy", "slides_per_block"),
            {"value": 2},
            "slides_per_block: say which kind it is: choice, fixed",
        ),
        (("specimens", "biopsy", "slides_per_block"), 2, "slides_per_block: must be a group of fields (name: value)"),
        (("specimens", "biopsy", "specimens_per_case", "shares"), [0.5, 0.3, 0.1], "the shares sum to 0.9"),
        (("resources", "scanner", "units"), [], "resources.scanner.units: too few; give at least 1"),
        (("resources", "scanner", "units", 0, "count"), 0, "resources.scanner: zero people or machines in all"),
        (("resources", "scanner", "units", 0, "count"), 1.5, "resources.scanner.units.0.count: must be a whole number"),
        (
            ("resources", "pathologist", "units", 0, "speed"),
            0,
            "resources.pathologist.units.Ane.speed: 0: must be above",
        ),
        (("resources", "scanner"), None, "resources.scanner: must be a group of fields (name: value); got nothing"),
        (("resources", "scanner", "units", 0, "roster"), "nights", "unknown 'nights'; there are always, day, late"),
        (
            ("resources", "scanner", "units", 0, "site"),
            "west",
            "resources.scanner.units.0.site: unknown 'west'; there are north",
        ),
        (
            ("rosters", "day", "hours"),
            {"mon-fri": "7-15"},
            "rosters.day.hours: unknown hours '7-15'; write them as 07:30",
        ),
        (("profiles", "office", "rates"), {"mon": {"22:00-06:00": 1}}, "run past midnight; write them in two entries"),
        (
            ("steps", "reading", "needs"),
            "radiologist",
            "steps.reading.needs: unknown 'radiologist'; there are technician",
        ),
        (("steps", "score", "next"), "raeding", "steps.score.next: unknown 'raeding'; there are reception"),
        (("steps", "stains-together", "of"), "stain", "steps.stains-together.of: unknown 'stain'; there are specimens"),
        (
            ("arrivals", 0, "pathway"),
            "express",
            "arrivals.north-skin.pathway: unknown 'express'; there are routine, cancer",
        ),
        (("arrivals", 0, "replay_hours"), [1, 2], "give per_week or replay_hours, and not both"),
        (("arrivals",), [], "arrivals: too few; give at least 1"),
        (("pathways", "cancer", "deadline", "hours"), 5, "give exactly one of working_days, calendar_days and hours"),
        (
            ("steps", "reading", "order", "rule"),
            "age",
            "steps.reading.order.rule: 'age' is not allowed; it may be 'first-come'",
        ),
        (("start",), "tomorrow", "start: must be a date such as 2026-01-05; got 'tomorrow'"),
        (("time_zone",), "Mars/Base", "time_zone: unknown time zone 'Mars/Base'"),
        (("country",), "Atlantis", "country: no holidays are known for country 'Atlantis'"),
        (("days",), 0, "days: 0: must be at least 1"),
        (("forrang_scenario",), 2, "forrang_scenario: this version of Forrang reads format 1, not 2"),
        (("steps", "end"), {"needs": "scanner", "next": "end"}, "steps.end: the name stands for sign-out"),
        (("steps", "stain", "mark"), "measured", "steps.stain: marked measured, but no source is given"),
        (
            ("backlog",),
            [{"stream": "x", "step": "reading", "received_hours_ago": [1]}],
            "backlog.0.stream: unknown 'x'",
        ),
    ],
)
def test_a_wrong_value_is_told_with_its_field_and_what_is_allowed(path: tuple[str | int, ...], value: Any, wanted: str):
    text = complaint({path: value})
    assert wanted in text
    assert "pydantic" not in text
    assert "type=" not in text


def test_all_problems_are_told_at_once():
    text = complaint(
        {
            ("days",): -3,
            ("steps", "reception", "time", "low"): -1,
            ("resources", "scanner", "units", 0, "count"): "many",
        }
    )
    assert text.startswith("lab.yaml: 3 problems\n- ")
    assert all(
        field in text for field in ("- days:", "- steps.reception.time.low:", "- resources.scanner.units.0.count:")
    )
