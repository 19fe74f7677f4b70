"""When a slide's files are complete: they have not changed over two looks, a quiet time apart.

Times are a clock's that only runs forward, so that a wall clock that is set does no harm.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from worklist.intake.watch.slide_files import Candidate, Stamp


@dataclass(frozen=True)
class Patience:
    """How long files are waited for. Both are assumptions (A)."""

    quiet_s: float = 30.0
    """Files that have not changed for so long may be complete."""
    give_up_s: float = 600.0
    """A slide that has not changed for so long and still cannot be read comes in as failed."""


@dataclass(frozen=True)
class Look:
    """What was last seen of a candidate."""

    stamp: Stamp
    since_s: float
    """When it was first seen as it is."""
    tried_s: float | None = None
    """When it was last tried to be read, in vain."""


def looked(before: Mapping[Path, Look], found: Iterable[Candidate], now_s: float) -> dict[Path, Look]:
    """What is known after one more look; what changed starts anew, and what is gone is forgotten."""
    after = {}
    for candidate in found:
        known = before.get(candidate.path)
        same = known is not None and known.stamp == candidate.stamp
        after[candidate.path] = known if known is not None and same else Look(candidate.stamp, now_s)
    return after


def may_be_complete(look: Look, now_s: float, patience: Patience) -> bool:
    """Whether it is time to read it: it is quiet, it is not empty, and the last try is as long ago."""
    last = look.since_s if look.tried_s is None else look.tried_s
    return look.stamp.size > 0 and now_s - last >= patience.quiet_s


def is_given_up(look: Look, now_s: float, patience: Patience) -> bool:
    """Whether nothing more is to be hoped for."""
    return now_s - look.since_s >= max(patience.give_up_s, patience.quiet_s)


def tried(look: Look, now_s: float) -> Look:
    """The same after a try in vain."""
    return replace(look, tried_s=now_s)
