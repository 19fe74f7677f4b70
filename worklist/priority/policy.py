"""How the list may be ordered: what the AI and the forecast may do, and what bounds them."""

from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from worklist.calendar import MAX_WORKING_DAYS, WorkingCalendar
from worklist.errors import PolicyError
from worklist.yaml_file import read_yaml

PRESETS: Final = ("ai-raised", "clinical-only", "shadow", "forecast-raised")
"""The policies that come with Forrang; the first is what holds unless a site chooses."""

_MOST_HOURS: Final = 2000
"""About a year of working time; more is taken for a mistake."""


class Policy(BaseModel):
    """A rule of precedence. The figures are assumptions (A), to be set by the department."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default=PRESETS[0], min_length=1)
    use_ai: bool = True
    """False gives the clinical order: neither the AI nor a forecast moves anything."""
    shadow: bool = False
    """True gives the clinical order too, but it is reckoned, told and logged what would have been raised how far."""
    raise_working_hours: float = Field(default=16, ge=0, le=_MOST_HOURS)
    """A flagged case with score s is ordered as if it were due s times this many working hours earlier.

    So it can pass only cases that are due at most this much before it."""
    protect_working_hours: float = Field(default=8, ge=0, le=_MOST_HOURS)
    """A case with this much working time left, or less, is not overtaken any more."""
    max_wait_working_days: float = Field(default=5, ge=0, le=MAX_WORKING_DAYS)
    """A case that has waited this long is not overtaken any more (all tissue within 5 working days: P,
    Danish Society of Pathology)."""
    forecast_raise_working_hours: float = Field(default=0, ge=0, le=_MOST_HOURS)
    """A case that is forecast to be late with probability p counts as due p times this much earlier; 0: not used.

    Where the AI raises the case as well, the larger of the two counts, not their sum."""
    forecast_from: float = Field(default=0.5, ge=0, le=1)
    """A forecast below this probability raises nothing."""
    forecast_valid_hours: float = Field(default=24, ge=0, le=_MOST_HOURS)
    """A forecast older than this, by the clock, raises nothing."""
    calendar: WorkingCalendar = WorkingCalendar()

    @property
    def raises(self) -> bool:
        """Whether anything may stand before its clinical place."""
        return self.use_ai and not self.shadow

    @property
    def uses_forecast(self) -> bool:
        """Whether a forecast can raise a case."""
        return self.use_ai and self.forecast_raise_working_hours > 0

    @property
    def most_raised(self) -> timedelta:
        """No case counts as due earlier by more than this, in working time."""
        return timedelta(hours=max(self.raise_working_hours, self.forecast_raise_working_hours)) * self.use_ai

    def without_ai(self) -> "Policy":
        """The clinical order, under the same bounds and calendar."""
        return self.model_copy(update={"use_ai": False})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(_Part):
    """A number of a policy, and who says so."""

    value: float
    mark: Literal["P", "M", "D", "A"]
    """P published, M measured, D derived, A assumption."""
    source: str
    """A key of the file's `sources`."""


class PolicyFile(_Part):
    """A policy as it is written down; the fields are those of `Policy`, which says what each means."""

    name: str
    about: str = Field(min_length=1)
    """What it does, in a sentence."""
    sources: Mapping[str, str]
    use_ai: bool
    shadow: bool = False
    raise_working_hours: Figure
    protect_working_hours: Figure
    max_wait_working_days: Figure
    forecast_raise_working_hours: Figure | None = None
    forecast_from: Figure | None = None
    forecast_valid_hours: Figure | None = None

    @model_validator(mode="after")
    def _sources_are_told(self) -> Self:
        for field, figure in self._figures().items():
            if figure.source not in self.sources:
                raise ValueError(f"{field}: source {figure.source!r} is not under `sources`")
        return self

    def policy(self, calendar: WorkingCalendar) -> Policy:
        """The rule itself, in the site's calendar. Raises ValidationError where a figure is out of bounds."""
        values = {field: figure.value for field, figure in self._figures().items()}
        switches = {"use_ai": self.use_ai, "shadow": self.shadow}
        return Policy.model_validate({"name": self.name, **switches, **values, "calendar": calendar})

    def _figures(self) -> dict[str, Figure]:
        told = {field: getattr(self, field) for field in type(self).model_fields}
        return {field: value for field, value in told.items() if isinstance(value, Figure)}


def load_policy(name_or_file: str, calendar: WorkingCalendar) -> Policy:
    """The ready policy of that name, or the one in that YAML file.

    Raises PolicyError, which names the file, the field and what is wrong with it.
    """
    ready = name_or_file in PRESETS
    if not ready and not Path(name_or_file).is_file():
        raise PolicyError(
            f"policy {name_or_file!r}: neither a ready one ({', '.join(PRESETS)}) nor a file;"
            f" check FORRANG_POLICY, or unset it for {PRESETS[0]}"
        )
    source = files("worklist") / "data" / "policies" / f"{name_or_file}.yaml" if ready else Path(name_or_file)
    return read_yaml(
        source,
        lambda told: PolicyFile.model_validate(told).policy(calendar),
        what="policy file",
        mend="check FORRANG_POLICY",
        error=PolicyError,
    )
