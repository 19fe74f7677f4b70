"""Years ahead: how many pathologists there will be, and whether their hours will cover the work.

Each replication follows every person year by year: retirement by age, leaving for other reasons, recruits, new
specialists from the training posts. Capacity is their rostered hours at their own speed; demand is the reading work
that the scenario's cases bring, growing. Both are in hours a week at speed 1. It is a count of hours, not a simulation
of the queues: a department is late before it is full.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from planner.ahead.workforce_plan import WorkforcePlan
from planner.calibration.bounds import Bounded, share
from planner.errors import PlannerError, ScenarioError
from planner.scenario.lines import work_steps
from planner.scenario.load_balance import load_balance, week_hours
from planner.scenario.scenario import Scenario

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_OUTER = (0.05, 0.95)
_FULL_HOUSE = 4
"""Recruits a year are sought up to so many times the people there are."""


class YearAhead(NamedTuple):
    """A year, at its beginning. Ranges hold nine of ten futures."""

    year: int
    people: Bounded
    capacity: Bounded
    """Hours a week at speed 1."""
    demand: Bounded
    """Hours a week at speed 1."""
    short: Bounded
    """Probability that capacity is below demand, with Wilson's interval over replications."""


@dataclass(frozen=True)
class WorkforceForecast:
    """What becomes of the people and the work."""

    plan: WorkforcePlan
    years: tuple[YearAhead, ...]
    """Now (the scenario's first year) and each year after."""
    by_subspecialty: dict[str, tuple[YearAhead, ...]]
    """The same by subspecialty; people count at the first of their skills, and help across is in the whole only."""
    short_from: int | None
    """First year in which it is more likely than not that capacity is below demand."""
    recruits_needed: int | None
    """Fewest recruits a year that keep capacity above demand in every year to come, with the plan's `hold_with`.

    None: not even several times the present number would."""
    replications: int
    seed: int


class _People(NamedTuple):
    """Those there are now, one entry each."""

    age: Floats
    """nan where the scenario gives none."""
    hours: Floats
    field: Ints
    """Place of their subspecialty; that of none for those who read all."""
    newcomer_hours: float
    """Of one who comes to work full time."""


def workforce(
    scenario: Scenario, plan: WorkforcePlan, years: int = 10, replications: int = 1000, seed: int | None = None
) -> WorkforceForecast:
    """Follows the people of `plan.resource` for so many years.

    Raises ScenarioError where the scenario has no such resource, or no work for it.
    """
    if not 1 <= years <= 50 or replications < 1:
        raise PlannerError("workforce: give 1 to 50 years and 1 or more replications")
    demand = _demand(scenario, plan)
    fields = list(demand)
    plan = plan.sized(sum(unit.count for unit in scenario.resources[plan.resource].units))
    people = _people(scenario, plan, fields)
    seed = scenario.seed if seed is None else seed
    shares = np.array([*demand.values()])
    recruits = plan.recruits_per_year.value if plan.recruits_per_year else 0.0
    hours, heads = _follow(people, plan, recruits, shares, years, replications, seed)
    asked = _growing(plan, years, replications, seed)
    total = sum(demand.values())
    whole = _years(scenario.start.year, heads.sum(axis=2), hours.sum(axis=2), asked * total, plan)
    parts = {
        field: _years(scenario.start.year, heads[:, :, place], hours[:, :, place], asked * demand[field], plan)
        for place, field in enumerate(fields)
        if field
    }
    short_from = next((one.year for one in whole if one.short.value > 0.5), None)
    needed = _recruits_needed(people, plan, shares, asked * total, years, replications, seed)
    return WorkforceForecast(plan, whole, parts, short_from, needed, replications, seed)


def _demand(scenario: Scenario, plan: WorkforcePlan) -> dict[str, float]:
    """Hours a week at speed 1 by subspecialty; "" is for work that everybody may do."""
    if plan.resource not in scenario.resources:
        raise ScenarioError(
            f"resource {plan.resource!r}: not in the scenario; there are {', '.join(scenario.resources)}"
        )
    steps = work_steps(scenario)
    found: dict[str, float] = {}
    for load in load_balance(scenario).lines:
        if plan.resource in steps[load.line.step].needs and load.hours:
            found[load.line.subspecialty] = found.get(load.line.subspecialty, 0.0) + load.hours
    if not found:
        raise ScenarioError(f"resource {plan.resource!r}: no case of the scenario needs it")
    return {"": found.pop("", 0.0), **found}


def _people(scenario: Scenario, plan: WorkforcePlan, fields: list[str]) -> _People:
    resource = scenario.resources[plan.resource]
    age: list[float] = []
    hours: list[float] = []
    field: list[int] = []
    full_time: list[float] = []
    for unit in resource.units:
        if unit.count:
            each = week_hours(scenario, resource, unit) / unit.count
            skill = unit.skills[0] if unit.skills and unit.skills[0] in fields else ""
            age += [np.nan if unit.age is None else unit.age] * unit.count
            hours += [each * unit.speed] * unit.count
            field += [fields.index(skill)] * unit.count
            full_time += [each / unit.full_time] * unit.count
    newcomer = float(np.mean(full_time)) * plan.newcomers_full_time.value
    return _People(np.array(age), np.array(hours), np.array(field), newcomer)


