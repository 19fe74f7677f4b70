"""What comes in: sites, specimen types, pathways with their deadlines, and streams of cases."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from planner.scenario.quantities import Count, FixedCount, NotNegative, Part, Positive, Quantity, Share, Sourced
from planner.scenario.rosters import Texts, days_of, span_of

ONE = FixedCount(value=1)


class Site(Part):
    """A hospital or laboratory."""

    title: str = ""


class When(Part):
    """Which cases a rule is for; an empty list means any."""

    stream: Texts = ()
    site: Texts = ()
    """The site at which the case was received."""
    specimen: Texts = ()
    pathway: Texts = ()
    subspecialty: Texts = ()

    def covers(self, stream: "Stream") -> bool:
        """Whether the rule is for this stream's cases."""
        wanted = (
            (self.stream, stream.name),
            (self.site, stream.site),
            (self.specimen, stream.specimen),
            (self.pathway, stream.pathway),
            (self.subspecialty, stream.subspecialty),
        )
        return all(not names or name in names for names, name in wanted)


class Specimen(Part):
    """A specimen type: how a case of it falls into specimens, blocks and slides."""

    title: str = ""
    specimens_per_case: Count = ONE
    blocks_per_specimen: Count = ONE
    slides_per_block: Count = ONE


class Deadline(Sourced):
    """When an answer is due: closing of the n-th working day after receipt, or so many days or hours later."""

    working_days: Annotated[int, Field(ge=1, le=366)] | None = None
    calendar_days: Positive | None = None
    hours: Positive | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.working_days, self.calendar_days, self.hours)) != 1:
            raise ValueError("give exactly one of working_days, calendar_days and hours")
        return self


class DeadlineRule(Part):
    """A deadline for some of a pathway's cases."""

    when: When
    deadline: Deadline


class Pathway(Part):
    """A group of cases with a promise: how urgent, by when, and for how many of them."""

    title: str = ""
    priority: Annotated[int, Field(ge=0, le=9)] = 0
    """Clinical priority: the higher goes first where a step's order is clinical or ai."""
    deadline: Deadline | None = None
    deadlines: tuple[DeadlineRule, ...] = ()
    """The first rule that covers a stream wins; else `deadline`. A stream with neither has no deadline."""
    target: Share = 0.9
    """The share of cases that shall meet the deadline."""

    def deadline_for(self, stream: "Stream") -> Deadline | None:
        """The deadline of this stream's cases, if they have one."""
        return next((rule.deadline for rule in self.deadlines if rule.when.covers(stream)), self.deadline)


class Profile(Part):
    """How a week's cases spread over its hours: relative rates by local days and hours; elsewhere nothing comes."""

    rates: dict[str, dict[str, NotNegative]] = Field(min_length=1)
    """`mon-fri: {"08:00-15:00": 1, "15:00-18:00": 0.4}`; overlapping entries add up."""
    holidays: Literal["closed", "open"] = "closed"
    """Closed: what would have come on a public holiday does not come."""

    @field_validator("rates")
    @classmethod
    def _readable(cls, table: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        for days, spans in table.items():
            days_of(days)
            for span in spans:
                if span_of(span)[1] > 1440:
                    raise ValueError(f"hours {span!r} run past midnight; write them in two entries")
        if not any(rate > 0 for spans in table.values() for rate in spans.values()):
            raise ValueError("all rates are zero; give at least one above zero")
        return table


class Stream(Part):
    """Cases of one kind from one place: Poisson arrivals along a profile, or exactly those that are listed."""

    name: Annotated[str, Field(min_length=1)]
    site: str = "main"
    specimen: str = "specimen"
    pathway: str = "routine"
    subspecialty: str = "general"
    per_week: Quantity | None = None
    """Mean number of cases in a week without holidays, at the start of the scenario."""
    profile: str = "even"
    """Name of a profile; `even` is round the clock."""
    months: Annotated[tuple[NotNegative, ...], Field(min_length=12, max_length=12)] | None = None
    """Seasonal factor by month, January first."""
    growth_per_year: Annotated[float, Field(gt=-1, le=10, allow_inf_nan=False)] = 0.0
    """0.045 is 4.5% a year, compounding, from the start."""
    replay_hours: tuple[NotNegative, ...] | None = None
    """Instead of a rate: the arrivals themselves, in hours from the start, in order."""
    prevalence: Quantity = Quantity(value=0.0)
    """Share of cases that the AI is to find (diseased)."""

    @model_validator(mode="after")
    def _one_way_of_arriving(self) -> Self:
        if (self.per_week is None) == (self.replay_hours is None):
            raise ValueError(f"stream {self.name!r}: give per_week or replay_hours, and not both")
        if self.replay_hours is not None and list(self.replay_hours) != sorted(self.replay_hours):
            raise ValueError(f"stream {self.name!r}: replay_hours must not fall")
        if self.prevalence.value > 1:
            raise ValueError(f"stream {self.name!r}: prevalence {self.prevalence.value} is over 1")
        return self


class Backlog(Part):
    """Open cases at the start: so many of a stream, waiting at a step, received so many hours before."""

    stream: str
    step: str
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    received_hours_ago: Annotated[tuple[NotNegative, ...], Field(min_length=1)]
    """One for all of them, or one for each."""
    flagged: bool | None = None
    """What the AI said, where it has been asked already."""
    site: str | None = None
    """Where the case is; default: where its stream is received."""
    case: str | None = None
    """Accession number, where it is one known case."""

    @model_validator(mode="after")
    def _one_age_or_one_each(self) -> Self:
        if len(self.received_hours_ago) not in (1, self.count):
            raise ValueError(f"give one received_hours_ago, or {self.count}; got {len(self.received_hours_ago)}")
        return self
