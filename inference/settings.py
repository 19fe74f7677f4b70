"""How slides are scored: everything that, changed, changes a result."""

from dataclasses import dataclass

from inference.results import Setting
from inference.tiling import MIN_TISSUE

METHOD = 1
"""Raised whenever the way from pixels to score changes, so that earlier results count as out of date."""


@dataclass(frozen=True)
class ScoreSettings:
    """What a person may set."""

    mpp: float | None = None
    """um per px of level 0, said by a person; it wins over the file's metadata."""
    min_tissue: float = MIN_TISSUE
    """The share of a tile that must be tissue for it to be scored."""
    max_failed: float = 0.05
    """The share of tiles that may fail before the slide's score counts for nothing."""

    def as_record(self) -> dict[str, Setting]:
        """For the trace of a result."""
        return {"method": METHOD, "mpp": self.mpp, "min_tissue": self.min_tissue, "max_failed": self.max_failed}
