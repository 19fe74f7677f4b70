"""Fixed buffers that readers fill with tiles, of one slide or several, and engines empty."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from inference.slide_run import SlideRun
from inference.slides.slide import Pixels


class Batch:
    """A buffer of tiles and whose they are. One thread at a time holds it."""

    def __init__(self, pixels: npt.NDArray[np.uint8]) -> None:
        self.pixels = pixels
        self._owners: list[tuple[SlideRun, int]] = []

    @property
    def count(self) -> int:
        """How many tiles it holds."""
        return len(self._owners)

    @property
    def full(self) -> bool:
        """Whether no tile more fits."""
        return self.count == len(self.pixels)

    def add(self, run: SlideRun, index: int, tile: Pixels) -> None:
        """Copies a tile into the next free place."""
        self.pixels[self.count] = tile
        self._owners.append((run, index))

    def by_slide(self) -> Iterator[tuple[SlideRun, list[int], list[int]]]:
        """Each slide in the batch, with the places of its tiles here and their numbers on the slide."""
        groups: dict[int, tuple[SlideRun, list[int], list[int]]] = {}
        for place, (run, index) in enumerate(self._owners):
            _, places, indices = groups.setdefault(id(run), (run, [], []))
            places.append(place)
            indices.append(index)
        yield from groups.values()

    def clear(self) -> None:
        """Empties the batch for its next use."""
        self._owners.clear()
