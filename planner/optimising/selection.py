"""Ranking and selection: which plan is the cheapest that keeps a target, and whether it does on fresh seeds.

The choice is a fully sequential elimination on common random numbers: Kim & Nelson, "A fully sequential procedure for
indifference-zone selection in simulation", ACM TOMACS 11 (2001) 251-273, for the cost, with the feasibility check of
Andradottir & Kim, "Fully sequential procedures for comparing constrained systems via simulation", Naval Research
Logistics 57 (2010) 403-421, for the target. Whatever was chosen looks better than it is, as the luckiest of many; so
what is claimed of it is tested on replications that no choice was made by.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]


@dataclass
class Elimination:
    """Contenders that are dropped as soon as they are clearly short of the target, or clearly dearer than one that
    keeps it."""

    target: float
    level_step: float
    """A share on time this close to the target may be judged either way."""
    cost_step: float
    """A difference of cost that does not matter."""
    confidence: float
    """Of the whole choice, half of the risk for the target and half for the cost."""
    alive: set[int] = field(default_factory=set)
    keeps: set[int] = field(default_factory=set)
    """Found to keep the target."""
    _spread: tuple[Floats, Floats, int] | None = None

    def look(self, costs: Floats, levels: Floats) -> bool:
        """Looks at (contenders, replications) of cost and share on time; whether more replications are wanted.

        The first look, at 3 replications or more, sets the spread that the rest is judged by. Rows of those that have
        been dropped may hold nan.
        """
        if self._spread is None:
            self.alive = set(range(len(costs)))
            between = (costs[:, None, :] - costs[None, :, :]).var(axis=2, ddof=1)
            self._spread = between, levels.var(axis=1, ddof=1), costs.shape[1]
        between, own, first = self._spread
        n, contenders, risk = costs.shape[1], len(costs), (1 - self.confidence) / 2
        for_target = _triangle(n, self.level_step, own, first, risk / contenders)
        for_cost = _triangle(n, self.cost_step, between, first, risk / max(contenders - 1, 1))
        above = levels.mean(axis=1) - self.target
        mean = costs.mean(axis=1)
        for one in tuple(self.alive - self.keeps):
            if above[one] >= for_target[one]:
                self.keeps.add(one)
            elif above[one] <= -for_target[one]:
                self.alive.discard(one)
        self.keeps &= self.alive
        dearer = {one for one in self.alive for other in self.keeps if mean[one] > mean[other] + for_cost[one, other]}
        self.alive -= dearer
        self.keeps -= dearer
        undecided = self.alive - self.keeps
        tied = np.ptp(mean[sorted(self.keeps)]) <= self.cost_step if self.keeps else True
        return bool(undecided) or not tied


def confidence_above(values: Sequence[float], target: float) -> float:
    """With which confidence the mean is at least the target: one less the one-sided p value of Student's t test.

    nan for fewer than two values or one that is none; 1 or 0 where they do not vary at all.
    """
    known = np.asarray(values, np.float64)
    if known.size < 2 or np.isnan(known).any():
        return math.nan
    spread = float(known.std(ddof=1)) / math.sqrt(known.size)
    above = float(known.mean()) - target
    if spread == 0:
        return float(above >= 0)
    return float(stats.t.cdf(above / spread, known.size - 1))


def _triangle(n: int, step: float, spread: Floats, first: int, risk: float) -> Floats:
    """How far a mean over n must lie off to be judged (W of Kim & Nelson, with c = 1); it shrinks to 0."""
    eta = ((2 * risk) ** (-2 / (first - 1)) - 1) / 2
    reach: Floats = 2 * eta * (first - 1) * spread / step**2 - n
    return np.maximum(reach, 0.0) * step / (2 * n)
