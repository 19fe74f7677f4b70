"""The cheapest rosters, people and machines that keep a target: searched for, selected, and confirmed on fresh seeds.

Short runs search (`search`), runs of full length choose among the best by ranking and selection (`selection`), and what
was chosen is tested on replications that no choice was made by. Each of the three has a seed of its own.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import PlannerError, RunError
from planner.experiments.wording import ON_TIME
from planner.measures.figures import FigureKey, Summary
from planner.measures.intervals import Estimate, estimate
from planner.measures.overload import growth
from planner.optimising.frontier import Point, State, front
from planner.optimising.goals import goal_of
from planner.optimising.plans import Plan, Seeds, Spent
from planner.optimising.search import Search, Tried
from planner.optimising.search_space import Design, Knob, Space, carried, changes_of, checked, derive, today, words_of
from planner.optimising.selection import Elimination, Floats, confidence_above
from planner.optimising.trials import Trials
from planner.replications.replicate import BY_HAND, Experiment, OnProgress, replicate_all
from planner.scenario.load import change
from planner.scenario.scenario import Scenario

TRIES = 3
"""Plans that may be put to the test on fresh seeds; the risk of a wrong claim is shared out among them (Bonferroni)."""
CONTENDERS, SAFE = 4, 2
"""Plans that are compared at full length: the cheapest that seem to keep the target, and that clearly seem to."""
ABOUT, CLEARLY = 0.003, 0.01
"""Shares below, and above, the target."""
SHAPE = 3
"""Further plans that are run at full length to show the front."""
FIRST_LOOK, LAST_LOOK = 4, 10
"""Replications of full length before the first is dropped, and at most."""
SELECTION_CONFIDENCE = 0.9
"""Of the choice among contenders; the claim does not rest on it."""
LIKELY = 0.8
"""Confidence by the runs that chose it with which a plan is put to the test before those that are less sure."""
LEVEL_STEP, COST_STEP = 0.005, 0.0025
"""Differences that do not matter: of the share on time, and of the cost as a part of today's (assumed)."""


@dataclass(frozen=True)
class Budget:
    """What may be spent."""

    trials: int = 48
    """Plans in the search, besides single steps."""
    confirmations: int = 20
    """Replications on fresh seeds."""
    minutes: float = 9.0
    """From there on nothing but the confirmation is begun. If the time cuts something short, another run may differ."""


