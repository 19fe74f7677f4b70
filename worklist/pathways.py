"""Pathways: how soon an answer is due by kind of specimen, how urgent it is, and where each number comes from."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from worklist.calendar import MAX_WORKING_DAYS, WorkingCalendar, deadline
from worklist.cases import SpecimenKind
from worklist.errors import PathwayError, UnknownPathwayError
from worklist.settings import Settings
from worklist.yaml_file import read_yaml

Mark = Literal["P", "M", "D", "A"]
"""P published, M measured, D derived, A assumption."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(_Part):
    """How many working days an answer may take, and who says so."""

    working_days: int = Field(ge=1, le=MAX_WORKING_DAYS)
    mark: Mark
    source: str


class Usual(_Part):
    """The targets that hold where a pathway says nothing else."""

    cytology: Target
    biopsy: Target
    resection: Target
    tissue: Target


class Urgency(_Part):
    """What the levels of clinical urgency mean, 1 the most urgent."""

    mark: Mark
    source: str
    levels: Mapping[int, str]


class Pathway(_Part):
    """One pathway."""

    name: str = Field(min_length=1)
    """Its name where it is used; Danish by default."""
    english: str = Field(min_length=1)
    urgency: int = Field(ge=1, le=5)
    targets: Mapping[SpecimenKind, Target] = {}
    """Targets that differ from the usual ones."""
    note: str = ""


class PathwayTable(_Part):
    """A pathways file: the calendar, the sources, the usual targets and the pathways by key."""

    calendar: WorkingCalendar = WorkingCalendar()
    sources: Mapping[str, str]
    usual: Usual
    urgency: Urgency
    pathways: Mapping[str, Pathway] = Field(min_length=1)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        usual = {kind: getattr(self.usual, kind) for kind in Usual.model_fields}
        targets = {"usual": usual} | {key: dict(pathway.targets) for key, pathway in self.pathways.items()}
        for place, by_kind in targets.items():
            for kind, target in by_kind.items():
                if target.source not in self.sources:
                    raise ValueError(f"{place}: {kind}: source {target.source!r} is not under `sources`")
        if self.urgency.source not in self.sources:
            raise ValueError(f"urgency: source {self.urgency.source!r} is not under `sources`")
        for key, pathway in self.pathways.items():
            if pathway.urgency not in self.urgency.levels:
                raise ValueError(f"{key}: urgency {pathway.urgency} is not under `urgency: levels`")
        names: dict[str, str] = {}
        for key, pathway in self.pathways.items():
            for name in {_plain(key), _plain(pathway.name), _plain(pathway.english)}:
                if names.setdefault(name, key) != key:
                    raise ValueError(f"{key} and {names[name]} are both called {name!r}")
        return self

    def find(self, name: str) -> str:
        """Key of the pathway with that key, name or English name, whatever the case of its letters.

        Raises UnknownPathwayError, which names the nearest and all known pathways.
        """
        names = {
            _plain(it): key for key, pathway in self.pathways.items() for it in (key, pathway.name, pathway.english)
        }
        if (key := names.get(_plain(name))) is not None:
            return key
        near = get_close_matches(_plain(name), names, n=1)
        meant = f"; did you mean {names[near[0]]!r}?" if near else ""
        raise UnknownPathwayError(f"unknown pathway {name!r}{meant}; known are: {', '.join(sorted(self.pathways))}")

    def target(self, key: str, kind: SpecimenKind) -> Target:
        """The target of a pathway for a kind of specimen: its own, else the usual one."""
        own = self.pathways[key].targets.get(kind)
        usual: Target = getattr(self.usual, kind)
        return own or usual

    def deadline(self, key: str, kind: SpecimenKind, received_utc: datetime) -> datetime:
        """When the answer is due, in UTC."""
        return deadline(received_utc, self.target(key, kind).working_days, self.calendar)


def load_pathways(path: Path | None = None) -> PathwayTable:
    """Reads a pathways file: `path`, else the settings' file, else the one that comes with Forrang.

    Raises PathwayError naming the file, the field and what is wrong with it; CalendarError for its calendar.
    """
    path = path or Settings().pathways
    source = path if path is not None else files("worklist") / "data" / "pathways.yaml"
    return read_yaml(
        source,
        PathwayTable.model_validate,
        what="pathways file",
        mend="check FORRANG_PATHWAYS, or unset it for the default",
        error=PathwayError,
    )


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().replace("-", " ").replace("_", " ").split())
