"""Which resource holds the department up: one unit more of each, on the same random numbers."""

import math
from dataclasses import dataclass

from planner.experiments.variants import UNKNOWN, run_variants
from planner.experiments.wording import COST, ON_TIME, amount, change, is_better_higher, named
from planner.measures.figures import FigureKey
from planner.measures.intervals import Estimate
from planner.replications.replicate import Experiment, OnProgress
from planner.scenario.resources import Unit
from planner.scenario.scenario import Scenario


@dataclass(frozen=True)
class OneMore:
    """One person or machine more, and what comes of it: paired differences from the base."""

    resource: str
    site: str
    subspecialty: str
    """The first skill of the one who was doubled; "" for those without."""
    path: str
    """The count that was raised by one."""
    effect: Estimate
    """On the target, in its unit."""
    cost: Estimate
    """Currency a week."""
    better: bool
    """Whether the effect is an improvement, and more than chance."""
    gain_per_cost: float
    """Improvement for one unit of currency a week; nan where it costs nothing (no price is given) or saves."""

    @property
    def label(self) -> str:
        """`pathologist breast @ herlev`."""
        return " ".join(filter(None, (self.resource, self.subspecialty))) + f" @ {self.site}"


@dataclass(frozen=True)
class Bottleneck:
    """Every resource with one unit more, the greatest improvement first."""

    target: FigureKey
    base: Experiment
    tried: tuple[OneMore, ...]
    interruption: str = ""
    """Why it ended early; then some were not tried, or not often enough."""

    @property
    def verdict(self) -> tuple[str, ...]:
        """The bottleneck in sentences."""
        gains = [one for one in self.tried if one.better]
        said = [f"It ended early: {self.interruption}."] if self.interruption else []
        if not gains:
            nothing = f"One unit more of any one resource does not improve {named(self.target)} by more than chance"
            few = f"there is no single bottleneck, or {len(self.base.summaries)} replications are too few to find it"
            return (*said, f"{nothing}: {few}.")
        first = gains[0]
        by = _with_interval(self.target, first.effect)
        said.append(f"The bottleneck is {first.label}: one more changes {named(self.target)} by {by}.")
        if self.tried[0] is not first:
            runs = len(self.base.summaries)
            said.append(f"One more {self.tried[0].label} may do more, but {runs} replications are too few to tell.")
        priced = [one for one in gains if not math.isnan(one.gain_per_cost)]
        if priced:
            best = max(priced, key=lambda one: one.gain_per_cost)
            said.append(
                f"Most for the money is {best.label}: {change(self.target, best.effect.mean)} for "
                f"{amount(COST, best.cost.mean)} {self.base.scenario.costs.currency} a week."
            )
        return tuple(said)


def bottleneck(
    scenario: Scenario,
    replications: int,
    target: FigureKey = ON_TIME,
    seed: int | None = None,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    on_progress: OnProgress | None = None,
) -> Bottleneck:
    """Adds one unit to each resource at each site (of people with skills: each first skill), of the commonest kind.

    Raises PlannerError where the target is no figure of the scenario, and as `replicate`.
    """
    candidates = _candidates(scenario)
    run = run_variants(
        scenario,
        [{path: unit.count + 1} for _, path, unit in candidates],
        replications,
        target,
        seed,
        jobs=jobs,
        cluster=cluster,
        on_progress=on_progress,
    )
    sign = 1 if is_better_higher(target.measure) else -1
    tried = [
        _one_more(resource, path, unit, found.get(target, UNKNOWN), found[COST], sign)
        for (resource, path, unit), found in zip(candidates, run.differences, strict=True)
        if found
    ]
    tried.sort(key=lambda one: math.inf if math.isnan(one.effect.mean) else -sign * one.effect.mean)
    return Bottleneck(target, run.base, tuple(tried), run.interruption)


def _candidates(scenario: Scenario) -> list[tuple[str, str, Unit]]:
    """Resource, path of the count, and the unit that one is added to."""
    most: dict[tuple[str, str, str], tuple[str, str, Unit]] = {}
    for name, resource in scenario.resources.items():
        for place, unit in enumerate(resource.units):
            key = (name, unit.site, "".join(unit.skills[:1]))
            if unit.count and (key not in most or unit.count > most[key][2].count):
                most[key] = (name, f"resources.{name}.units.{place}.count", unit)
    return list(most.values())


def _one_more(resource: str, path: str, unit: Unit, effect: Estimate, cost: Estimate, sign: int) -> OneMore:
    return OneMore(
        resource,
        unit.site,
        "".join(unit.skills[:1]),
        path,
        effect,
        cost,
        sign * effect.mean > 0 and effect.excludes_zero,
        sign * effect.mean / cost.mean if cost.mean > 0 else math.nan,
    )


def _with_interval(key: FigureKey, effect: Estimate) -> str:
    return f"{change(key, effect.mean)} (95% interval {change(key, effect.low)} to {change(key, effect.high)})"
