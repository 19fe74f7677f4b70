"""Who and what does the work: groups of people and machines, with hours, skills, speed, absence and price."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from planner.scenario.quantities import NotNegative, Part, Positive, Quantity, Share, Sourced


class Downtime(Sourced):
    """A machine fails now and then: exponential times between failures, and to mend it."""

    mean_hours_between: Positive
    mean_hours_down: Positive


class Overtime(Sourced):
    """People stay on after their hours while many wait."""

    max_minutes: Positive
    when_waiting: Annotated[int, Field(ge=1)]
    """They stay when at least so many items wait, at the end of the shift, at the steps they serve."""


class Unit(Part):
    """So many people or machines that are alike; one person where `count` is 1."""

    name: str = ""
    count: Annotated[int, Field(ge=0, le=10_000)] = 1
    site: str = "main"
    roster: str = "always"
    """Name of a roster."""
    speed: Positive = 1.0
    """1.2 works in a time of 1/1.2; a training grade may be 0.6."""
    skills: tuple[str, ...] = ()
    """Subspecialties that they read, the own first, then where they help out. Empty: all, without preference."""
    remote: bool = False
    """May read cases of any site, where the step allows it."""
    grade: str = ""
    """Name of a grade, for the price of an hour; where empty, no cost is counted."""
    full_time: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the roster's days that are worked, evenly spread."""
    absence: Share = 0.0
    """Share of the worked days that fall out: illness, courses, leave."""
    age: Annotated[float, Field(ge=16, le=100)] | None = None
    """Years; the workforce forecast reckons with it."""


class Resource(Sourced):
    """A group that steps can ask for: histotechnicians, scanners, pathologists."""

    title: str = ""
    kind: Literal["people", "machine"] = "people"
    units: Annotated[tuple[Unit, ...], Field(min_length=1)]
    at_shift_end: Literal["finish", "pause"] = "finish"
    """Finish: what was begun is finished, and counts as overtime. Pause: it waits for the next that is free."""
    overtime: Overtime | None = None
    downtime: Downtime | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not sum(unit.count for unit in self.units):
            raise ValueError("zero people or machines in all; give at least one a count above 0")
        return self


class Grade(Sourced):
    """What an hour costs: on the roster, and beyond it."""

    per_hour: NotNegative
    overtime_factor: Annotated[float, Field(ge=1, le=10)] = 1.5


class Costs(Part):
    """Prices, in one currency."""

    currency: str = "DKK"
    grades: dict[str, Grade] = Field(default_factory=dict)
    machines_per_year: dict[str, Quantity] = Field(default_factory=dict)
    """Resource name to yearly price of one machine: write-off, service."""
    per_trip: Quantity = Quantity(value=0.0)
    """One transported case or second opinion by courier or post."""
    storage_per_gb_year: Quantity = Quantity(value=0.0)
    gb_per_slide: Quantity = Quantity(value=0.0)
    retention_years: Quantity = Quantity(value=10.0)
