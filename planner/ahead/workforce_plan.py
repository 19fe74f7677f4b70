"""What is taken to happen to the people in the years ahead: who leaves, who comes, how much more is asked of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from planner.errors import ScenarioError
from planner.scenario.quantities import Part, Quantity, Share, Sourced
from planner.scenario.words import problems_of, scenario_error

_UK = "UK histopathology workforce, taken as a proxy; the primary publication was not checked"


def _published(value: float, what: str) -> Quantity:
    return Quantity(value=value, source=f"{_UK}: {what}", mark="published")


class AgeBand(Part):
    """So large a part of the people are between these ages, evenly spread."""

    low: Annotated[float, Field(ge=18, le=90)]
    high: Annotated[float, Field(ge=18, le=90)]
    share: Share


class Ages(Sourced):
    """Ages of those whose age the scenario does not give."""

    bands: Annotated[tuple[AgeBand, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if abs(sum(band.share for band in self.bands) - 1) > 1e-6:
            raise ValueError(f"the bands' shares sum to {sum(band.share for band in self.bands):g}; they must sum to 1")
        if any(band.high <= band.low for band in self.bands):
            raise ValueError("a band's high must be above its low")
        return self


class WorkforcePlan(Part):
    """Assumptions of a workforce forecast, each with its source; a YAML file gives those that differ."""

    forrang_workforce: Literal[1] = 1
    resource: str = "pathologist"
    """Whose years are looked at."""
    ages: Ages = Ages(
        bands=(
            AgeBand(low=33, high=50, share=0.53),
            AgeBand(low=50, high=60, share=0.22),
            AgeBand(low=60, high=67, share=0.25),
        ),
        source="47% are 50 or older (UK proxy), a quarter over 60 (Capital Region of Denmark, 2024)",
        mark="derived",
    )
    retirement_age: Quantity = _published(63, "mean age of retirement")
    retirement_age_sd: Quantity = Quantity(value=3, source="Most retire between 57 and 69")
    leave_within_5_years: Quantity = _published(
        0.19, "19% of histopathologists leave within 5 years; taken to be for other reasons than age, at any age"
    )
    recruits_per_year: Quantity | None = None
    """Trained pathologists who come from elsewhere; where not given, 2 for each 100 there are."""
    recruit_age: Quantity = Quantity(value=38, source="Some years after specialist training")
    training_posts: Quantity | None = None
    """Posts that are filled all the time; where not given, 10 for each 100 people there are."""
    training_years: Quantity = Quantity(value=5, source="Specialist training with its introductory year")
    training_completed: Quantity = Quantity(value=0.85, source="Share of trainees who become specialists")
    training_stays: Quantity = Quantity(value=0.7, source="Share of new specialists who take a post here")
    trained_age: Quantity = Quantity(value=35, source="Age at the end of training")
    newcomers_full_time: Quantity = Quantity(value=0.9, source="Share of full time that newcomers work")
    demand_growth_per_year: Quantity = _published(0.045, "requests +4.5% a year")
    demand_growth_sd: Quantity = Quantity(value=0.01, source="How wrong the growth may be, kept over the years")
    fullest: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the capacity that the work may take; 0.9 keeps a tenth free, so that queues stay short."""
    hold_with: Annotated[float, Field(gt=0, lt=1)] = 0.9
    """Probability with which the recruitment that is looked for shall hold the capacity in every year."""

    @model_validator(mode="after")
    def _shares_are_shares(self) -> Self:
        for name in ("leave_within_5_years", "training_completed", "training_stays", "newcomers_full_time"):
            if getattr(self, name).value > 1:
                raise ValueError(f"{name}: {getattr(self, name).value:g} is over 1")
        for name in ("training_years", "retirement_age", "retirement_age_sd"):
            if getattr(self, name).value <= 0:
                raise ValueError(f"{name} must be above 0")
        return self

    @property
    def trained_per_year(self) -> float:
        """Specialists a year that the training posts give this department, on average."""
        posts = self.training_posts.value if self.training_posts else 0.0
        leave = posts / self.training_years.value
        return leave * self.training_completed.value * self.training_stays.value

    def sized(self, people: int) -> Self:
        """With what is not given set to the usual for so many people."""
        usual = {"recruits_per_year": 2, "training_posts": 10}
        missing = {
            name: Quantity(value=people * per_100 / 100, source=f"{per_100} for each 100 people")
            for name, per_100 in usual.items()
            if getattr(self, name) is None
        }
        return self.model_copy(update=missing)

    def assumptions(self) -> Iterator[tuple[str, Quantity]]:
        """Every number by its name, with source and mark."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Quantity):
                yield name, value


def load_workforce_plan(path: str | Path) -> WorkforcePlan:
    """A plan from a YAML file; what it leaves out is as by default. Raises ScenarioError that names the field."""
    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8-sig")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ScenarioError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(data, dict):
        raise ScenarioError(f"{path}: must be a group of fields (name: value), but it is {type(data).__name__}")
    try:
        return WorkforcePlan.model_validate(data)
    except ValidationError as error:
        raise scenario_error(str(path), problems_of(error, data)) from error
