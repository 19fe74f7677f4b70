"""The worst misses to be looked at: positive tiles with the lowest probabilities, others with the highest."""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from training.data.tile_set import TileSet
from training.judging.measures import Floats

FROM_ONE_PATIENT = 2
"""At most so many of one patient, so that a single odd slide does not fill the page."""


@dataclass(frozen=True)
class Miss:
    """One tile that the model got most wrong."""

    png: bytes
    probability: float
    patient: str
    slide: str


def worst_misses(probabilities: Floats, tiles: TileSet, label: int, count: int = 12) -> tuple[Miss, ...]:
    """The `count` tiles of this label that were given the most wrong probabilities, worst first."""
    wrongness = np.abs(probabilities - label)
    rows = [int(row) for row in np.argsort(-wrongness, kind="stable") if tiles.labels[row] == label]
    taken: dict[str, int] = {}
    chosen: list[int] = []
    for row in rows:
        patient = str(tiles.patients[row])
        if taken.get(patient, 0) < FROM_ONE_PATIENT and len(chosen) < count:
            taken[patient] = taken.get(patient, 0) + 1
            chosen.append(row)
    slides = tiles.slides
    return tuple(
        Miss(
            png_of(tiles.tiles[row]),
            float(probabilities[row]),
            str(tiles.patients[row]),
            "" if slides is None else str(slides[row]),
        )
        for row in chosen
    )


def png_of(tile: npt.NDArray[np.uint8]) -> bytes:
    """The bytes of a PNG of a tile uint8 (h, w, 3)."""
    buffer = io.BytesIO()
    Image.fromarray(tile).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
