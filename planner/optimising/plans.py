"""What came of looking for the cheapest plan: the plan, how surely it keeps its target, and what else there is."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from planner.experiments.wording import COST, ON_TIME, amount, change
from planner.measures.intervals import Estimate
from planner.optimising.frontier import Point
from planner.optimising.goals import Goal
from planner.optimising.search_space import Space
from planner.replications.replicate import Experiment
from planner.scenario.scenario import Scenario


class Seeds(NamedTuple):
    """One for each purpose, all different: a replication's chance depends on its seed and its number."""

    search: int
    selection: int
    confirmation: int

    @classmethod
    def of(cls, seed: int) -> "Seeds":
        """Three that all come from this one, and none is it."""
        drawn = dict.fromkeys(int(it) >> 1 for it in np.random.SeedSequence(seed).generate_state(8, np.uint64))
        search, selection, confirmation, *_ = (it for it in drawn if it != seed)
        return cls(search, selection, confirmation)


class Spent(NamedTuple):
    """What it took."""

    simulations: int
    """Replications, short and long."""
    plans: int
    """Plans tried, besides single steps."""
    passed_over: int
    """Plans that needed no simulation: more work than hours."""
    cut_short: tuple[str, ...]
    """Steps that were ended by the time."""


@dataclass(frozen=True)
class Plan:
    """The answer: the cheapest plan found that keeps the target, or the best that could be reached."""

    scenario: Scenario
    goal: Goal
    target: float
    confidence: float
    """That was asked for."""
    best: Point
    reached: bool
    """Whether the best was confirmed on fresh seeds, with the confidence that was asked for."""
    sure: float
    """Confidence that the best keeps the target, by fresh replications and for as many tries as there may be; nan
    where it was not put to the test."""
    today: Point
    simpler: Point | None
    """A plan with fewer changes that was confirmed too."""
    cost_change: Estimate
    """Of the best against today, paired; currency a week."""
    on_time_change: Estimate
    runners_up: tuple[Point, ...]
    """Others at full length: those that seem to keep the target first, the cheapest first."""
    front: tuple[Point, ...]
    """Cost against on time."""
    experiment: Experiment | None
    """The best's fresh replications."""
    priced: bool
    """Whether costs are money; else people and machines are counted."""
    varied: Space
    tests: int
    """Plans that were put to the test on fresh seeds."""
    spent: Spent
    seeds: Seeds
    interruption: str = ""
    """Why it ended early."""

    @property
    def points(self) -> tuple[Point, ...]:
        """Every plan that was run at full length."""
        others = [one for one in (self.best, *self.runners_up) if one.words]
        return (self.today, *others)

    @property
    def verdict(self) -> tuple[str, ...]:
        """The answer in sentences."""
        said = [f"It ended early: {self.interruption}."] if self.interruption else []
        said += self._answer()
        if self.best.words:
            said.append(
                f"It costs {self._money(self.best.cost.mean)} a week, {self._signed(self.cost_change)} against today "
                f"({amount(ON_TIME, self.today.on_time.mean)} on time for {self._money(self.today.cost.mean)})."
            )
        if self.simpler:
            words, found = "; ".join(self.simpler.words) or "everything as today", self.simpler.on_time
            said.append(
                f"With fewer changes: {words}. That keeps {amount(ON_TIME, found.mean)} ({self._interval(found)}), "
                f"confirmed too, for {self._money(self.simpler.cost.mean)} a week."
            )
        said.append(self._effort())
        return tuple(said)

    def _answer(self) -> list[str]:
        what, goal = self.goal.named(self.scenario), amount(ON_TIME, self.target)
        reached = f"{amount(ON_TIME, self.best.on_time.mean)} ({self._interval(self.best.on_time)})"
        words = "; ".join(self.best.words) or "everything as today"
        runs = self.best.on_time.n
        if self.reached:
            found = f"The cheapest plan found that keeps {goal} {what}: {words}."
            sure = f"The confidence that it keeps {goal} is {_percent(self.sure)}."
            return [found, f"It keeps {reached} in {runs} replications on fresh seeds. {sure}"]
        if self.experiment is None or self.interruption:
            return [f"No plan was confirmed. Best so far: {words}, with {reached}, not confirmed."]
        return [
            f"No plan within the space keeps {goal} {what} with {self.confidence:.0%} confidence.",
            f"The best reached {reached} in {runs} replications on fresh seeds: {words}.",
        ]

    def _effort(self) -> str:
        spent = self.spent
        things = f"{len(self.varied)} things" if len(self.varied) > 1 else "One thing"
        text = (
            f"{things} could be changed; {spent.plans} plans and single steps around today were tried in "
            f"{spent.simulations} simulations"
        )
        if spent.passed_over:
            text += f", {spent.passed_over} plans passed over since they have more work than hours"
        if spent.cut_short:
            text += f". The time cut short: {'; '.join(spent.cut_short)}"
        return text + ". A cheaper one may exist that was not tried."

    def _money(self, value: float) -> str:
        unit = self.scenario.costs.currency if self.priced else "people and machines"
        return f"{amount(COST, value)} {unit}"

    def _signed(self, difference: Estimate) -> str:
        return f"{change(COST, difference.mean)} ({change(COST, difference.low)} to {change(COST, difference.high)})"

    def _interval(self, found: Estimate) -> str:
        return f"95% interval {amount(ON_TIME, found.low)} to {amount(ON_TIME, found.high)}"


def _percent(share: float) -> str:
    """99.9% at most: certainty is not to be had from chance."""
    return "over 99.9%" if share > 0.999 else f"{share:.1%}"
