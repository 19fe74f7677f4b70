"""What is kept of a run: what was asked, what it told on the way, and how it ended; one folder a run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.disk import to_disk
from models.in_use import Gate
from models.registry import list_models
from planner.holding import is_held
from training.errors import TrainingError
from training.tiles.options import TrainOptions
from worklist.people import Role

RUN, TOLD, OUTCOME, ALIVE, LOG = "run.json", "told.jsonl", "outcome.json", "alive", "log.txt"
GATES, FIGURES, REPORT = "gates.json", "figures.json", "report.html"
"""What comes of a run, by its kind."""
STARTING_S: Final = 60.0
"""So long a new process may take until it holds its folder. A."""
LATEST: Final = 200
"""How many runs are looked at; older ones stay on the disk. A."""


class RunError(TrainingError):
    """A run cannot be started, stopped or gone on with."""


_Record = TypeVar("_Record", bound=BaseModel)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Train(_Part):
    """Train a tile model, and put it onto the shelf; what scores is as before."""

    kind: Literal["train"] = "train"
    options: TrainOptions


class Judge(_Part):
    """Hold a model against the gates of a promotion."""

    kind: Literal["gates"] = "gates"
    model: str
    """name@version, as of the other works."""
    tiles: Path
    split: str


class Look(_Part):
    """Figures, curves and groups of one model, or of two on the same tiles."""

    kind: Literal["figures"] = "figures"
    models: tuple[str, ...] = Field(min_length=1, max_length=2)
    tiles: Path
    split: str


class Report(_Part):
    """The whole evaluation report, with other stains, leakage and worth in a department."""

    kind: Literal["report"] = "report"
    model: str
    tiles: Path
    split: str


class Feedback(_Part):
    """Readers' verdicts and regions as labelled tiles."""

    kind: Literal["feedback"] = "feedback"
    model: str
    out: Path
    """The table of slides; the tiles go beside it."""


class Suggest(_Part):
    """Which of the scored slides to label next."""

    kind: Literal["suggest"] = "suggest"
    results: Path
    count: int = Field(ge=1, le=200)


Work = Annotated[Train | Judge | Look | Report | Feedback | Suggest, Field(discriminator="kind")]
Kind = Literal["train", "gates", "figures", "report", "feedback", "suggest"]


class GatesFound(_Part):
    """What the gates said of a model, and what it was held against."""

    model: str
    manifest_sha256: str
    against_sha256: str | None
    """Of the manifest of the one in use then; None where there was none."""
    gates: tuple[Gate, ...]


class Asked(_Part):
    """A run as it was asked for."""

    work: Work
    by: str
    role: Role
    source: str
    at_utc: datetime
    resume: bool = False
    """Go on from the checkpoint of a training that was cut off."""


class Outcome(_Part):
    """How a run ended."""

    state: Literal["done", "failed", "stopped"]
    said: str
    """What came of it; why it failed; who stopped it."""
    at_utc: datetime


State = Literal["starting", "waiting", "running", "done", "failed", "stopped", "cut off"]
"""cut off: its process ended without saying how, as when the machine was switched off."""
OVER: Final[frozenset[State]] = frozenset({"done", "failed", "stopped", "cut off"})


@dataclass(frozen=True)
class Run:
    """A run as it stands."""

    folder: Path
    asked: Asked
    state: State
    told: tuple[Mapping[str, Any], ...]
    """What it told on the way, the oldest first."""
    outcome: Outcome | None

    @property
    def id(self) -> str:
        """Its folder's name: the time it was asked for, and what it is."""
        return self.folder.name

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it by itself."""
        return self.state in OVER

    @property
    def may_go_on(self) -> bool:
        """Whether a training ended before its time, so that it can go on from its checkpoint."""
        return self.asked.work.kind == "train" and self.state in ("stopped", "cut off", "failed")


def runs_folder(home: Path) -> Path:
    """Where runs are kept."""
    return home / "model-runs"


def all_runs(home: Path, now_utc: datetime) -> list[Run]:
    """The latest runs, the newest first; a folder that cannot be read is left out."""
    place = runs_folder(home)
    names = sorted((it.name for it in place.iterdir()), reverse=True)[:LATEST] if place.is_dir() else []
    return [run for name in names if (run := read_run(place / name, now_utc)) is not None]


def read_run(folder: Path, now_utc: datetime) -> Run | None:
    """A run from its folder; None where there is none, or it cannot be read."""
    asked = _read(folder / RUN, Asked)
    if asked is None:
        return None
    told = _told(folder / TOLD)
    held = is_held(folder / ALIVE)
    outcome = _read(folder / OUTCOME, Outcome)  # read after the hold, which is let go last
    if outcome is not None:
        return Run(folder, asked, outcome.state, told, outcome)
    if held:
        waits = bool(told) and told[-1].get("event") == "waiting"
        return Run(folder, asked, "waiting" if waits else "running", told, None)
    young = (now_utc - asked.at_utc).total_seconds() < STARTING_S and not (folder / ALIVE).exists()
    return Run(folder, asked, "starting" if young else "cut off", told, None)


def refuse_taken_name(options: TrainOptions) -> None:
    """Raises RunError where a model of that name and version is here: a version is never changed."""
    label = f"{options.name}@{options.version}"
    if any(model.manifest.label == label for model in list_models()):
        raise RunError(f"{label} is here already, and a version is never changed. Choose another version.")


def write_whole(path: Path, part: BaseModel) -> None:
    """A record, there whole or not at all. Raises OSError."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(part.model_dump_json(indent=2), encoding="utf-8")
    to_disk(new)
    new.replace(path)


def _told(path: Path) -> tuple[Mapping[str, Any], ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue  # the last line may be half written
    return tuple(found)


def _read(path: Path, kind: type[_Record]) -> _Record | None:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
