"""Which assumptions matter most: each is made smaller and larger on the same random numbers, and the target watched."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from planner.errors import PlannerError
from planner.experiments.number_words import number_words
from planner.experiments.variants import UNKNOWN, run_variants
from planner.experiments.wording import ON_TIME, change, named
from planner.measures.figures import FigureKey
from planner.measures.intervals import Estimate
from planner.replications.replicate import Experiment, OnProgress
from planner.scenario.assumptions import Assumption, Changes, assumptions
from planner.scenario.quantities import Mark
from planner.scenario.scenario import Scenario

MOST_TOLD = 5
_PRICED = ("cost", "cost_per_on_time", "storage")
"""Measures that prices can move."""


@dataclass(frozen=True)
class Effect:
    """What a smaller and a larger value of one assumption does to the target: paired differences from the base."""

    assumption: Assumption
    low_value: str
    high_value: str
    """The values tried, or the factors where they are many; "" where the value cannot be any smaller or larger."""
    low: Estimate
    high: Estimate

    @property
    def swing(self) -> float:
        """The larger of the two effects, without its sign; 0 where neither is known."""
        return max((abs(one.mean) for one in (self.low, self.high) if not math.isnan(one.mean)), default=0.0)

    @property
    def is_clear(self) -> bool:
        """Whether either effect is more than chance."""
        return self.low.excludes_zero or self.high.excludes_zero


@dataclass(frozen=True)
class Sensitivity:
    """A tornado."""

    target: FigureKey
    base: Experiment
    lower: float
    upper: float
    """Factors."""
    effects: tuple[Effect, ...]
    """Those that are more than chance first, then by swing."""
    interruption: str = ""
    """Why it ended early; then some were not tried, or not often enough."""

    @property
    def verdict(self) -> tuple[str, ...]:
        """The assumptions that matter most, in sentences."""
        clear = [effect for effect in self.effects if effect.is_clear]
        said = [f"It ended early: {self.interruption}."] if self.interruption else []
        if not clear:
            return (*said, f"None of {len(self.effects)} assumptions moves {named(self.target)} by more than chance.")
        rest = len(self.effects) - len(clear)
        return (
            *said,
            f"What moves {named(self.target)} most:",
            *(self._sentence(effect) for effect in clear[:MOST_TOLD]),
            f"{rest} of {len(self.effects)} do not move it by more than chance (which one in twenty would do by luck).",
        )

    def _sentence(self, effect: Effect) -> str:
        sides = ((effect.low_value, effect.low), (effect.high_value, effect.high))
        moved = [f"{change(self.target, one.mean)} at {value}" for value, one in sides if one.n]
        return f"{number_words(effect.assumption.path)} — {', '.join(moved)}."


def sensitivity(
    scenario: Scenario,
    replications: int,
    target: FigureKey = ON_TIME,
    seed: int | None = None,
    *,
    lower: float = 0.8,
    upper: float = 1.2,
    marks: Sequence[Mark] = ("assumed",),
    only: Sequence[str] = (),
    jobs: int | None = None,
    cluster: str | None = None,
    on_progress: OnProgress | None = None,
) -> Sensitivity:
    """Varies every number with one of these marks by two factors; `only` keeps paths that match (`steps.*`).

    Prices are varied only where the target is a cost. Raises PlannerError where nothing is left to vary or the
    target is no figure of the scenario, and as `replicate`.
    """
    if not 0 <= lower < 1 < upper:
        raise PlannerError(f"lower {lower:g} and upper {upper:g} are factors on either side of 1, such as 0.8 and 1.2")
    varied = [
        found
        for found in assumptions(scenario, marks)
        if (target.measure in _PRICED or not found.path.startswith("costs."))
        and (not only or any(fnmatchcase(found.path, pattern) for pattern in only))
    ]
    if not varied:
        raise PlannerError(
            f"no number of {scenario.name} is marked {' or '.join(marks)}"
            + (f" and matches {' or '.join(only)}" if only else "")
        )
    changes = [(found.scaled(lower), found.scaled(upper)) for found in varied]
    run = run_variants(
        scenario,
        [one for pair in changes for one in pair if one],
        replications,
        target,
        seed,
        jobs=jobs,
        cluster=cluster,
        on_progress=on_progress,
    )
    answers = iter(run.differences)
    effects = []
    for found, (low, high) in zip(varied, changes, strict=True):
        at_low, at_high = (next(answers).get(target, UNKNOWN) if one else UNKNOWN for one in (low, high))
        effects.append(Effect(found, _tried(low, lower), _tried(high, upper), at_low, at_high))
    known = [effect for effect in effects if effect.low.n or effect.high.n]
    known.sort(key=lambda effect: (not effect.is_clear, -effect.swing))
    return Sensitivity(target, run.base, lower, upper, tuple(known), run.interruption)


def _tried(changes: Changes, factor: float) -> str:
    values = list(changes.values())
    if len(values) == 1 and isinstance(values[0], int | float):
        return f"{values[0]:.4g}"
    return f"×{factor:g}" if values else ""
