"""What a file of labelled tiles holds, told without looking at its pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.data.tile_set import read_who

ORDER = ("train", "val", "test")


@dataclass(frozen=True)
class SplitFacts:
    """One split of a tile file."""

    tiles: int
    positives: int
    patients: int


def tile_facts(path: Path) -> Mapping[str, SplitFacts]:
    """Each split's counts, by its name, in the order in which they are used. Raises TileSetError."""
    who = read_who(path)
    found = {}
    for split in sorted(set(who.splits.tolist()), key=lambda it: (ORDER.index(it) if it in ORDER else len(ORDER), it)):
        rows = who.splits == split
        found[split] = SplitFacts(int(rows.sum()), int(who.labels[rows].sum()), len(np.unique(who.patients[rows])))
    return found
