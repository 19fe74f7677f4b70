"""Which version of each model is in use, and how that came to be: one file, each entry of which holds the hash of the
one before it.

The state is read off the entries, so that the two can never disagree. The file is written whole or not at all.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from models.disk import alone_in
from models.errors import ModelError
from models.manifest import Name, Sentence, faults_of

IN_USE_NAME = "in_use.json"
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Act = Literal["found", "imported", "promoted", "rolled back", "shadow", "shadow ended"]
"""found: was in use before anything was recorded of this name."""
TAKES_OVER = ("found", "promoted", "rolled back")


class HistoryError(ModelError):
    """The record of what is in use cannot be read, or was changed."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Gate(_Part):
    """One thing that had to hold before a model went into use, whether it did, and by how much."""

    name: Sentence
    passed: bool
    said: Sentence


class Entry(_Part):
    """One act on one version of a model."""

    act: Act
    name: Name
    version: Name
    manifest_sha256: Hash
    """Of its manifest.json, which holds the hashes of its weights."""
    at_utc: datetime
    by: Sentence
    why: str
    gates: tuple[Gate, ...] = ()
    overridden: bool = False
    """Whether it went into use although a gate refused it; `why` says the reason then."""
    previous: Hash | None = None
    """Hash of the entry before; none before the first."""

    @property
    def sha256(self) -> str:
        """Hash of this entry and, through `previous`, of all before it."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


class _File(_Part):
    entries: tuple[Entry, ...]
    head: Hash
    """Hash of the last entry: kept elsewhere, it shows whether the record is still the same."""


@dataclass(frozen=True)
class Hand:
    """Who acts, when and why."""

    by: str
    at_utc: datetime
    why: str


@dataclass(frozen=True)
class State:
    """What holds for one name now."""

    serving: tuple[Entry, ...] = ()
    """What is in use comes last; before it, what it took over from and a rollback goes back to."""
    shadow: Entry | None = None

    @property
    def in_use(self) -> Entry | None:
        """The act by which the version in use came into use."""
        return self.serving[-1] if self.serving else None


def state_of(entries: Sequence[Entry], name: str) -> State:
    """What the entries say of a name. Pure."""
    serving: list[Entry] = []
    shadow: Entry | None = None
    for entry in entries:
        if entry.name != name:
            continue
        if entry.act == "rolled back":
            while serving and serving[-1].version != entry.version:
                serving.pop()
            serving = [*serving[:-1], entry]
        elif entry.act in TAKES_OVER:
            serving.append(entry)
        if entry.act == "shadow":
            shadow = entry
        elif shadow and shadow.version == entry.version and entry.act in (*TAKES_OVER, "shadow ended"):
            shadow = None
    return State(tuple(serving), shadow)


def read_history(place: Path) -> tuple[Entry, ...]:
    """All entries of the models in a folder, oldest first; none where nothing was recorded yet.

    Raises HistoryError: the file cannot be read, or an entry was changed, left out or put in.
    """
    path = place / IN_USE_NAME
    try:
        found = _File.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        said = faults_of(error) if isinstance(error, ValidationError) else error
        raise HistoryError(f"{path}: the record of what is in use cannot be read ({said}). {_PUT_BACK}") from error
    before: str | None = None
    for number, entry in enumerate(found.entries, start=1):
        if entry.previous != before:
            raise HistoryError(f"{path}: entry {number} does not follow the one before it. {_CHANGED}")
        before = entry.sha256
    if before != found.head:
        raise HistoryError(f"{path}: the last entry is not the one that was written. {_CHANGED}")
    return found.entries


_PUT_BACK = "Put it back from a backup."
_CHANGED = f"The record was changed by other means than `forrang models`. {_PUT_BACK}"


def record(place: Path, entries: Sequence[Entry]) -> None:
    """Appends entries, whose `previous` is set here, to the record in a folder. Raises HistoryError, OSError."""
    place.mkdir(parents=True, exist_ok=True)
    with alone_in(place):
        history = list(read_history(place))
        for entry in entries:
            before = history[-1].sha256 if history else None
            history.append(entry.model_copy(update={"previous": before}))
        whole = _File(entries=tuple(history), head=history[-1].sha256)
        _write_whole(place / IN_USE_NAME, whole.model_dump_json(indent=2) + "\n")


def _write_whole(path: Path, text: str) -> None:
    """For whoever holds the folder: what is there stays until the new text is on the disk."""
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
