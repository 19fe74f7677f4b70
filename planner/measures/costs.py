"""What a week costs: people on the roster, overtime, machines, transport, and the storage that its slides will need.

Prices are those of the scenario's `costs`. Paid are the hours of the roster times each person's share of full time,
absence included: who is ill or on a course is paid. Machines cost by the year, running or not. A slide costs its
storage over its whole retention.
"""

import numpy as np

from planner.calendar import calendar_of
from planner.engine.compiled import Compiled, Group
from planner.engine.tables import HOUR_MS, Outcome
from planner.measures.cohort import Window
from planner.scenario.resources import Unit
from planner.scenario.scenario import Scenario
from planner.spans import Spans, cut

WEEKS_PER_YEAR = 365.25 / 7


def weekly_costs(compiled: Compiled, outcome: Outcome, window: Window) -> dict[str, float]:
    """Item to currency a week over the measured days: people, overtime, machines, transport, storage."""
    scenario = compiled.scenario
    costs = scenario.costs
    paid = _paid_hours_a_week(scenario, window)
    per_week = {
        name: float(bins[window.first_bin : window.last_bin].sum()) / window.weeks
        for name, bins in (("slides", outcome.slides_made), ("trips", outcome.trips))
    }
    overtime_hours = outcome.group_overtime[:, window.first_bin : window.last_bin].sum(axis=1) / HOUR_MS / window.weeks
    units = [unit for resource in scenario.resources.values() for unit in resource.units]
    return {
        "people": sum(unit.count * unit.full_time * paid[unit.roster] * _per_hour(scenario, unit) for unit in units),
        "overtime": sum(
            float(hours) * _overtime_price(scenario, group, paid)
            for hours, group in zip(overtime_hours, compiled.groups, strict=True)
        ),
        "machines": sum(
            price.value / WEEKS_PER_YEAR * sum(unit.count for unit in scenario.resources[name].units)
            for name, price in costs.machines_per_year.items()
        ),
        "transport": per_week["trips"] * costs.per_trip.value,
        "storage": per_week["slides"]
        * costs.gb_per_slide.value
        * costs.storage_per_gb_year.value
        * costs.retention_years.value,
    }


def _paid_hours_a_week(scenario: Scenario, window: Window) -> dict[str, float]:
    """Roster to its hours a week over the measured days, less public holidays."""
    paid = {}
    for name, roster in scenario.all_rosters.items():
        by_day = calendar_of(scenario).roster_spans(roster)
        spans = cut(Spans(np.zeros_like(by_day.lane), by_day.start, by_day.end))
        inside = np.clip(spans.end, window.start, window.end) - np.clip(spans.start, window.start, window.end)
        paid[name] = float(inside.sum()) / HOUR_MS / window.weeks
    return paid


def _per_hour(scenario: Scenario, unit: Unit) -> float:
    """What a rostered hour of one of them costs; nothing without a grade."""
    return scenario.costs.grades[unit.grade].per_hour if unit.grade else 0.0


def _overtime_price(scenario: Scenario, group: Group, paid: dict[str, float]) -> float:
    """What an hour of overtime costs: the mean over the group's people, weighted by their hours."""
    units = [unit for unit in scenario.resources[group.resource].units if unit.site == group.site and unit.count]
    weights = [unit.count * unit.full_time * paid[unit.roster] for unit in units]
    prices = [
        _per_hour(scenario, unit) * scenario.costs.grades[unit.grade].overtime_factor if unit.grade else 0.0
        for unit in units
    ]
    return float(np.average(prices, weights=weights)) if sum(weights) > 0 else 0.0
