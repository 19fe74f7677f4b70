"""Which tiles show the same picture, though their bytes differ: saved again, resized, or exported twice. Pure.

Two tiles are the same where their perceptual hashes nearly agree and their grey values go together. The hash alone
finds likenesses of flat or tiny tiles that are none.
"""

from dataclasses import dataclass

import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image

MOST_BITS = 8
"""Of 64 bits of the hash, how many may differ. M: 50-px tiles of the IDC set, shrunk to 70% and saved as JPEG of
quality 50, differ in 6 at most; BreaKHis's fields in 4."""
LEAST_LIKENESS = 0.86
"""Correlation of grey values on 16 x 16 px from which on two tiles are one picture. M: 0.86-1.0 for tiles saved again
as above; among 8,749 tiles and 422 fields, different ones with hashes as near as that reach 0.855."""
FLAT = 2.0
"""Spread of grey values (standard deviation on 16 x 16 px) under which a tile shows nothing to compare (A)."""
THUMB_PX = 16
BLOCK_ROWS = 256
"""Rows compared with all others at a time (A): 256 x 100,000 hashes are 205 MB."""

Hashes = npt.NDArray[np.uint64]
Thumbs = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Twins:
    """Two rows that show one picture; `first` is the lower."""

    first: int
    second: int
    likeness: float
    """Correlation of their grey values, to 1."""


def fingerprint(pixels: npt.NDArray[np.uint8]) -> tuple[int, npt.NDArray[np.uint8]]:
    """The perceptual hash of a tile (64 bits), and its grey values on 16 x 16 px. pixels: (h, w, 3), RGB."""
    picture = Image.fromarray(pixels)
    thumb = picture.convert("L").resize((THUMB_PX, THUMB_PX), Image.Resampling.BOX)
    return int(str(imagehash.phash(picture)), 16), np.asarray(thumb, np.uint8)


def find_twins(hashes: Hashes, thumbs: Thumbs) -> tuple[Twins, ...]:
    """All pairs of rows that show one picture, most alike first. hashes: (n,); thumbs: (n, 16, 16)."""
    grey = thumbs.reshape(len(thumbs), -1).astype(np.float32)
    grey -= grey.mean(axis=1, keepdims=True)
    spread = grey.std(axis=1)
    rows = np.flatnonzero(spread >= FLAT)
    grey = grey[rows] / spread[rows, None]
    kept = hashes[rows]
    found = []
    for start in range(0, len(rows), BLOCK_ROWS):
        block = kept[start : start + BLOCK_ROWS]
        near = np.bitwise_count(block[:, None] ^ kept[None, start:]) <= MOST_BITS
        first, second = np.nonzero(np.triu(near, 1))
        likeness = (grey[start + first] * grey[start + second]).mean(axis=1)
        found += [
            Twins(int(rows[start + a]), int(rows[start + b]), float(min(like, 1)))
            for a, b, like in zip(first, second, likeness, strict=True)
            if like >= LEAST_LIKENESS
        ]
    return tuple(sorted(found, key=lambda it: (-it.likeness, it.first, it.second)))
