"""What a careless split would add: the same simple model by random folds and by folds that keep patients whole."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.embedding import embed_tiles, embedding_session
from models.registry import Model
from training.data.examination import pictures_of
from training.data.images import decode
from training.data.splits import patient_folds, random_folds
from training.data.tile_set import read_who
from training.errors import TrainingError
from training.judging.draws import draw_patients, drawn_auc
from training.judging.evaluation import Difference
from training.judging.measures import Floats, Ints, interval

FOLDS = 5
REPEATS = 3
STRENGTH = 0.01
"""Inverse of the logistic regression's penalty: strong, since there are more features than patients. A."""
MOST_TILES = 3000
"""Images that are looked at where there are more."""
CLEAR = 0.03
"""A difference in AUC from which on a report speaks of leakage, if it is more than chance too. A."""


@dataclass(frozen=True)
class LeakageCheck:
    """AUC of frozen embeddings and a logistic regression, cross-validated twice; 95% over patients."""

    tiles: int
    patients: int
    random: tuple[float, float, float]
    """Patients torn apart: tiles of one patient are learnt from and judged on."""
    grouped: tuple[float, float, float]
    """Patients whole."""
    difference: Difference
    """What tearing them apart adds."""

    @property
    def told(self) -> str:
        """The lesson in a sentence or two."""
        figures = f"AUC {self.random[0]:.3f} by random folds, {self.grouped[0]:.3f} with patients kept whole."
        gap = f"{self.difference.value:+.3f} ({self.difference.low:+.3f} to {self.difference.high:+.3f})"
        if self.difference.value >= CLEAR and self.difference.more_than_chance:
            return f"{figures} A split that tears patients apart would promise too much here: {gap}."
        return f"{figures} Here a random split would change little: {gap}. Patients are kept whole all the same."


def check_leakage(
    features: npt.NDArray[np.float32],
    labels: Ints,
    patients: npt.NDArray[np.str_],
    folds: int = FOLDS,
    repeats: int = REPEATS,
    seed: int = 0,
) -> LeakageCheck:
    """The same model, judged both ways, on features (n, d); folds are drawn anew `repeats` times.

    Raises TileSetError: too few patients or tiles of a class for so many folds.
    """
    draws = draw_patients(patients, seed=seed)

    def aucs(fold_of: Callable[[int], Ints]) -> Floats:
        scored = [held_out_scores(features, labels, fold_of(seed + repeat)) for repeat in range(repeats)]
        return np.asarray(np.mean([drawn_auc(scores, labels, draws) for scores in scored], axis=0), dtype=np.float64)

    torn = aucs(lambda seed: random_folds(labels, folds, seed))
    whole = aucs(lambda seed: patient_folds(labels, patients, folds, seed))
    return LeakageCheck(
        tiles=len(labels),
        patients=draws.counts.shape[1],
        random=(float(torn[0]), *interval(torn[1:])),
        grouped=(float(whole[0]), *interval(whole[1:])),
        difference=Difference("auc", float(torn[0] - whole[0]), *interval(torn[1:] - whole[1:])),
    )


def check_leakage_of(
    tiles: Path, model: Model, most: int = MOST_TILES, folds: int = FOLDS, seed: int = 0, threads: int = 2
) -> LeakageCheck:
    """The check on a tile file, its splits left aside: images of any size, seen by the model's frozen network.

    Args:
        tiles: Parquet file with `png, patient, label, split`.
        model: whose network sees the images; its labels and its last layer are not used.
        most: patients are taken whole until there are so many images.
        folds: of the cross-validation.
        seed: of the folds and of which patients are taken.
        threads: that ONNX Runtime may use.

    Raises TileSetError: the file is wrong, or too small for so many folds; TrainingError: the extra is missing.
    """
    needs_embeddings()
    who = read_who(tiles)
    rows = np.flatnonzero(whole_patients(who.patients, most, seed))
    found = pictures_of(tiles, rows.tolist())
    images = [decode(found[row], f"{tiles}: row {row}, column 'png'") for row in rows.tolist()]
    features = image_embeddings(model, images, threads)
    return check_leakage(features, who.labels[rows], who.patients[rows], folds, seed=seed)


def needs_embeddings() -> None:
    """Raises TrainingError where what finds a network's embedding is not installed."""
    if find_spec("onnx") is None:
        raise TrainingError("Embeddings need the extra `torch`: pip install 'forrang[torch]'.")


def whole_patients(patients: npt.NDArray[np.str_], most: int, seed: int) -> npt.NDArray[np.bool_]:
    """(n,) which rows to take for about `most`: patients whole, two at least, in an order from the seed."""
    names, sizes = np.unique(patients, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    enough = int(np.searchsorted(np.cumsum(sizes[order]), most)) + 1
    return np.isin(patients, names[order[: max(2, enough)]])


def held_out_scores(features: npt.NDArray[np.float32], labels: Ints, fold_of: Ints) -> Floats:
    """Log-odds (n,) of each row by a logistic regression fitted to the other folds."""
    scores = np.zeros(len(labels))
    for fold in np.unique(fold_of):
        held = fold_of == fold
        model = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=500, tol=1e-3))
        model.fit(features[~held], labels[~held])
        scores[held] = model.decision_function(features[held])
    return scores


def image_embeddings(model: Model, images: list[npt.NDArray[np.uint8]], threads: int = 2) -> npt.NDArray[np.float32]:
    """(n, d) of images uint8 (h, w, 3) of any size: each is cut into the model's tiles, whose embeddings are averaged.

    Raises WeightsError: the network has no embedding.
    """
    session = embedding_session(model, threads=threads)
    cut = [cut_image(image, model.manifest.tile_px) for image in images]
    embedded = embed_tiles(session, np.concatenate(cut))
    starts = np.cumsum([0, *(len(tiles) for tiles in cut[:-1])])
    counts = np.array([len(tiles) for tiles in cut], dtype=np.float32)
    return np.asarray(np.add.reduceat(embedded, starts, axis=0) / counts[:, None], dtype=np.float32)


def cut_image(image: npt.NDArray[np.uint8], tile_px: int) -> npt.NDArray[np.uint8]:
    """Whole tiles (n, tile_px, tile_px, 3) from an image's middle; one smaller than a tile is filled with white."""
    height, width = (max(1, side // tile_px) * tile_px for side in image.shape[:2])
    room = np.full((max(height, image.shape[0]), max(width, image.shape[1]), 3), 255, np.uint8)
    room[: image.shape[0], : image.shape[1]] = image
    top, left = (room.shape[0] - height) // 2, (room.shape[1] - width) // 2
    middle = room[top : top + height, left : left + width]
    tiles = middle.reshape(height // tile_px, tile_px, width // tile_px, tile_px, 3).swapaxes(1, 2)
    return np.ascontiguousarray(tiles.reshape(-1, tile_px, tile_px, 3))