def optimise(
    scenario: Scenario,
    *,
    target: float = 0.9,
    measure: FigureKey | str | tuple[str, ...] = ON_TIME,
    confidence: float = 0.95,
    space: Sequence[Knob] | None = None,
    budget: Budget | None = None,
    jobs: int | None = None,
    seed: int | None = None,
    on_progress: OnProgress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Plan:
    """Looks for the cheapest plan with `measure` (a share on time, a pathway, or several together) of `target` or more.

    `space` is what may be changed (None: what `search_space.derive` finds). Ctrl-C gives what there is so far, or is
    raised where that is nothing. Raises ScenarioError, RunError and PlannerError for what cannot be asked.
    """
    budget = budget or Budget()
    if not (0 < target < 1 and 0.5 <= confidence < 1):
        raise PlannerError(
            f"target {target:g} must lie between 0 and 1, and confidence {confidence:g} between 0.5 and 1"
        )
    if min(budget.trials, budget.minutes) <= 0 or budget.confirmations < 2:
        raise PlannerError("budget: give 1 trial, 2 confirmations or more, and some minutes")
    goal = goal_of(scenario, measure)
    knobs = checked(derive(scenario) if space is None else space)
    seeds = Seeds.of(scenario.seed if seed is None else seed)
    trials = Trials(scenario, goal, jobs, on_progress)
    return _Optimisation(trials, knobs, seeds, target, confidence, budget, clock).plan()


class _Optimisation:
    """The steps of one question, with what each has found."""

    def __init__(
        self, trials: Trials, space: Space, seeds: Seeds, target: float, confidence: float, budget: Budget,
        clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self.trials, self.space, self.seeds, self.budget = trials, space, seeds, budget
        self.target, self.confidence = target, confidence
        self.today = today(space)
        self.late_after = {part: clock() + share * 60 * budget.minutes for part, share in ENDS_BY.items()}
        self.clock = clock
        self.search = Search(trials, space, carried(trials.scenario, space), target, seeds.search)
        self.full: dict[Design, list[Summary]] = {}
        """Runs of full length."""
        self.cut: list[str] = []
        """What the time did not suffice for."""
        self.tests: dict[Design, Experiment] = {}
        self.interruption = ""

    def plan(self) -> Plan:
        chosen = simpler = None
        try:
            ranked = self._ranked()
            chosen = self._confirm(ranked)
            simpler = self._simpler(chosen, ranked) if chosen else None
        except KeyboardInterrupt:
            self._keep(BY_HAND)
        except RunError as error:
            self._keep(str(error))
        return self._told(chosen, simpler)

    def _keep(self, reason: str) -> None:
        """Goes on with what is finished; where that is not even today's plan, there is nothing to tell."""
        if not self.full:
            raise
        self.interruption = reason

    def _late(self, part: str) -> bool:
        late = self.clock() > self.late_after[part]
        if late and part not in self.cut:
            self.cut.append(part)
        return late

    def _ranked(self) -> list[Design]:
        """Plans in the order in which they are to be confirmed."""
        self.search.begin()
        level = self.search.tried[self.search.start].level
        if math.isnan(level):
            raise PlannerError(
                f"The share {self.trials.goal.named(self.trials.scenario)} has no value: no case "
                "with a deadline has been decided by the end; choose another measure, or give it more follow_up_days"
            )
        self._run_full([self.today], FIRST_LOOK)
        moves = self.search.steps(lambda: self._late("single steps"))
        self.search.look(moves, self.budget.trials, lambda: self._late("search"))
        tried = sorted(self.search.tried.values(), key=self._price)
        contenders = self._contenders(tried)
        self._run_full(contenders, FIRST_LOOK)
        ranked = self._select(contenders)
        if not self._late("plans to compare with"):
            self._run_full(self._shape(tried, contenders), FIRST_LOOK)
        return ranked

    def _contenders(self, tried: Sequence[Tried]) -> list[Design]:
        """The cheapest that may keep the target, some that are safer, and that with the fewest changes.

        If there is none, those that come nearest.
        """
        near = [one.design for one in tried if one.level >= self.target - ABOUT][:CONTENDERS]
        safe = [one.design for one in tried if one.level >= self.target + CLEARLY and one.design not in near][:SAFE]
        keeping = [one for one in tried if one.level >= self.target + ABOUT]
        if keeping:
            fewest = min(keeping, key=lambda one: (len(words_of(self.space, one.design)), *self._price(one))).design
            return list(dict.fromkeys([*near, *safe, fewest]))
        if near or safe:
            return [*near, *safe]
        return [one.design for one in sorted(tried, key=lambda one: -one.level)[:SAFE]]

    def _shape(self, tried: Sequence[Tried], contenders: Sequence[Design]) -> list[Design]:
        """Some plans that no other beats, from the cheapest to the best."""
        best: list[Tried] = []
        for one in tried:
            if not best or one.level > best[-1].level:
                best.append(one)
        others = [one.design for one in best if one.design not in contenders]
        places = np.unique(np.linspace(0, len(others) - 1, min(SHAPE, len(others))).round().astype(int))
        return [others[place] for place in places]

    def _run_full(self, designs: Sequence[Design], replications: int) -> None:
        wanted = list(dict.fromkeys(designs))
        plans = [changes_of(self.space, one) for one in wanted]
        doing = "comparing the best at full length"
        answers = self.trials.run(plans, range(replications), self.seeds.selection, doing, short=False)
        self.full.update(zip(wanted, answers, strict=True))

    def _select(self, contenders: Sequence[Design]) -> list[Design]:
        today_cost = float(self.trials.costs(self.full[self.today], {}).mean())
        elimination = Elimination(self.target, LEVEL_STEP, max(COST_STEP * today_cost, 1e-9), SELECTION_CONFIDENCE)
        n = FIRST_LOOK
        while elimination.look(*self._table(contenders, n)) and n < LAST_LOOK and not self._late("selection"):
            n += 1
            self._run_full([contenders[place] for place in sorted(elimination.alive)], n)
        alive = {contenders[place] for place in elimination.alive}
        able = [one for one in contenders if self._level(one) >= self.target]
        able.sort(key=lambda one: (one not in alive, not self._is_likely(one), *self._full_price(one)))
        return able or [max(contenders, key=self._level)]

    def _is_likely(self, design: Design) -> bool:
        """Whether the runs so far make it likely that it keeps the target; the cheapest of such is tested first."""
        return confidence_above(self.trials.levels(self.full[design]).tolist(), self.target) >= LIKELY

    def _table(self, contenders: Sequence[Design], n: int) -> tuple[Floats, Floats]:
        tables = np.full((2, len(contenders), n), math.nan)
        for place, design in enumerate(contenders):
            runs = self.full[design]
            if len(runs) == n:
                tables[:, place] = self.trials.costs(runs, changes_of(self.space, design)), self.trials.levels(runs)
        return tables[0], tables[1]

    def _level(self, design: Design) -> float:
        return float(self.trials.levels(self.full[design]).mean())

    def _price(self, one: Tried) -> tuple[float, ...]:
        """Cheaper first; at the same cost that with fewer people and machines, then with fewer changes."""
        return round(one.cost, 2), self._units(one.design), len(words_of(self.space, one.design)), -one.level

    def _full_price(self, design: Design) -> tuple[float, ...]:
        cost = float(self.trials.costs(self.full[design], changes_of(self.space, design)).mean())
        return self._price(Tried(design, cost, self._level(design)))

    def _units(self, design: Design) -> int:
        """People and machines more than today."""
        return sum(place - knob.today for place, knob in zip(design, self.space, strict=True) if knob.ordered)

    def _confirm(self, ranked: Sequence[Design]) -> Design | None:
        """Tests plans on fresh seeds until one passes; today's with them, to compare."""
        for design in ranked[:TRIES]:
            if not self._test([one for one in (self.today, design) if one not in self.tests]):
                return None
            if self._sure(design) >= self.confidence:
                return design
        return None

    def _test(self, designs: Sequence[Design]) -> bool:
        """Runs plans on fresh seeds; whether all were finished."""
        if not designs:
            return True
        plans = [change(self.trials.scenario, changes_of(self.space, one)) for one in designs]
        done = replicate_all(
            plans,
            self.budget.confirmations,
            self.seeds.confirmation,
            jobs=self.trials.jobs,
            on_progress=self._confirming,
        )
        self.trials.spent += sum(len(one.summaries) for one in done)
        self.tests.update(zip(designs, done, strict=True))
        self.interruption = next((one.interruption for one in done if one.interruption), "")
        return not self.interruption

    def _simpler(self, chosen: Design, ranked: Sequence[Design]) -> Design | None:
        """The plan with the fewest changes, if it has fewer than the chosen one and may be tested yet, and passes."""
        fewest = min(ranked, key=lambda one: (len(words_of(self.space, one)), *self._full_price(one)))
        if len(words_of(self.space, fewest)) >= len(words_of(self.space, chosen)) or self._late("simplest plan"):
            return None
        tried = [one for one in self.tests if one != self.today]
        return self._confirm([fewest]) if fewest not in tried and len(tried) < TRIES else None

    def _confirming(self, done: int, wanted: int, note: str) -> None:
        if self.trials.on_progress:
            self.trials.on_progress(done, wanted, note or "confirming on fresh seeds")

    def _sure(self, design: Design) -> float:
        """Confidence that it keeps the target, after so many tries as there may be; 0 where its backlog grows."""
        runs = self.tests[design].summaries
        sure = confidence_above(self.trials.levels(runs).tolist(), self.target)
        if math.isnan(sure) or growth(runs).growing:
            return 0.0
        return max(0.0, 1 - TRIES * (1 - sure))

    def _told(self, chosen: Design | None, simpler: Design | None) -> Plan:
        points = {one: self._point(one, (chosen, simpler)) for one in {**self.full, **self.tests}}
        tested = [one for one in self.tests if one != self.today or len(self.tests) == 1] or list(self.full)
        best = chosen or max(tested, key=lambda one: points[one].on_time.mean)
        experiment, before = self.tests.get(best), self.tests.get(self.today)
        runs, now = (
            (experiment.summaries, before.summaries)
            if experiment and before and experiment.summaries and before.summaries
            else (self.full[best], self.full[self.today])
        )
        kept = [one for one in points if one not in (best, self.today)]
        kept.sort(key=lambda one: (points[one].on_time.mean < self.target, points[one].cost.mean))
        return Plan(
            scenario=self.trials.scenario,
            goal=self.trials.goal,
            target=self.target,
            confidence=self.confidence,
            best=points[best],
            reached=chosen is not None,
            sure=self._sure(best) if best in self.tests and self.tests[best].summaries else math.nan,
            today=points[self.today],
            simpler=points[simpler] if simpler else None,
            cost_change=self._difference(now, runs, self.today, best, cost=True),
            on_time_change=self._difference(now, runs, self.today, best, cost=False),
            runners_up=tuple(points[one] for one in kept),
            front=front(list(points.values())),
            experiment=experiment,
            priced=self.trials.priced,
            varied=self.space,
            spent=Spent(self.trials.spent, len(self.search.tried), len(self.search.too_busy), tuple(self.cut)),
            tests=len([one for one in self.tests if one != self.today or one == best]),
            seeds=self.seeds,
            interruption=self.interruption,
        )

    def _point(self, design: Design, confirmed: Sequence[Design | None]) -> Point:
        """By its fresh replications where it has some."""
        test = self.tests.get(design)
        runs: Sequence[Summary] = test.summaries if test and test.summaries else self.full[design]
        plan = changes_of(self.space, design)
        state: State = "confirmed" if design in confirmed else "today" if design == self.today else "not confirmed"
        levels, costs = estimate(self.trials.levels(runs)), estimate(self.trials.costs(runs, plan))
        within = replace(levels, low=max(levels.low, 0.0), high=min(levels.high, 1.0))
        return Point(words_of(self.space, design), plan, costs, within, state)

    def _difference(
        self, now: Sequence[Summary], runs: Sequence[Summary], before: Design, after: Design, *, cost: bool
    ) -> Estimate:
        """After less before, replication by replication."""
        pairs = min(len(now), len(runs))
        if cost:
            values = [
                self.trials.costs(some[:pairs], changes_of(self.space, design))
                for some, design in ((runs, after), (now, before))
            ]
        else:
            values = [self.trials.levels(some[:pairs]) for some in (runs, now)]
        return estimate(values[0] - values[1])


ENDS_BY: Mapping[str, float] = {
    "single steps": 0.25,
    "search": 0.45,
    "selection": 0.6,
    "plans to compare with": 0.6,
    "simplest plan": 0.8,
}
"""Parts of the time by which each step ends, if it has not before."""