def _follow(
    people: _People, plan: WorkforcePlan, recruits: float, demand: Floats, years: int, replications: int, seed: int
) -> tuple[Floats, Floats]:
    """Hours and heads at the beginning of each year: (replications, years + 1, subspecialties).

    Those there now meet the same fates whatever the recruitment.
    """
    rng = np.random.default_rng((seed, 0))
    age = np.tile(people.age, (replications, 1))
    age = np.where(np.isnan(age), _drawn_ages(plan, age.shape, rng), age)
    hours, field = np.tile(people.hours, (replications, 1)), np.tile(people.field, (replications, 1))
    there = np.ones(age.shape, np.bool_)
    shares = np.cumsum(demand) / demand.sum()
    found = [_counted(there, hours, field, len(demand))]
    for year in range(years):
        draws = np.random.default_rng((seed, 1, year))
        came = [
            (stats.poisson.ppf(draws.random(replications), rate).astype(np.int64), at)
            for rate, at in ((recruits, plan.recruit_age.value), (plan.trained_per_year, plan.trained_age.value))
        ]
        fate = np.random.default_rng((seed, 2, year)).random(people.age.shape[0] * replications)
        later = np.random.default_rng((seed, 3, year)).random((replications, age.shape[1] - len(people.age)))
        chance = np.hstack((fate.reshape(replications, -1), later))
        there &= chance >= _leaving(age, plan)
        age += 1
        for number, at in came:
            new = np.arange(number.max(initial=0)) < number[:, None]
            age, there = np.hstack((age, np.full(new.shape, at))), np.hstack((there, new))
            hours = np.hstack((hours, np.full(new.shape, people.newcomer_hours)))
            field = np.hstack((field, np.searchsorted(shares, draws.random(new.shape), "right")))
        found.append(_counted(there, hours, field, len(demand)))
    total, heads = np.stack(found, axis=2)
    return total, heads


def _counted(there: npt.NDArray[np.bool_], hours: Floats, field: Ints, fields: int) -> Floats:
    """Hours and heads by subspecialty: (2, replications, subspecialties)."""
    many = len(there)
    place = (np.arange(many)[:, None] * fields + field)[there]
    weights = (hours[there], np.ones(len(place)))
    return np.stack([np.bincount(place, one, many * fields).reshape(many, fields) for one in weights])


def _leaving(age: Floats, plan: WorkforcePlan) -> Floats:
    """Probability to leave within the year: to retire (ages of retirement are normal), or for other reasons."""
    retires = stats.norm(plan.retirement_age.value, plan.retirement_age_sd.value)
    still, then = retires.sf(age), retires.sf(age + 1)
    retire = 1 - np.divide(then, still, out=np.zeros_like(age), where=still > 1e-12)
    otherwise = 1 - (1 - plan.leave_within_5_years.value) ** (1 / 5)
    leaves: Floats = 1 - (1 - retire) * (1 - otherwise)
    return leaves


def _drawn_ages(plan: WorkforcePlan, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    low, high, part = (np.array([getattr(band, name) for band in plan.ages.bands]) for name in ("low", "high", "share"))
    band = np.minimum(np.searchsorted(np.cumsum(part), rng.random(shape), "right"), len(part) - 1)
    ages: Floats = low[band] + (high - low)[band] * rng.random(shape)
    return ages


def _growing(plan: WorkforcePlan, years: int, replications: int, seed: int) -> Floats:
    """Demand as a multiple of today's: (replications, years + 1)."""
    rate = np.random.default_rng((seed, 4)).normal(
        plan.demand_growth_per_year.value, plan.demand_growth_sd.value, (replications, 1)
    )
    return np.maximum(1 + rate, 0.0) ** np.arange(years + 1)


def _years(first: int, heads: Floats, hours: Floats, demand: Floats, plan: WorkforcePlan) -> tuple[YearAhead, ...]:
    """All (replications, years + 1)."""
    short = hours * plan.fullest < demand
    return tuple(
        YearAhead(
            first + year,
            _ranged(heads[:, year]),
            _ranged(hours[:, year]),
            _ranged(demand[:, year]),
            share(int(short[:, year].sum()), len(short)),
        )
        for year in range(heads.shape[1])
    )


def _ranged(values: Floats) -> Bounded:
    low, high = np.quantile(values, _OUTER)
    return Bounded(float(values.mean()), float(low), float(high))


def _recruits_needed(
    people: _People, plan: WorkforcePlan, demand: Floats, asked: Floats, years: int, replications: int, seed: int
) -> int | None:
    """By doubling and halving: more recruits mean more capacity."""

    def holds(recruits: int) -> bool:
        hours, _ = _follow(people, plan, float(recruits), demand, years, replications, seed)
        enough = hours.sum(axis=2)[:, 1:] * plan.fullest >= asked[:, 1:]
        return bool(enough.all(axis=1).mean() >= plan.hold_with)

    if holds(0):
        return 0
    low, high = 0, 1
    while not holds(high):
        low, high = high, 2 * high
        if low > _FULL_HOUSE * len(people.age):
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
