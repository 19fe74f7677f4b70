"""Lays out a section: its outline, stroma, fat, glands and nests as stain densities, and where every nucleus lies.

Everything is laid out at `COARSE_MPP`; only nuclei are drawn finer. Lengths are in um unless a name says px.
"""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

from inference.phantoms.noise import Field, fibres, resized, smooth_noise, soft
from inference.phantoms.spec import PhantomSpec

COARSE_MPP = 2.0
FAT_CELL_UM = 62.0
"""Distance between fat cells: adipocytes of 50-100 um. A."""
Points = npt.NDArray[np.float32]


class Nucleus(IntEnum):
    """The kinds of nuclei, by how they are drawn."""

    FIBROBLAST = 0
    GLAND = 1
    LYMPHOCYTE = 2
    ATYPICAL = 3


@dataclass
class Anatomy:
    """Densities of haematoxylin and eosin without nuclei, float32 (h, w) at `COARSE_MPP`; nuclei: kind -> (n, 3)
    rows of x, y in um from the top left and angle in radians.
    """

    haematoxylin: Field
    eosin: Field
    nuclei: dict[Nucleus, list[Points]] = field(default_factory=lambda: {kind: [] for kind in Nucleus})

    def paint(self, where: Field, haematoxylin: float, eosin: Field | float) -> None:
        """Replaces what is there by other densities, as far as `where` (0..1) says."""
        self.haematoxylin += where * (haematoxylin - self.haematoxylin)
        self.eosin += where * (eosin - self.eosin)


def lay_out(spec: PhantomSpec) -> Anatomy:
    """Draws the lots for a whole section. The same spec gives the same section."""
    rng = np.random.default_rng(spec.seed)
    um = (spec.height_px * spec.mpp, spec.width_px * spec.mpp)
    shape = (max(16, round(um[0] / COARSE_MPP)), max(16, round(um[1] / COARSE_MPP)))
    outline = _outline(rng, shape)
    inside = outline > 0
    anatomy = Anatomy(np.zeros(shape, np.float32), np.zeros(shape, np.float32))
    direction = _stroma(anatomy, rng, shape)
    tumour = _highest(_round_field(rng, shape, inside), inside, spec.nests)
    fat = _highest(smooth_noise(rng, shape, 55) - 4 * soft(tumour + 0.1, 0.3), inside, spec.fat)
    _fat(anatomy, rng, fat)
    taken = (fat > 0) | (tumour > -0.1)
    _fibroblasts(anatomy, rng, inside & (fat < 0), direction)
    for _ in range(spec.glands):
        centre = _somewhere(rng, inside & ~taken)
        if centre is not None:
            taken |= _lobule(anatomy, rng, centre)
    for _ in range(spec.lymphocytes):
        centre = _somewhere(rng, inside & (fat < 0))
        if centre is not None:
            _heap_of_lymphocytes(anatomy, rng, centre)
    if spec.nests > 0:
        _nests(anatomy, rng, np.minimum(tumour, np.where(inside, 1, -1)).astype(np.float32))
    _trim(anatomy, rng, outline)
    return anatomy


def _outline(rng: np.random.Generator, shape: tuple[int, int]) -> Field:
    rows, columns = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j].astype(np.float32)
    wobble = 0.16 * smooth_noise(rng, shape, min(shape) / 7) + 0.05 * smooth_noise(rng, shape, min(shape) / 25)
    bulge = np.abs(rows / 0.86) ** 2.6 + np.abs(columns / 0.88) ** 2.6
    return np.asarray(1 - bulge + wobble + 0.012 * smooth_noise(rng, shape, 3), np.float32)


def _round_field(rng: np.random.Generator, shape: tuple[int, int], inside: npt.NDArray[np.bool_]) -> Field:
    centre = _somewhere(rng, ndimage.binary_erosion(inside, iterations=min(shape) // 8)) or (
        shape[1] * COARSE_MPP / 2,
        shape[0] * COARSE_MPP / 2,
    )
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32) * COARSE_MPP
    distance = np.hypot(columns - centre[0], rows - centre[1]) / (0.25 * COARSE_MPP * max(shape))
    uneven = 0.25 * smooth_noise(rng, shape, min(shape) / 10) + 0.10 * smooth_noise(rng, shape, min(shape) / 40)
    return np.asarray(uneven - distance, np.float32)


def _highest(values: Field, inside: npt.NDArray[np.bool_], share: float) -> Field:
    if share <= 0 or not inside.any():
        return np.full_like(values, -1.0)
    return values - np.float32(np.quantile(values[inside], 1 - share))


def _somewhere(rng: np.random.Generator, mask: npt.NDArray[np.bool_]) -> tuple[float, float] | None:
    free = np.flatnonzero(mask)
    if free.size == 0:
        return None
    row, column = divmod(int(free[rng.integers(free.size)]), mask.shape[1])
    return column * COARSE_MPP, row * COARSE_MPP


