"""How a model does on parts of the tiles: by site, scanner, resolution, burden of disease, quality of tissue. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from training.data.tile_set import TileSet
from training.judging.draws import Draws, draw_patients, drawn_auc
from training.judging.measures import Floats, interval

FEW_PATIENTS, FEW_TILES = 10, 20
"""With fewer patients, or fewer tiles of a class, a figure says little. A: its interval is then often over 0.2 wide."""
BURDENS = ((0.0, "no tile positive"), (0.2, "up to 20% of the patient's tiles"), (0.5, "20% to 50%"), (1.0, "over 50%"))
SHARPNESS = ("least sharp third", "middle third", "sharpest third")
GREY_RANGE = 255.0
PALE = 0.85
"""Grey share above which a pixel is taken for glass or fat. A."""
LEAST_TISSUE = 0.5
"""A tile with less tissue than this is counted as sparse. A."""


@dataclass(frozen=True)
class Group:
    """The figures of one group, each with its ends; NaN where the group lacks a class."""

    kind: str
    """What the tiles were told apart by."""
    name: str
    n: int
    patients: int
    positives: int
    auc: tuple[float, float, float]
    sensitivity: tuple[float, float, float]
    specificity: tuple[float, float, float]

    @property
    def small(self) -> bool:
        """Too small to conclude from."""
        others = self.n - self.positives
        return self.patients < FEW_PATIENTS or any(0 < count < FEW_TILES for count in (self.positives, others))


def judge_groups(
    probabilities: Floats, test: TileSet, threshold: float, groups: Mapping[str, npt.NDArray[np.str_]], seed: int = 0
) -> tuple[Group, ...]:
    """The figures of every group with a name ("" is none), on the same draws of patients."""
    draws = draw_patients(test.patients, seed=seed)
    return tuple(
        _judged(kind, name, probabilities, test, threshold, names == name, draws)
        for kind, names in groups.items()
        for name in _in_order(kind, names)
    )


def groupings(test: TileSet) -> dict[str, npt.NDArray[np.str_]]:
    """Kind to each tile's group (n,): what columns give, then burden and quality, which the tiles themselves give."""
    found = {kind: names for kind, names in _columns(test) if len(np.unique(names)) > 1}
    return found | {"burden": burden(test), "sharpness": sharpness(test), "tissue in the tile": tissue(test)}


def burden(test: TileSet) -> npt.NDArray[np.str_]:
    """(n,) how much of the patient's tissue is positive: what is rare in a case is missed more easily."""
    _, which = np.unique(test.patients, return_inverse=True)
    share = (np.bincount(which, weights=test.labels == 1) / np.bincount(which))[which]
    edges = [edge for edge, _ in BURDENS[:-1]]
    return np.array([name for _, name in BURDENS])[np.searchsorted(edges, share, side="left")]


def sharpness(test: TileSet) -> npt.NDArray[np.str_]:
    """(n,) thirds by the fine detail of the tile (spread of the Laplacian of grey), whatever the cause of its lack."""
    grey = test.tiles.mean(axis=3, dtype=np.float32)
    detail = np.array([ndimage.laplace(tile).std() for tile in grey])
    return np.array(SHARPNESS)[np.searchsorted(np.quantile(detail, [1 / 3, 2 / 3]), detail, side="right")]


def tissue(test: TileSet) -> npt.NDArray[np.str_]:
    """(n,) whether half of the tile or more is tissue, by how pale its pixels are."""
    dark = (test.tiles.mean(axis=3, dtype=np.float32) < PALE * GREY_RANGE).mean(axis=(1, 2))
    return np.where(dark >= LEAST_TISSUE, "half or more", "less than half")


def _columns(test: TileSet) -> Iterator[tuple[str, npt.NDArray[np.str_]]]:
    if test.sites is not None:
        yield "site", test.sites
    if test.scanners is not None:
        yield "scanner", test.scanners
    if test.mpp is not None:
        yield "resolution", np.array([f"{value:.3g} um per px" if np.isfinite(value) else "" for value in test.mpp])


def _in_order(kind: str, names: npt.NDArray[np.str_]) -> list[str]:
    known = {"burden": [name for _, name in BURDENS], "sharpness": list(SHARPNESS)}.get(kind)
    here = {str(name) for name in np.unique(names) if name}
    return [name for name in known if name in here] if known else sorted(here)


def _judged(
    kind: str,
    name: str,
    probabilities: Floats,
    test: TileSet,
    threshold: float,
    rows: npt.NDArray[np.bool_],
    draws: Draws,
) -> Group:
    own, labels = draws.take(rows), test.labels[rows]
    true, called = labels == 1, probabilities[rows] >= threshold
    return Group(
        kind=kind,
        name=name,
        n=len(labels),
        patients=len(np.unique(test.patients[rows])),
        positives=int(true.sum()),
        auc=_with_ends(drawn_auc(probabilities[rows], labels, own)),
        sensitivity=_with_ends(own.share(called, true)),
        specificity=_with_ends(own.share(~called, ~true)),
    )


def _with_ends(drawn: Floats) -> tuple[float, float, float]:
    return float(drawn[0]), *interval(drawn[1:])
