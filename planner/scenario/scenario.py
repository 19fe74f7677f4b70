"""The scenario: everything that a simulation is told. One YAML file; `Scenario.model_json_schema()` describes it."""

from datetime import date
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import BeforeValidator, Field, field_validator, model_validator

from planner.scenario.demand import Backlog, Pathway, Profile, Site, Specimen, Stream
from planner.scenario.process import END, Ai, AnyStep, Delay, Join, Split, Work
from planner.scenario.quantities import Sourced
from planner.scenario.resources import Costs, Resource
from planner.scenario.rosters import ALWAYS, Roster

FORMAT = 1
"""Version of the scenario file's format."""


def _steps_are_work(value: object) -> object:
    """A step that does not say what it does is work."""
    if isinstance(value, dict):
        return {
            name: {"does": "work", **step} if isinstance(step, dict) and "does" not in step else step
            for name, step in value.items()
        }
    return value


class Scenario(Sourced):
    """A department: demand, sites, resources, process, AI and prices. Frozen; `load.change` makes another of it."""

    forrang_scenario: Literal[1] = 1
    name: Annotated[str, Field(min_length=1)]
    title: str = ""
    start: date = date(2026, 1, 5)
    """First day, local; the simulation begins at its midnight."""
    time_zone: str = "Europe/Copenhagen"
    country: str | None = "DK"
    """Whose public holidays; null: none."""
    days: Annotated[int, Field(ge=1, le=3660)] = 90
    """Cases that arrive on these days are measured."""
    warm_up_days: Annotated[int, Field(ge=0, le=3660)] = 14
    """Days before them, from an empty department or from `backlog`."""
    follow_up_days: Annotated[int, Field(ge=0, le=366)] = 14
    """Days after them, in which cases still arrive, so that the measured ones end under the same load."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    max_events: Annotated[int, Field(ge=1_000)] = 2_000_000_000
    """A run that needs more is stopped, and says so."""
    sites: dict[str, Site] = Field(default_factory=lambda: {"main": Site()})
    rosters: dict[str, Roster] = Field(default_factory=dict)
    """`always` is there without being written."""
    profiles: dict[str, Profile] = Field(default_factory=dict)
    specimens: dict[str, Specimen] = Field(default_factory=lambda: {"specimen": Specimen()})
    pathways: dict[str, Pathway] = Field(default_factory=lambda: {"routine": Pathway()})
    arrivals: Annotated[tuple[Stream, ...], Field(min_length=1)]
    resources: Annotated[dict[str, Resource], Field(min_length=1)]
    steps: Annotated[dict[str, AnyStep], BeforeValidator(_steps_are_work), Field(min_length=1, max_length=63)]
    """The first is where cases come in."""
    ai: Ai | None = None
    costs: Costs = Costs()
    backlog: tuple[Backlog, ...] = ()
    note: dict[str, Any] = Field(default_factory=dict)
    """Anything the author wants to keep with it; not used."""

    @property
    def all_rosters(self) -> dict[str, Roster]:
        """The rosters by name, `always` among them."""
        return {"always": ALWAYS, **self.rosters}

    @property
    def all_profiles(self) -> dict[str, Profile]:
        """The profiles by name, `even` among them."""
        return {"even": Profile(rates={"daily": {"00:00-24:00": 1.0}}, holidays="open"), **self.profiles}

    @property
    def entry(self) -> str:
        """The step where cases come in."""
        return next(iter(self.steps))

    @property
    def total_days(self) -> int:
        """Days that are simulated in all."""
        return self.warm_up_days + self.days + self.follow_up_days

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone {name!r}; give one such as Europe/Copenhagen") from error
        return name

    @field_validator("country")
    @classmethod
    def _known_country(cls, code: str | None) -> str | None:
        if code is not None:
            try:
                holidays.country_holidays(code)
            except NotImplementedError as error:
                raise ValueError(
                    f"no holidays are known for country {code!r}; give a code such as DK, or null"
                ) from error
        return code

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        problems = [*_wrong_names(self), *_wrong_steps(self)]
        if problems:
            raise ValueError("\n".join(problems))
        return self


def _unknown(field: str, name: str, known: object) -> list[str]:
    allowed = list(known)  # type: ignore[call-overload]
    return [] if name in allowed else [f"{field}: unknown {name!r}; there are {', '.join(map(str, allowed)) or 'none'}"]


def _wrong_names(scenario: Scenario) -> list[str]:
    """Names that stand for nothing, each with its field and what there is."""
    wrong: list[str] = []
    names = [stream.name for stream in scenario.arrivals]
    wrong += [f"arrivals: two streams are called {name!r}" for name in sorted(set(names)) if names.count(name) > 1]
    for stream in scenario.arrivals:
        at = f"arrivals.{stream.name}"
        wrong += _unknown(f"{at}.site", stream.site, scenario.sites)
        wrong += _unknown(f"{at}.specimen", stream.specimen, scenario.specimens)
        wrong += _unknown(f"{at}.pathway", stream.pathway, scenario.pathways)
        wrong += _unknown(f"{at}.profile", stream.profile, scenario.all_profiles)
    for name, resource in scenario.resources.items():
        for number, unit in enumerate(resource.units):
            at = f"resources.{name}.units.{number}"
            wrong += _unknown(f"{at}.site", unit.site, scenario.sites)
            wrong += _unknown(f"{at}.roster", unit.roster, scenario.all_rosters)
            if unit.grade:
                wrong += _unknown(f"{at}.grade", unit.grade, scenario.costs.grades)
    for name in scenario.costs.machines_per_year:
        wrong += _unknown("costs.machines_per_year", name, scenario.resources)
    for number, waiting in enumerate(scenario.backlog):
        wrong += _unknown(f"backlog.{number}.stream", waiting.stream, names)
        wrong += _unknown(f"backlog.{number}.step", waiting.step, scenario.steps)
        if waiting.site is not None:
            wrong += _unknown(f"backlog.{number}.site", waiting.site, scenario.sites)
    return wrong


def _wrong_steps(scenario: Scenario) -> list[str]:
    """Steps that lead or point nowhere."""
    wrong: list[str] = []
    if END in scenario.steps:
        wrong.append(f"steps.{END}: the name stands for sign-out; call the step something else")
    for name, step in scenario.steps.items():
        at = f"steps.{name}"
        for way in step.next:
            wrong += _unknown(f"{at}.next", way.to, [*scenario.steps, END])
        if isinstance(step, Work):
            for need in step.needs:
                wrong += _unknown(f"{at}.needs", need, scenario.resources)
            if len(set(step.needs)) < len(step.needs):
                wrong.append(f"{at}.needs: {step.needs[0]!r} is named twice; a step holds one unit of a resource")
        if isinstance(step, Delay) and step.to_site is not None:
            wrong += _unknown(f"{at}.to_site", step.to_site, scenario.sites)
        if isinstance(step, Join):
            splits = [other for other, found in scenario.steps.items() if isinstance(found, Split)]
            wrong += _unknown(f"{at}.of", step.of, splits)
    return wrong
