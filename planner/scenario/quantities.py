"""Numbers that say where they come from, and distributions of time and of counts.

Every number of a scenario carries `source` and a `mark`: measured, published, derived or assumed.
"""

import math
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Mark = Literal["measured", "published", "derived", "assumed"]
"""How a number is known; DOMAIN's P, M, D and A."""
Unit = Literal["seconds", "minutes", "hours", "days"]

MILLISECONDS: dict[str, int] = {"seconds": 1_000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000}
"""The simulation counts in whole milliseconds."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""A probability or a part of a whole, 0 to 1."""


class Part(BaseModel):
    """A part of a scenario: unchangeable, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced(Part):
    """Something with numbers in it that says how they are known."""

    source: str = ""
    mark: Mark = "assumed"

    @model_validator(mode="after")
    def _knowledge_has_a_source(self) -> Self:
        if self.mark != "assumed" and not self.source:
            raise ValueError(f"marked {self.mark}, but no source is given: name the source, or mark it assumed")
        return self


class Quantity(Sourced):
    """One number, in the unit that its field's name says."""

    value: NotNegative


class Constant(Sourced):
    """Always the same."""

    kind: Literal["constant"] = "constant"
    value: NotNegative
    unit: Unit = "minutes"

    @property
    def mean(self) -> float:
        """Mean, in `unit`."""
        return self.value


class Exponential(Sourced):
    """Memoryless: what the theory of queues reckons with."""

    kind: Literal["exponential"]
    mean: Positive
    unit: Unit = "minutes"


class Uniform(Sourced):
    """Anything from low to high, equally likely."""

    kind: Literal["uniform"]
    low: NotNegative
    high: NotNegative
    unit: Unit = "minutes"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self

    @property
    def mean(self) -> float:
        """Mean, in `unit`."""
        return (self.low + self.high) / 2


class Triangular(Sourced):
    """From low to high, most often near `mode`: what people can tell when asked."""

    kind: Literal["triangular"]
    low: NotNegative
    mode: NotNegative
    high: NotNegative
    unit: Unit = "minutes"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.mode <= self.high:
            raise ValueError(f"give low <= mode <= high; got {self.low}, {self.mode}, {self.high}")
        return self

    @property
    def mean(self) -> float:
        """Mean, in `unit`."""
        return (self.low + self.mode + self.high) / 3


class Lognormal(Sourced):
    """Skewed to the right, as reading times are. `mean` and `sd` are those of the time itself, not of its logarithm."""

    kind: Literal["lognormal"]
    mean: Positive
    sd: NotNegative
    unit: Unit = "minutes"

    @property
    def log_sd(self) -> float:
        """Standard deviation of the logarithm."""
        return math.sqrt(math.log1p((self.sd / self.mean) ** 2))

    @property
    def log_mean(self) -> float:
        """Mean of the logarithm of the time in `unit`."""
        return math.log(self.mean) - self.log_sd**2 / 2


class Erlang(Sourced):
    """A sum of `stages` exponential times with this mean in all: more regular the more stages."""

    kind: Literal["erlang"]
    mean: Positive
    stages: Annotated[int, Field(ge=1, le=50)]
    unit: Unit = "minutes"


class Weibull(Sourced):
    """Times with a hazard that rises (shape over 1) or falls; `scale` is the 63rd percentile."""

    kind: Literal["weibull"]
    scale: Positive
    shape: Annotated[float, Field(ge=0.1, le=20)]
    unit: Unit = "minutes"

    @property
    def mean(self) -> float:
        """Mean, in `unit`."""
        return self.scale * math.gamma(1 + 1 / self.shape)


class Empirical(Sourced):
    """Measured: quantiles at even steps from the least to the greatest, straight lines between them."""

    kind: Literal["empirical"]
    quantiles: Annotated[tuple[NotNegative, ...], Field(min_length=2, max_length=10_001)]
    unit: Unit = "minutes"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if list(self.quantiles) != sorted(self.quantiles):
            raise ValueError("the quantiles must not fall")
        return self

    @property
    def mean(self) -> float:
        """Mean, in `unit`."""
        pairs = zip(self.quantiles, self.quantiles[1:], strict=False)
        return sum((low + high) / 2 for low, high in pairs) / (len(self.quantiles) - 1)


Duration = Annotated[
    Constant | Exponential | Uniform | Triangular | Lognormal | Erlang | Weibull | Empirical,
    Field(discriminator="kind"),
]
"""How long something takes."""


def mean_ms(duration: Duration) -> float:
    """Mean of a duration, in milliseconds."""
    return duration.mean * MILLISECONDS[duration.unit]


class FixedCount(Sourced):
    """Always the same number."""

    kind: Literal["fixed"] = "fixed"
    value: Annotated[int, Field(ge=1, le=1000)]

    @property
    def mean(self) -> float:
        """Mean number."""
        return float(self.value)


class ChoiceCount(Sourced):
    """Each of these numbers with its probability."""

    kind: Literal["choice"]
    values: Annotated[tuple[Annotated[int, Field(ge=1, le=1000)], ...], Field(min_length=1)]
    shares: Annotated[tuple[Share, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        if len(self.values) != len(self.shares):
            raise ValueError(f"{len(self.values)} values but {len(self.shares)} shares; give one share for each value")
        if not math.isclose(sum(self.shares), 1, abs_tol=1e-6):
            raise ValueError(f"the shares sum to {sum(self.shares):g}; they must sum to 1")
        return self

    @property
    def mean(self) -> float:
        """Mean number."""
        return sum(value * share for value, share in zip(self.values, self.shares, strict=True))


class GeometricCount(Sourced):
    """1, 2, 3... each further one equally likely; `mean` is at least 1."""

    kind: Literal["geometric"]
    mean: Annotated[float, Field(ge=1, le=1000)]


Count = Annotated[FixedCount | ChoiceCount | GeometricCount, Field(discriminator="kind")]
"""How many of something there are: at least one."""
