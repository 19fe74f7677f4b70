"""A training run on disk, so that it goes on after a kill as if nothing had been: one safetensors file, written whole.

The tensors are weights, averages and the optimiser's moments; the rest is JSON in the file's header. No pickle.
"""

import contextlib
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from models.disk import to_disk
from training.errors import TrainingError

CHECKPOINT_NAME = "checkpoint.safetensors"
_HEADER = "forrang_training"


class Progress(BaseModel):
    """How far a run has come, and which run it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: dict[str, Any]
    """Options and hashes of the tiles: a run goes on only with the same."""
    epoch: int = 0
    """Finished ones."""
    step: int = 0
    """Finished steps of the epoch that is under way."""
    micro_batch: int
    loss_sum: float = 0.0
    """Over the epoch that is under way."""
    scaler: dict[str, float] = {}
    """State of the fp16 gradient scaler."""
    losses: tuple[float, ...] = ()
    aucs: tuple[float, ...] = ()
    """Of the averaged weights on validation, a finished epoch each."""
    kept: tuple[int, ...] = ()
    """Epochs (from 1) whose averaged weights are in the file."""

    @property
    def stale(self) -> int:
        """Finished epochs since the best one."""
        return len(self.aucs) - 1 - self.aucs.index(max(self.aucs)) if self.aucs else 0


def write_checkpoint(path: Path, progress: Progress, tensors: dict[str, torch.Tensor]) -> None:
    """Put a checkpoint in the place of the last one, whole or not at all.

    Raises TrainingError: it cannot be written, as on a full disk; the last one is still there then.
    """
    unfinished = path.with_suffix(".unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, unfinished, metadata={_HEADER: progress.model_dump_json()})
        to_disk(unfinished)
        unfinished.replace(path)
        to_disk(path.parent)
    except (OSError, SafetensorError) as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise TrainingError(
            f"{path}: the checkpoint could not be written ({error}). The last good one stays. Make room on the disk."
        ) from error


def read_progress(path: Path) -> Progress:
    """The header of a checkpoint. Raises TrainingError: there is none, or the file is no checkpoint."""
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            f"{path}: there is no checkpoint to go on from ({error}). Start without --resume."
        ) from error
    try:
        return Progress.model_validate_json(header.get(_HEADER, ""))
    except ValidationError as error:
        raise TrainingError(
            f"{path}: this is not a checkpoint of this version of forrang train. Start without --resume."
        ) from error


def check_same_run(path: Path, kept: dict[str, Any], run: dict[str, Any]) -> None:
    """Raises TrainingError naming the first thing in which the run that a file was kept of differs from this one."""
    theirs, ours = _flat(kept), _flat(run)
    for name in sorted(theirs.keys() | ours.keys()):
        if theirs.get(name) != ours.get(name):
            raise TrainingError(
                f"{path}: this is of another run: its {name} is {theirs.get(name)!r}, and this run's is "
                f"{ours.get(name)!r}. Use the same options and tiles, or delete it to start anew."
            )


def _flat(values: dict[str, Any], start: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(value, f"{start}{name}.") if isinstance(value, dict) else {f"{start}{name}": value}
    return found
