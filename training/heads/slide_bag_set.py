"""Bags of real slides: a table of slides with labels, each slide's tiles embedded by the inference pipeline."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import structlog
from rich.console import Console
from rich.progress import Progress

from inference.embedding import embed_slide
from inference.settings import ScoreSettings
from models.embedding import embedding_tensor
from models.errors import ForrangError
from models.heads.head_manifest import EmbeddedBy
from models.registry import Model, find_model
from training.data.bag_set import BagSet
from training.data.slide_table import SlideEntry, read_slide_table
from training.data.splits import split_patients
from training.data.tile import Classes, PatientPattern
from training.errors import BagSetError

SHARES = {"train": 0.6, "val": 0.2, "test": 0.2}
"""Of the patients, where the table names no split. A."""
log = structlog.get_logger()


def embedded_by(model: Model) -> EmbeddedBy:
    """Which model, weights and tensor a bag's embeddings are of. Needs the `onnx` package."""
    return EmbeddedBy(model=model.manifest.label, weights_sha256=model.weights_sha256(), tensor=embedding_tensor(model))


def bags_of_table(table: Path, model_name: str, seed: int) -> tuple[dict[str, BagSet], EmbeddedBy]:
    """The bags of a CSV table of slides by split, and which model they were embedded by; progress on stderr.

    Raises TileSetError: the table is wrong; BagSetError as `bags_of_slides`; ModelError: there is no such model.
    """
    model = find_model(model_name)
    entries = read_slide_table(table, Classes(), PatientPattern())
    with Progress(*Progress.get_default_columns(), console=Console(stderr=True)) as progress:
        task = progress.add_task("Slides", total=len(entries))
        splits = bags_of_slides(entries, model, seed, lambda _slide: progress.advance(task))
    return splits, embedded_by(model)


def bags_of_slides(
    entries: Sequence[SlideEntry], model: Model, seed: int, on_slide: Callable[[Path], None]
) -> dict[str, BagSet]:
    """The bags of each split of a table of slides; its patients are split here where it names no split.

    A slide that cannot be embedded is left out and named in the log: it stops no other. `on_slide` hears of each one.
    Raises BagSetError: a slide has no label, or only some have a split, or no slide could be embedded.
    """
    unlabelled = [entry.slide.name for entry in entries if entry.label is None]
    if unlabelled:
        raise BagSetError(
            f"{len(unlabelled)} slides have no label, first {unlabelled[0]}. Fill in the table's column 'label'."
        )
    entries = _with_splits(entries, seed)
    tensor = embedding_tensor(model)
    kept, bags = [], []
    for entry in entries:
        try:
            bags.append(embed_slide(entry.slide, model, tensor, ScoreSettings(mpp=entry.mpp)).vectors)
            kept.append(entry)
        except ForrangError as error:
            log.warning("slide left out", slide=entry.slide.name, reason=str(error))
        on_slide(entry.slide)
    if not kept:
        raise BagSetError("No slide of the table could be embedded; the log says why for each one.")
    every = BagSet(
        tuple(bags),
        np.array([entry.label for entry in kept], np.int64),
        np.array([entry.patient for entry in kept]),
        np.array([entry.slide.name for entry in kept]),
    )
    splits = np.array([entry.split for entry in kept])
    return {str(split): every.take(splits == split) for split in dict.fromkeys(splits.tolist())}


def _with_splits(entries: Sequence[SlideEntry], seed: int) -> Sequence[SlideEntry]:
    named = sum(bool(entry.split) for entry in entries)
    if named == len(entries):
        return entries
    if named:
        raise BagSetError(f"{named} of {len(entries)} slides have a split. Fill in the column 'split' for all or none.")
    labels = np.array([entry.label for entry in entries], np.int64)
    patients = np.array([entry.patient for entry in entries])
    splits = split_patients(labels, patients, SHARES, seed)
    return [replace(entry, split=str(split)) for entry, split in zip(entries, splits, strict=True)]