def _stroma(anatomy: Anatomy, rng: np.random.Generator, shape: tuple[int, int]) -> Field:
    bundles, direction = fibres(rng, shape, 1.5, 22.0)
    tone = smooth_noise(rng, shape, 45)
    fine = smooth_noise(rng, shape, 2)
    anatomy.eosin += 0.44 + 0.09 * bundles + 0.06 * tone + 0.03 * fine
    anatomy.haematoxylin += 0.05 + 0.015 * bundles
    anatomy.paint(soft(-1.9 - bundles - 0.35 * tone + 0.2 * fine, 0.15), 0.0, 0.03)
    return direction


def _fat(anatomy: Anatomy, rng: np.random.Generator, region: Field) -> None:
    """Whole fat cells only: a cell is there where its centre lies in the region."""
    shape, step = region.shape, 2
    spacing = FAT_CELL_UM / COARSE_MPP / step
    coarse = resized(region, (shape[0] // step, shape[1] // step))
    centres = _scatter(rng, coarse.shape, spacing, 0.20)
    kept = _value_at(region > 0, centres[:, ::-1] * step * COARSE_MPP)
    places = np.argwhere(coarse > -0.5).astype(np.float32)
    if not kept.any():
        return
    near = cKDTree(centres).query(places, k=2, workers=1)
    distance, nearest = np.asarray(near[0], np.float32), np.asarray(near[1], np.int64)
    depth = np.minimum(distance[:, 1] - distance[:, 0], 1.6 * (0.66 * spacing - distance[:, 0]))
    depth[~kept[nearest[:, 0]]] = -3.0
    cell = np.full(coarse.shape, -3.0, np.float32)
    cell[coarse > -0.5] = depth
    inner = resized(cell * step, (shape[0], shape[1])) + 0.12 * smooth_noise(rng, shape, 6)
    anatomy.paint(soft(inner + 0.6, 0.9), 0.05, 0.42)
    anatomy.paint(soft(inner - 1.5, 0.7), 0.0, 0.015)
    corners = centres[kept & (rng.random(len(centres)) < 0.4)] + spacing * 0.5
    _add(anatomy, rng, Nucleus.FIBROBLAST, corners[:, ::-1] * step * COARSE_MPP)


def _scatter(rng: np.random.Generator, shape: tuple[float, ...], spacing: float, jitter: float) -> Points:
    rows = np.arange(-1, shape[0] / (spacing * 0.87) + 1)
    columns = np.arange(-1, shape[1] / spacing + 1)
    grid = np.stack(np.meshgrid(rows * 0.87, columns, indexing="ij"), axis=-1)
    grid[1::2, :, 1] += 0.5
    grid += rng.normal(0, jitter, grid.shape)
    return np.asarray(grid.reshape(-1, 2) * spacing, np.float32)


def _add(
    anatomy: Anatomy,
    rng: np.random.Generator,
    kind: Nucleus,
    xy: npt.NDArray[np.floating],
    allowed: npt.NDArray[np.bool_] | None = None,
    angles: npt.NDArray[np.floating] | None = None,
) -> None:
    turned = rng.uniform(0, np.pi, len(xy)) if angles is None else angles
    rows = np.column_stack([xy, turned]).astype(np.float32)
    if allowed is not None:
        rows = rows[_value_at(allowed, rows)]
    anatomy.nuclei[kind].append(rows)


def _value_at(values: npt.NDArray[np.bool_], xy: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    column = np.clip((xy[:, 0] / COARSE_MPP).astype(int), 0, values.shape[1] - 1)
    row = np.clip((xy[:, 1] / COARSE_MPP).astype(int), 0, values.shape[0] - 1)
    return np.asarray(values[row, column], np.bool_)


def _fibroblasts(anatomy: Anatomy, rng: np.random.Generator, allowed: npt.NDArray[np.bool_], direction: Field) -> None:
    size = np.array(allowed.shape[::-1]) * COARSE_MPP
    xy = rng.random((int(900 * size[0] * size[1] / 1e6), 2)) * size
    rows, columns = (np.clip((xy[:, axis] / COARSE_MPP).astype(int), 0, None) for axis in (1, 0))
    turned = direction[rows, columns] + rng.normal(0, 0.25, len(xy))
    _add(anatomy, rng, Nucleus.FIBROBLAST, xy, allowed, turned)


def _lobule(anatomy: Anatomy, rng: np.random.Generator, centre: tuple[float, float]) -> npt.NDArray[np.bool_]:
    shape = anatomy.eosin.shape
    rows = np.arange(shape[0], dtype=np.float32)[:, None] * COARSE_MPP
    columns = np.arange(shape[1], dtype=np.float32)[None, :] * COARSE_MPP
    radius = float(rng.uniform(90, 190))
    place = np.hypot(columns - centre[0], rows - centre[1])
    anatomy.paint(0.55 * soft(radius * 1.1 - place, 25), 0.06, 0.30)
    if rng.random() < 0.35:
        _acinus(anatomy, rng, centre, radius * 0.55, lumen=0.72)
    else:
        spots = _scatter(rng, (2 * radius, 2 * radius), 54.0, 0.10) - radius
        for across, down in spots[np.hypot(spots[:, 0], spots[:, 1]) < radius * 0.85]:
            here = (centre[0] + float(across), centre[1] + float(down))
            _acinus(anatomy, rng, here, float(rng.uniform(14, 23)), lumen=float(rng.uniform(0.25, 0.5)))
    return np.asarray(place < radius * 1.4, np.bool_)


def _acinus(
    anatomy: Anatomy, rng: np.random.Generator, centre: tuple[float, float], radius: float, lumen: float
) -> None:
    reach = int(radius * 1.5 / COARSE_MPP) + 2
    column, row = round(centre[0] / COARSE_MPP), round(centre[1] / COARSE_MPP)
    top, left = max(0, row - reach), max(0, column - reach)
    window = (slice(top, row + reach), slice(left, column + reach))
    if anatomy.eosin[window].size == 0:
        return
    height, width = anatomy.eosin[window].shape
    rows, columns = np.mgrid[top : top + height, left : left + width].astype(np.float32) * COARSE_MPP
    stretch, turn, phase = rng.uniform(0.8, 1.25), rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)

    def edge(angle: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        wave = (stretch - 1) * np.cos(2 * (angle - turn)) + 0.07 * np.sin(3 * angle + phase)
        return np.asarray(radius * (1 + wave))

    bearing = np.arctan2(rows - centre[1], columns - centre[0])
    part = np.hypot(columns - centre[0], rows - centre[1]) / edge(bearing)
    piece = Anatomy(anatomy.haematoxylin[window], anatomy.eosin[window])
    piece.paint(soft(1.12 - part, 0.08), 0.22, 0.34)
    piece.paint(soft(lumen - part, 0.06), 0.01, 0.04)
    for layer, spacing in ((0.98, 7.5), (0.98 - 7.0 / radius, 7.5)):
        if layer <= lumen + 2.5 / radius:
            continue
        count = max(3, int(2 * np.pi * radius * layer / spacing))
        angle = np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.normal(0, 0.25 / count, count)
        away = edge(angle) * layer + rng.normal(0, 0.8, count)
        xy = np.column_stack([centre[0] + away * np.cos(angle), centre[1] + away * np.sin(angle)])
        _add(anatomy, rng, Nucleus.GLAND, xy, angles=angle)


def _heap_of_lymphocytes(anatomy: Anatomy, rng: np.random.Generator, centre: tuple[float, float]) -> None:
    count = int(rng.integers(60, 220))
    spread = np.sqrt(count) * rng.uniform(2.2, 3.6)
    _add(anatomy, rng, Nucleus.LYMPHOCYTE, rng.normal(centre, (spread * rng.uniform(0.7, 2.0), spread), (count, 2)))


def _nests(anatomy: Anatomy, rng: np.random.Generator, tumour: Field) -> None:
    shape = tumour.shape
    crowd = smooth_noise(rng, shape, 9) + 0.35 * smooth_noise(rng, shape, 28) + 0.10
    nest = np.minimum(soft(crowd, 0.12), soft(tumour, 0.02))
    anatomy.paint(0.35 * soft(tumour, 0.05), 0.10, 0.50)
    anatomy.paint(nest, 0.27, 0.36 + 0.04 * smooth_noise(rng, shape, 5))
    spots = _scatter(rng, (shape[0] * COARSE_MPP, shape[1] * COARSE_MPP), 9.6, 0.17)[:, ::-1]
    _add(anatomy, rng, Nucleus.ATYPICAL, spots[rng.random(len(spots)) < 0.93], nest > 0.55)
    stray = spots[rng.random(len(spots)) < 0.06]
    _add(anatomy, rng, Nucleus.ATYPICAL, stray, (tumour > 0) & (nest < 0.3))


def _trim(anatomy: Anatomy, rng: np.random.Generator, outline: Field) -> None:
    shape = outline.shape
    haze = 0.020 + 0.010 * smooth_noise(rng, shape, min(shape) / 4)
    anatomy.paint(soft(-outline, 0.012), 0.0, np.maximum(haze, 0.0).astype(np.float32))
    on_section = outline > 0.004
    in_substance = on_section & (anatomy.eosin > 0.15)
    for kind, rows in anatomy.nuclei.items():
        if rows:
            joined = np.concatenate(rows)
            room = in_substance if kind in {Nucleus.FIBROBLAST, Nucleus.LYMPHOCYTE} else on_section
            anatomy.nuclei[kind] = [joined[_value_at(room, joined)]]
