"""The distributions of a scenario as rows of a table, each kept once."""

import numpy as np

from planner.engine import draws
from planner.scenario.quantities import (
    MILLISECONDS,
    ChoiceCount,
    Constant,
    Count,
    Duration,
    Empirical,
    Erlang,
    Exponential,
    FixedCount,
    GeometricCount,
    Lognormal,
    Triangular,
    Uniform,
)

Row = tuple[int, float, float, float]


class DistributionTable:
    """Gives each distribution a row number; times in milliseconds. `planner.engine.draws` explains the columns."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}
        self.rows: list[Row] = []
        self.pool: list[float] = []

    def row(self, of: Duration | Count) -> int:
        """The row of a distribution, added if it is new. Where it comes from (`source`, `mark`) makes no difference."""
        known_by = of.model_dump_json(exclude={"source", "mark"})
        if known_by not in self._numbers:
            self._numbers[known_by] = len(self.rows)
            if isinstance(of, FixedCount | ChoiceCount | GeometricCount):
                self.rows.append(self._count(of))
            else:
                self.rows.append(self._duration(of))
        return self._numbers[known_by]

    def _pooled(self, values: list[float]) -> float:
        first = len(self.pool)
        self.pool += values
        return float(first)

    def _count(self, of: Count) -> Row:
        if isinstance(of, FixedCount):
            return draws.CONSTANT, float(of.value), 0.0, 0.0
        if isinstance(of, GeometricCount):
            return draws.GEOMETRIC, of.mean - 1, 0.0, 0.0
        cumulated = [float(share) for share in np.cumsum(of.shares)]
        return draws.CHOICE, self._pooled([*cumulated, *map(float, of.values)]), float(len(of.values)), 0.0

    def _duration(self, of: Duration) -> Row:
        ms = MILLISECONDS[of.unit]
        if isinstance(of, Constant):
            return draws.CONSTANT, of.value * ms, 0.0, 0.0
        if isinstance(of, Exponential):
            return draws.EXPONENTIAL, of.mean * ms, 0.0, 0.0
        if isinstance(of, Uniform):
            return draws.UNIFORM, of.low * ms, of.high * ms, 0.0
        if isinstance(of, Triangular):
            return draws.TRIANGULAR, of.low * ms, of.mode * ms, of.high * ms
        if isinstance(of, Lognormal):
            return draws.LOGNORMAL, of.log_mean + float(np.log(ms)), of.log_sd, 0.0
        if isinstance(of, Erlang):
            return draws.ERLANG, of.mean * ms / of.stages, float(of.stages), 0.0
        if isinstance(of, Empirical):
            return draws.EMPIRICAL, self._pooled([value * ms for value in of.quantiles]), float(len(of.quantiles)), 0.0
        return draws.WEIBULL, of.scale * ms, of.shape, 0.0
