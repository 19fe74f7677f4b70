"""Plans simulated while the best is looked for: each replication once, the same numbers on any number of cores."""

import math
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cached_property

import numpy as np
import numpy.typing as npt

from planner.experiments.wording import COST
from planner.measures.figures import Summary
from planner.optimising.goals import Goal
from planner.replications.places import run_here
from planner.replications.replicate import OnProgress
from planner.replications.task import Task, software
from planner.scenario.load import change
from planner.scenario.scenario import Scenario

SCREENING_DAYS = 30
"""Measured days of the short runs that choices are prepared with."""
Changes = Mapping[str, object]


class Trials:
    """Simulates changes of a scenario, and remembers what came of them."""

    def __init__(self, scenario: Scenario, goal: Goal, jobs: int | None, on_progress: OnProgress | None) -> None:
        self.scenario = scenario
        self.goal = goal
        self.jobs = jobs
        self.on_progress = on_progress
        self.spent = 0
        """Replications simulated, long and short."""
        self._known: dict[tuple[str, int, int], Summary] = {}

    def run(
        self, plans: Sequence[Changes], replications: Sequence[int], seed: int, doing: str, *, short: bool
    ) -> list[list[Summary]]:
        """The same replications of each plan; over a month where short is enough. Raises as `replicate`."""
        days = {"days": min(self.scenario.days, SCREENING_DAYS)} if short else {}
        texts = [change(self.scenario, {**plan, **days}).model_dump_json() for plan in plans]
        missing = dict.fromkeys(
            (text, seed, number) for text in texts for number in replications if (text, seed, number) not in self._known
        )
        tasks = [Task(place, *key, software()) for place, key in enumerate(missing)]
        if tasks:
            self._say(0, len(tasks), doing)
            with closing(run_here(tasks, self.jobs, self._compiling)) as answers:
                for done, answer in enumerate(answers, 1):
                    task = tasks[answer.place]
                    self._known[task.scenario, task.seed, task.replication] = answer.summary
                    self.spent += 1
                    self._say(done, len(tasks), doing)
        return [[self._known[text, seed, number] for number in replications] for text in texts]

    def levels(self, summaries: Sequence[Summary]) -> npt.NDArray[np.float64]:
        """Share on time of each replication."""
        return np.array([self.goal.of(one) for one in summaries])

    def costs(self, summaries: Sequence[Summary], plan: Changes) -> npt.NDArray[np.float64]:
        """Cost a week of each replication; where nothing has a price, people and machines."""
        if self.priced:
            return np.array([one.figures.get(COST, math.nan) for one in summaries])
        resources = change(self.scenario, plan).resources.values()
        return np.full(len(summaries), float(sum(unit.count for resource in resources for unit in resource.units)))

    @cached_property
    def priced(self) -> bool:
        """Whether the scenario gives any prices of people or machines."""
        prices = self.scenario.costs
        return any(grade.per_hour for grade in prices.grades.values()) or any(
            price.value for price in prices.machines_per_year.values()
        )

    def _compiling(self, note: str) -> None:
        self._say(0, 0, note)

    def _say(self, done: int, wanted: int, doing: str) -> None:
        if self.on_progress:
            self.on_progress(done, wanted, doing)
