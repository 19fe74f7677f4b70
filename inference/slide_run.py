"""One slide on its way through the pipeline: its tiles, and what has come back of them so far."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inference.errors import RegionError
from inference.overview import Overview
from inference.slides.slide import Slide
from inference.tiling import Row


@dataclass(frozen=True)
class RowOfTiles:
    """A row of a slide's tiles; its first tile has number `first` on the slide."""

    run: "SlideRun"
    first: int
    row: Row


class SlideRun:
    """Collects a slide's logits from several threads; every tile is recorded once, as scored or failed."""

    def __init__(self, number: int, slide: Slide, overview: Overview, rows: Sequence[Row], started: float) -> None:
        self.number = number
        self.slide = slide
        self.overview = overview
        self.started = started
        self._rows = rows
        self.x = np.array([x for row in rows for x in row.xs], np.float64)
        self.y = np.array([row.y for row in rows for _ in row.xs], np.float64)
        self.logits: npt.NDArray[np.float32] = np.full(self.x.size, np.nan, np.float32)
        self.failed_tiles = 0
        self.first_error: str | None = None
        self._left = self.x.size
        self._lock = threading.Lock()

    @property
    def tiles(self) -> int:
        """How many tiles the slide has."""
        return int(self.x.size)

    def rows(self) -> list[RowOfTiles]:
        """The slide's rows, numbered from the top left."""
        starts = np.cumsum([0, *(len(row.xs) for row in self._rows)])
        return [RowOfTiles(self, int(first), row) for first, row in zip(starts, self._rows, strict=False)]

    def record(self, indices: Sequence[int], logits: npt.NDArray[np.float32]) -> bool:
        """Keeps the logits of these tiles, counting what is no number as failed; True where they were the last."""
        self.logits[list(indices)] = logits
        lost = int((~np.isfinite(logits)).sum())
        if lost:
            self._count_failed(lost, "the model gave no number")
        return self._count_off(len(indices))

    def fail(self, count: int, error: RegionError) -> bool:
        """Counts `count` tiles as failed; True where they were the slide's last."""
        self._count_failed(count, str(error))
        return self._count_off(count)

    def _count_failed(self, count: int, error: str) -> None:
        with self._lock:
            self.failed_tiles += count
            self.first_error = self.first_error or error

    def _count_off(self, count: int) -> bool:
        with self._lock:
            self._left -= count
            return self._left == 0
