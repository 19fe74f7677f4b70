"""Draws nuclei: a stock of small pictures of each kind, pressed like stamps into the haematoxylin of a section."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.phantoms.anatomy import Nucleus, Points

STAMPS = 16
"""Different pictures of a kind; more would not be noticed. A."""
TURNS = 8
"""Directions in half a turn."""


@dataclass(frozen=True)
class Look:
    """How a kind of nucleus looks: half axes in um and their spread, density of haematoxylin, and its unevenness."""

    long_um: float
    short_um: float
    spread: float
    density: float
    rim: float
    clumps: float


LOOKS = {
    Nucleus.FIBROBLAST: Look(6.5, 1.5, 0.18, 0.85, 0.05, 0.10),
    Nucleus.GLAND: Look(4.0, 2.7, 0.10, 0.95, 0.12, 0.15),
    Nucleus.LYMPHOCYTE: Look(3.0, 2.8, 0.08, 1.25, 0.05, 0.12),
    Nucleus.ATYPICAL: Look(5.6, 4.2, 0.20, 0.85, 0.25, 0.32),
}
"""Sizes after common histology figures: lymphocyte about 6-7 um across, carcinoma nuclei 8-14 um. A."""


def press(
    plane: npt.NDArray[np.uint8], kind: Nucleus, nuclei: Points, mpp: float, full_scale: float, rng: np.random.Generator
) -> None:
    """Presses nuclei into `plane`, uint8 (h, w), where 255 is the density `full_scale`; the darker stays.

    nuclei: (n, 3): x, y in um, angle in radians. mpp: um per px of the plane.
    """
    stock = _stock(kind, mpp, full_scale)
    turned = np.rint(nuclei[:, 2] / np.pi * TURNS).astype(int) % TURNS
    picked = rng.integers(STAMPS, size=len(nuclei))
    half = stock[0][0].shape[0] // 2
    lefts = np.rint(nuclei[:, 0] / mpp).astype(int) - half
    tops = np.rint(nuclei[:, 1] / mpp).astype(int) - half
    side = stock[0][0].shape[0]
    fits = (lefts >= 0) & (tops >= 0) & (lefts + side <= plane.shape[1]) & (tops + side <= plane.shape[0])
    for index in np.flatnonzero(fits):
        top, left = tops[index], lefts[index]
        window = plane[top : top + side, left : left + side]
        np.maximum(window, stock[picked[index]][turned[index]], out=window)


@lru_cache(maxsize=16)
def _stock(kind: Nucleus, mpp: float, full_scale: float) -> list[list[npt.NDArray[np.uint8]]]:
    look = LOOKS[kind]
    rng = np.random.default_rng(kind)
    half = int(np.ceil(look.long_um * (1 + 2 * look.spread) / mpp)) + 2
    rows, columns = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32) * mpp
    return [[_picture(look, rows, columns, mpp, full_scale, lots) for lots in _lots(look, rng)] for _ in range(STAMPS)]


@dataclass(frozen=True)
class _Lot:
    angle: float
    long_um: float
    short_um: float
    density: float
    dents: npt.NDArray[np.float64]
    grain_seed: int


def _lots(look: Look, rng: np.random.Generator) -> list[_Lot]:
    sizes = np.exp(rng.normal(0, look.spread, 3))
    dents = rng.normal(0, 0.05 + 0.12 * look.spread, (2, 2))
    seed = int(rng.integers(2**31))
    return [
        _Lot(
            turn * np.pi / TURNS,
            look.long_um * min(sizes[0], 1.5),
            look.short_um * min(sizes[1], 1.5),
            look.density * min(max(sizes[2], 0.7), 1.3),
            dents,
            seed,
        )
        for turn in range(TURNS)
    ]


def _picture(
    look: Look,
    rows: npt.NDArray[np.float32],
    columns: npt.NDArray[np.float32],
    mpp: float,
    full_scale: float,
    lot: _Lot,
) -> npt.NDArray[np.uint8]:
    along = columns * np.cos(lot.angle) + rows * np.sin(lot.angle)
    across = -columns * np.sin(lot.angle) + rows * np.cos(lot.angle)
    bearing = np.arctan2(across / lot.short_um, along / lot.long_um)
    edge = 1 + sum(
        first * np.cos((order + 2) * bearing) + second * np.sin((order + 2) * bearing)
        for order, (first, second) in enumerate(lot.dents)
    )
    part = np.hypot(along / lot.long_um, across / lot.short_um) / edge
    softness = 0.35 / lot.short_um
    body = np.clip((1 - part) / (2 * softness) + 0.5, 0, 1)
    grain = np.random.default_rng(lot.grain_seed).standard_normal(rows.shape)
    grain = ndimage.gaussian_filter(grain, 0.7 / mpp) * 2.5 / max(mpp, 0.3) * 0.7
    rim = look.rim * np.clip((part - 0.55) / 0.35, 0, 1)
    density = lot.density * body * (1 - 0.5 * look.rim + rim + look.clumps * grain)
    return np.asarray(np.clip(density / full_scale, 0, 1) * 255, np.uint8)
