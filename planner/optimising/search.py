"""The search for cheap plans: one step each way from today, what that suggests, then Optuna's sampler, on short runs.

Short runs rank plans, no more: their shares on time are moved by what a run of full length differs for the plan that
the search starts from.
"""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.trial import TrialState

from planner.optimising.search_space import Design, Space, changes_of, too_busy, words_of
from planner.optimising.trials import Trials
from planner.scenario.load import change

BATCH = 8
"""Plans that are asked for at once, however many cores there are, so that the answer does not depend on them."""
ASKS = 5
"""The sampler is asked for this many plans a trial at most: what was tried, or is too busy, costs no simulation."""
MOST_UP, MOST_DOWN = 9, 9
"""Knobs that the search keeps: those where more gains most for its price, and where fewer loses least (assumed)."""
SHORT_RUNS = (0, 1)
"""Replications of a plan in the search; a single step has the first."""
LEAST_GAIN = 0.003
"""Less may be chance in a single short run: nobody's roster is changed for it (assumed)."""
EFFORT = 0.0005
"""Every change must be worth this part of the cost, so that none is kept by chance (assumed)."""
MARGIN = 0.003
"""The sampler aims this much above the target."""
SHORTFALL = 100
"""Being a point short of the target weighs as much as the whole cost: who keeps it comes before who is cheap."""


@dataclass(frozen=True)
class Tried:
    """A plan with what short runs say of it."""

    design: Design
    cost: float
    level: float
    """Share on time."""


class Move(NamedTuple):
    """A single step: a knob put to one of its places, and what that changes."""

    knob: int
    place: int
    gain: float
    cost: float


