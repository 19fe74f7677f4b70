"""One step of training: a batch in parts, shared by processes, with the result that one process would have.

Every part is seen with batch statistics of its own ("ghost batches"), gradients and running statistics are averaged
over the parts in double precision, and a part's random numbers belong to the part. So who computes which part changes
only the order of a sum in double precision.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import structlog
import torch
from accelerate.utils.memory import should_reduce_batch_size  # type: ignore[import-untyped]
from torch import nn

from models.networks import TileNetwork
from training.data.tile_set import TileSet
from training.errors import TrainingError
from training.tiles.keyed_random import Purpose, keyed_generator, keyed_seed, torch_seeded
from training.tiles.loss import loss_of
from training.tiles.options import FitOptions
from training.tiles.parallel import Team

log = structlog.get_logger()
LEAST_PART = 2
"""Tiles; fewer have no batch statistics."""


@dataclass(frozen=True)
class Task:
    """What stays the same from step to step."""

    train: TileSet
    options: FitOptions
    weight: float
    """How often a positive tile counts."""
    dtype: torch.dtype
    team: Team
    restained: npt.NDArray[np.uint8] | None = None
    """The tiles in other patients' stains, where some are wanted."""

    def tiles(self, rows: npt.NDArray[np.int64], generator: torch.Generator) -> npt.NDArray[np.uint8]:
        """The tiles (n, tile_px, tile_px, 3) of these rows, a share of them in another stain."""
        tiles = self.train.tiles[rows]
        if self.restained is not None:
            chosen = torch.rand(len(rows), generator=generator).numpy() < self.options.augmentation.restained_share
            tiles[chosen] = self.restained[rows[chosen]]
        return tiles


@dataclass(frozen=True)
class Step:
    """What a step came to."""

    loss: float
    micro_batch: int
    """Tiles a part, at most; smaller than before where memory ran out."""


def set_gradients(
    network: TileNetwork,
    task: Task,
    rows: npt.NDArray[np.int64],
    place: tuple[int, int],
    micro_batch: int,
    scaler: torch.amp.GradScaler,
) -> Step:
    """Set every weight's gradient, and the running statistics, to those of the tiles `rows`.

    Args:
        network: in training mode. Its gradients come out scaled by `scaler`.
        task: the tiles and how they are learnt from.
        rows: (n,) which tiles.
        place: epoch and step, from which the random numbers come.
        micro_batch: tiles a part, at most.
        scaler: keeps small gradients from vanishing in fp16.

    Where memory runs out, in whichever process, all of them go over to parts of half the size and begin the step again.
    Raises TrainingError: not even two tiles fit into memory.
    """
    while True:
        total = task.team.sum(_sum_of_parts(network, task, rows, place, micro_batch, scaler))
        if not float(total[-1]):
            return Step(_put_back(network, total), micro_batch)
        if task.team.device.type == "cuda":
            torch.cuda.empty_cache()
        if micro_batch <= LEAST_PART:
            raise TrainingError(
                f"There is not enough memory on {task.team.device} for {micro_batch} tiles at {network.input_px} px. "
                "Choose a smaller `input_px` or `network`."
            )
        micro_batch = max(LEAST_PART, min(micro_batch, len(rows)) // 2)
        if task.team.is_first:
            log.warning("out of memory: the batch is worked on in smaller parts", tiles_a_part=micro_batch)


def _sum_of_parts(
    network: TileNetwork,
    task: Task,
    rows: npt.NDArray[np.int64],
    place: tuple[int, int],
    micro_batch: int,
    scaler: torch.amp.GradScaler,
) -> torch.Tensor:
    """This process's share of: gradients, running statistics, loss, and how often memory ran out; float64, flat."""
    weights, statistics = learning_weights(network), running_statistics(network)
    before = [value.clone() for value in statistics]
    length = sum(value.numel() for value in [*weights, *statistics]) + 2
    total = torch.zeros(length, dtype=torch.float64, device=task.team.device)
    seed, parts = task.options.seed, np.array_split(rows, -(-len(rows) // micro_batch))
    try:
        for number in range(task.team.index, len(parts), task.team.size):
            part = parts[number]
            _copy(before, statistics)
            generator = keyed_generator(seed, Purpose.AUGMENTATION, *place, number)
            with torch_seeded(keyed_seed(seed, Purpose.DROPOUT, *place, number), task.team.device):
                tiles, labels = task.tiles(part, generator), task.train.labels[part]
                loss = loss_of(network, tiles, labels, task.weight, task.options, task.dtype, generator)
            gradients = torch.autograd.grad(scaler.scale(loss), weights, allow_unused=True, materialize_grads=True)
            values = torch.cat([value.detach().flatten() for value in [*gradients, *statistics, loss]])
            total[:-1] += values.double() * (len(part) / len(rows))
    except RuntimeError as error:
        if not should_reduce_batch_size(error):
            raise
        total.zero_()
        total[-1] = 1
    _copy(before, statistics)
    return total


def _put_back(network: TileNetwork, total: torch.Tensor) -> float:
    """Hands the sums out again; returns the loss."""
    start = 0
    for weight in learning_weights(network):
        piece = total[start : start + weight.numel()].view(weight.shape)
        weight.grad = torch.empty_like(weight).copy_(piece)
        start += weight.numel()
    for value in running_statistics(network):
        value.copy_(total[start : start + value.numel()].view(value.shape))
        start += value.numel()
    return float(total[start])


def learning_weights(network: TileNetwork) -> list[nn.Parameter]:
    """Those that are not frozen."""
    return [weight for weight in network.net.parameters() if weight.requires_grad]


def running_statistics(network: TileNetwork) -> list[torch.Tensor]:
    """Means and variances of the normalisation layers, as they are kept for inference."""
    return [value for name, value in network.net.named_buffers() if name.endswith((".running_mean", ".running_var"))]


def _copy(values: list[torch.Tensor], targets: list[torch.Tensor]) -> None:
    for value, target in zip(values, targets, strict=True):
        target.copy_(value)
