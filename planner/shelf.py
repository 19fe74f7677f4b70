"""The plans on the shelf: the ready scenarios, and those that people here made of them, a file each."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from planner.archive import plans_folder
from planner.errors import RunError, ScenarioError
from planner.scenario.load import READY, change, dump_scenario, load_scenario, read_scenario, ready_scenarios
from planner.scenario.scenario import Scenario

LONGEST_NAME: Final = 60
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


@dataclass(frozen=True)
class Shelved:
    """A plan on the shelf."""

    name: str
    text: str
    """As it was written, comments and all; a ready variant in full."""
    own: bool
    """Made here: it may be changed and removed."""

    @property
    def seen(self) -> str:
        """Changes with every letter of the text: what somebody who saves it has seen."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def shelf() -> list[str]:
    """Names: the own plans first, then the ready ones."""
    own = sorted(path.stem for path in _folder().glob("*.yaml") if _NAME.fullmatch(path.stem))
    return [*own, *(name for name in ready_scenarios() if name not in own)]


def take(name: str) -> Shelved:
    """A plan from the shelf. Raises ScenarioError where there is none of the name."""
    if not _NAME.fullmatch(name):
        raise ScenarioError(f"{name!r} is no name of a plan; use small letters, digits and hyphens")
    path = _folder() / f"{name}.yaml"
    try:
        return Shelved(name, path.read_text("utf-8"), own=True)
    except FileNotFoundError:
        if name not in ready_scenarios():
            raise ScenarioError(f"there is no plan {name!r}; it may have been removed") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"plan {name}: cannot be read ({error})") from error
    return _ready(name)


@cache
def _ready(name: str) -> Shelved:
    """Written out in full once, which takes large ones a third of a second."""
    text = (READY / f"{name}.yaml").read_text("utf-8")
    if re.search(r"^extends:", text, re.MULTILINE):
        text = dump_scenario(load_scenario(name))
    return Shelved(name, text, own=False)


def put(name: str, text: str, seen: str | None = None) -> Shelved:
    """Puts a plan on the shelf, whole or not at all.

    seen: `Shelved.seen` of what it replaces; None for a new one. Raises ScenarioError where the text is no scenario,
    and RunError where somebody else has changed the plan meanwhile or has taken the name.
    """
    read_scenario(text, name)
    if not _NAME.fullmatch(name):
        raise ScenarioError(f"{name!r} is no name for a plan; use small letters, digits and hyphens, 60 at most")
    if name in ready_scenarios():
        raise RunError(f"{name} comes with Forrang and stays as it is; save it under another name")
    path = _folder() / f"{name}.yaml"
    unfinished = path.with_name(f".{name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if seen is None and path.exists():
            raise RunError(f"there is a plan {name} already; choose another name")
        if seen is not None and (not path.exists() or take(name).seen != seen):
            raise RunError(f"somebody else has changed {name} since you opened it; save yours under another name")
        unfinished.write_text(text, "utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise RunError(
            f"{path.parent}: the plan cannot be saved ({error.strerror}); make room and save again"
        ) from error
    return Shelved(name, text, own=True)


def drop(name: str) -> str:
    """Removes an own plan, and gives its text, so that it can be put back. Raises RunError for a ready one."""
    it = take(name)
    if not it.own:
        raise RunError(f"{name} comes with Forrang; it cannot be removed")
    (_folder() / f"{name}.yaml").unlink(missing_ok=True)
    return it.text


def free_name(wanted: str) -> str:
    """The name, in the letters that a file may have, with a number where it is taken."""
    plain = re.sub(r"[^a-z0-9]+", "-", wanted.casefold().translate(_LETTERS)).strip("-")[: LONGEST_NAME - 4] or "plan"
    taken = set(shelf())
    return next(
        name
        for number in range(1, len(taken) + 3)
        if (name := plain if number == 1 else f"{plain}-{number}") not in taken
    )


def named(scenario: Scenario, name: str, title: str) -> str:
    """The scenario's YAML under another name and title."""
    return dump_scenario(change(scenario, {"name": name, "title": title}))


_LETTERS: Final = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})


def _folder() -> Path:
    return plans_folder().parent / "scenarios"