@dataclass
class Search:
    """Looks for plans that keep the target and cost little."""

    trials: Trials
    space: Space
    start: Design
    target: float
    seed: int
    tried: dict[Design, Tried] = field(default_factory=dict)
    too_busy: set[Design] = field(default_factory=set)
    """Plans that were passed over without simulating."""
    _offset: float = 0.0

    def begin(self) -> None:
        """Runs the plan that all starts from, short and long."""
        plans = [changes_of(self.space, self.start)]
        doing = "simulating today's plan"
        (full,) = self.trials.run(plans, SHORT_RUNS, self.seed, doing, short=False)
        (short,) = self.trials.run(plans, SHORT_RUNS, self.seed, doing, short=True)
        self._offset = float((self.trials.levels(full) - self.trials.levels(short)).mean())
        self._evaluate([self.start])

    def steps(self, late: Callable[[], bool]) -> list[Move]:
        """One step of every knob, unless it gets late."""
        places = list(self._steps())
        base = self.trials.run([changes_of(self.space, self.start)], SHORT_RUNS[:1], self.seed, "", short=True)[0]
        (level,), (cost,) = self.trials.levels(base), self.trials.costs(base, changes_of(self.space, self.start))
        moves = []
        for first in range(0, len(places), 2 * BATCH):
            if late():
                break
            some = places[first : first + 2 * BATCH]
            plans = [changes_of(self.space, _moved(self.start, *one)) for one in some]
            doing = "trying one step at a time"
            answers = self.trials.run(plans, SHORT_RUNS[:1], self.seed, doing, short=True)
            for (knob, place), plan, runs in zip(some, plans, answers, strict=True):
                gain = float(self.trials.levels(runs)[0] - level)
                moves.append(Move(knob, place, gain, float(self.trials.costs(runs, plan)[0] - cost)))
        return moves

    def look(self, moves: Sequence[Move], most: int, late: Callable[[], bool]) -> None:
        """Tries what the single steps suggest, then what Optuna's sampler proposes (TPE, Bergstra et al. 2011)."""
        wins, ups, downs = _sorted(moves, self.space)
        kept = sorted({move.knob for move in (*wins, *ups[:MOST_UP], *downs[:MOST_DOWN])})
        if len(self.space) <= MOST_UP + MOST_DOWN or not kept:
            kept = list(range(len(self.space)))
        suggested = list(dict.fromkeys(_suggested(self.start, self.space, wins, ups[:MOST_UP], downs[:MOST_DOWN])))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(seed=self.seed % 2**32, multivariate=True, constant_liar=True)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(sampler=sampler)
        for design in suggested:
            study.enqueue_trial({self.space[knob].name: design[knob] for knob in kept})
        distributions = {self.space[knob].name: _distribution(self.space, knob) for knob in kept}
        begun = len(self.tried)
        for _ in range(ASKS * most // BATCH + 1):
            if late() or len(self.tried) - begun >= most:
                return
            self._ask(study, kept, distributions)

    def _ask(self, study: optuna.Study, kept: Sequence[int], distributions: dict[str, BaseDistribution]) -> None:
        asked = [study.ask(distributions) for _ in range(BATCH)]
        designs: list[Design] = []
        for trial in asked:
            taken = {knob: trial.params[self.space[knob].name] for knob in kept}
            designs.append(tuple(taken.get(knob, place) for knob, place in enumerate(self.start)))
        self._evaluate(designs)
        for trial, design in zip(asked, designs, strict=True):
            found = self.tried.get(design)
            if found:
                short = max(self.target + MARGIN - found.level, 0.0)
                study.tell(trial, found.cost * (1 + SHORTFALL * short + EFFORT * len(words_of(self.space, design))))
            else:
                study.tell(trial, state=TrialState.PRUNED)

    def _evaluate(self, designs: Sequence[Design]) -> None:
        fresh = [one for one in dict.fromkeys(designs) if one not in self.tried and one not in self.too_busy]
        busy = {one for one in fresh if one != self.start and self._is_too_busy(one)}
        self.too_busy |= busy
        fresh = [one for one in fresh if one not in busy]
        plans = [changes_of(self.space, one) for one in fresh]
        answers = self.trials.run(plans, SHORT_RUNS, self.seed, "searching", short=True)
        for design, plan, runs in zip(fresh, plans, answers, strict=True):
            level = float(self.trials.levels(runs).mean()) + self._offset
            self.tried[design] = Tried(design, float(self.trials.costs(runs, plan).mean()), level)

    def _is_too_busy(self, design: Design) -> bool:
        return too_busy(change(self.trials.scenario, changes_of(self.space, design)))

    def _steps(self) -> Iterator[tuple[int, int]]:
        """Knob and place, what matters most first: choices, one more, one fewer, then rosters and other values."""
        for step in (0, 1, -1):
            for number, knob in enumerate(self.space):
                place = self.start[number] + step
                if knob.kind == "choice" and not step:
                    yield from ((number, other) for other in range(len(knob.options)) if other != place)
                elif knob.ordered and step and 0 <= place < len(knob.options):
                    yield number, place
        for number, knob in enumerate(self.space):
            if knob.kind == "value":
                yield from ((number, place) for place in range(len(knob.options)) if place != self.start[number])


def _moved(design: Design, knob: int, place: int) -> Design:
    return (*design[:knob], place, *design[knob + 1 :])


def _sorted(moves: Sequence[Move], space: Space) -> tuple[list[Move], list[Move], list[Move]]:
    """Choices that gain and save; what gains at a price, most for its price first; what saves, the least loss first."""
    least = {"choice": 0.0, "value": LEAST_GAIN, "number": math.inf}
    wins = [move for move in moves if move.gain >= least[space[move.knob].kind] and move.cost <= 0]
    best = {move.knob: move for move in sorted(wins, key=lambda it: it.gain)}
    rest = [move for move in moves if move not in wins]
    ups = [move for move in rest if move.gain > 0 and move.cost >= 0 and space[move.knob].kind != "value"]
    downs = [move for move in rest if move.cost < 0 and space[move.knob].kind != "value"]
    ups.sort(key=lambda move: move.gain / max(move.cost, 1e-9), reverse=True)
    downs.sort(key=lambda move: move.gain / move.cost)
    return list(best.values()), ups, downs


def _suggested(
    start: Design, space: Space, wins: Sequence[Move], ups: Sequence[Move], downs: Sequence[Move]
) -> Iterator[Design]:
    """All wins; with ever more of what gains, or of what saves, or of both; each step up to twice."""
    yield start
    won = start
    yield from (_moved(start, move.knob, move.place) for move in wins if space[move.knob].kind == "choice")
    for move in wins:
        won = _moved(won, move.knob, move.place)
    yield won
    for gains, savings in ((1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (0, 1), (0, 2), (0, 4), (0, 8), (2, 2), (4, 4)):
        yield _stepped(won, space, [*(list(ups) * 2)[:gains], *downs[:savings]])


def _stepped(design: Design, space: Space, moves: Sequence[Move]) -> Design:
    for move in moves:
        place = move.place
        if space[move.knob].ordered:
            way = 1 if move.cost >= 0 else -1
            place = min(max(design[move.knob] + way, 0), len(space[move.knob].options) - 1)
        design = _moved(design, move.knob, place)
    return design


def _distribution(space: Space, knob: int) -> BaseDistribution:
    last = len(space[knob].options) - 1
    return IntDistribution(0, last) if space[knob].ordered else CategoricalDistribution(range(last + 1))
