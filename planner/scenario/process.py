"""The process map as data: steps, what they need, how long they take, in what order, and where a thing goes next."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from planner.scenario.demand import When
from planner.scenario.quantities import Constant, Count, Duration, Part, Positive, Share, Sourced
from planner.scenario.rosters import Texts, Times

END = "end"
"""Where a case is signed out."""


class Next(Part):
    """One way on: to a step, for some cases, with a probability."""

    to: str
    share: Share | None = None
    """Probability; one of the ways may leave it out and takes the rest."""
    when: When = When()


def _ways(value: object) -> object:
    if isinstance(value, str):
        return [{"to": value}]
    return value


Ways = Annotated[tuple[Next, ...], BeforeValidator(_ways), Field(min_length=1)]


class DurationRule(Part):
    """A duration for some cases."""

    when: When
    time: Duration


class Order(Part):
    """Who goes first among those who wait.

    The key is a moment; the earlier goes first, ties as they joined the line.
    first-come: the moment of joining this line.
    deadline: the moment the case is due (slack); a case without a deadline comes after those with one.
    clinical: the moment of joining, less a head start of `head_start_hours` for each level of the pathway's priority.
    ai: as clinical, and flagged cases have a head start of `ai_head_start_hours` besides.
    A head start bounds the wait: nobody is overtaken by one who joined more than that later. Null is unbounded.
    """

    rule: Literal["first-come", "clinical", "deadline", "ai"] = "first-come"
    head_start_hours: Positive | None = None
    ai_head_start_hours: Positive | None = None
    preempt: bool = False
    """A more urgent arrival interrupts the least urgent work in hand, which is resumed later where it stopped."""


class Batch(Part):
    """Several things in one run of a machine."""

    size: Annotated[int, Field(ge=1, le=100_000)]
    """At most so many in a run: a processor's blocks, a scanner's rack."""
    at_least: Annotated[int, Field(ge=1)] = 1
    """A run starts with so many, or with fewer once the first has waited `max_wait_hours`."""
    max_wait_hours: Positive | None = None
    """Null with `at_least` over 1: the run waits for the number, however long; to be named `full_only`."""
    full_only: bool = False
    """Says that waiting without end for `at_least` is meant."""
    out: Literal["together", "one-by-one"] = "together"
    """One by one: each is passed on when its own time is over, as slides from a scanner."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.at_least > self.size:
            raise ValueError(f"at_least {self.at_least} is more than a run can hold (size {self.size})")
        if self.full_only and self.at_least == 1:
            raise ValueError("full_only needs at_least: the number that a run waits for, without end")
        if self.at_least > 1 and self.max_wait_hours is None and not self.full_only:
            raise ValueError(
                "a run that waits for at_least needs max_wait_hours, or full_only: true to wait without end"
            )
        return self


class Step(Sourced):
    """One step of the process."""

    title: str = ""
    stage: str = ""
    """Stage of the report that the step counts under; default: its own name."""
    next: Ways

    @property
    def durations(self) -> tuple[Duration, ...]:
        """Every duration of the step, for lists of assumptions."""
        return ()


class Work(Step):
    """Somebody or something works on it, one at a time or in runs."""

    does: Literal["work"] = "work"
    needs: Annotated[Texts, Field(min_length=1, max_length=2)]
    """Names of resources; one unit of each is held throughout."""
    by_subspecialty: bool = False
    """Only units whose skills name the case's subspecialty do it, in lines of their own."""
    anywhere: bool = False
    """One line for all sites, served by everybody; else each site has its line, and remote units serve all."""
    time: Duration = Constant(value=0)
    """Of each thing."""
    times: tuple[DurationRule, ...] = ()
    """The first rule that covers a stream wins; else `time`."""
    per_slide: Duration | None = None
    """Added for each slide under the thing; its mean is used."""
    setup: Duration = Constant(value=0)
    """Once for each run, before the first."""
    batch: Batch | None = None
    starts: Times | None = None
    """Runs start at these moments only: with all that wait then, as far as machines are free."""
    order: Order = Order()

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.order.preempt and (self.batch or self.starts or len(self.needs) > 1):
            raise ValueError(
                "order.preempt goes with one thing at a time by one resource: no batch, starts or second need"
            )
        return self

    @property
    def durations(self) -> tuple[Duration, ...]:
        """Every duration of the step."""
        more = (self.per_slide,) if self.per_slide else ()
        return (self.time, self.setup, *more, *(rule.time for rule in self.times))


class Delay(Step):
    """Time passes, and nobody is held: transport, post, a computation."""

    does: Literal["delay"]
    time: Duration = Constant(value=0)
    times: tuple[DurationRule, ...] = ()
    departures: Times | None = None
    """It leaves at the next of these moments, then takes `time`."""
    to_site: str | None = None
    """Where the case is afterwards."""
    trip: bool = False
    """Counts as a trip in the costs."""

    @property
    def durations(self) -> tuple[Duration, ...]:
        """Every duration of the step."""
        return (self.time, *(rule.time for rule in self.times))


class Split(Step):
    """A thing falls into parts that go on by themselves until the join that belongs to this split."""

    does: Literal["split"]
    into: Literal["specimen", "block", "slide"]
    count: Count | None = None
    """How many; default: what the case's specimen type says. Given for extra slides and re-cuts."""


class Join(Step):
    """Waits for all the parts of one split; then the whole goes on."""

    does: Literal["join"]
    of: str
    """Name of the split."""


class AiScore(Step):
    """The AI's answer is known from here on; takes no time itself (put a delay before it for its latency)."""

    does: Literal["ai"]


AnyStep = Annotated[Work | Delay | Split | Join | AiScore, Field(discriminator="does")]


class Ai(Sourced):
    """What the AI does with a case: how often it flags the diseased, and the others, and how often it says nothing."""

    sensitivity: Share
    false_positive_fraction: Share
    unscored: Share = 0.0
    """Share of cases that get no score (rejected slides, no model for the tissue); they keep their clinical place."""
    failed: Share = 0.0

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if self.unscored + self.failed > 1:
            raise ValueError(f"unscored {self.unscored} and failed {self.failed} are over 1 together")
        return self
