"""Fine-tuning of a tile network: frozen first stages, averaged weights, and the epochs chosen on validation tiles."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import structlog
import torch
from torch import nn

from models.networks import TileNetwork
from training.data.tile_set import TileSet
from training.errors import TrainingError
from training.tiles.checkpoints import Progress, check_same_run, read_progress
from training.tiles.freezing import freeze_first_stages, take_statistics
from training.tiles.keyed_random import Purpose, keyed_generator
from training.tiles.loss import arithmetic, positive_weight
from training.tiles.options import FitOptions
from training.tiles.parallel import Team, join_team
from training.tiles.patient_auc import choosing_auc
from training.tiles.restaining import restain
from training.tiles.steps import Task, set_gradients
from training.tiles.training_state import TrainingState, mean_of_states, speed
from training.tiles.watching import Watcher

log = structlog.get_logger()


@dataclass(frozen=True)
class Fit:
    """A fitted network and how it came about."""

    network: TileNetwork
    validation_auc: tuple[float, ...]
    """Of the averaged weights, an epoch each."""
    kept: tuple[int, ...]
    """Which epochs (from 1) were averaged."""


@dataclass(frozen=True)
class Keeping:
    """Where a run is kept while it is under way, so that it can go on."""

    checkpoint: Path
    run: dict[str, Any]
    """What the run was told; a checkpoint of another run is refused."""
    resume: bool = False
    """Go on from the checkpoint."""

    def of(self, number: int) -> Self:
        """Of one fit of several, from 0, which share the folder."""
        if not number:
            return self
        path = self.checkpoint.with_stem(f"{self.checkpoint.stem}-{number + 1}")
        return replace(self, checkpoint=path, resume=self.resume and path.exists())


def predict(
    network: TileNetwork, tiles: npt.NDArray[np.uint8], batch: int = 128, team: Team | None = None
) -> npt.NDArray[np.float64]:
    """Logits (n,) of uint8 tiles (n, tile_px, tile_px, 3), in float32; a team shares the work."""
    network.eval()
    device = network.mean.device
    index, size = (team.index, team.size) if team else (0, 1)
    logits = torch.zeros(len(tiles), dtype=torch.float64, device=device)
    with torch.inference_mode():
        for start in range(index * batch, len(tiles), size * batch):
            part = torch.from_numpy(tiles[start : start + batch]).to(device)
            logits[start : start + batch] = network(part).double()
    return np.asarray((team.sum(logits) if team else logits).cpu().numpy())


def fit(
    network: TileNetwork,
    train: TileSet,
    validation: TileSet,
    options: FitOptions,
    keeping: Keeping | None = None,
    watcher: Watcher | None = None,
) -> Fit:
    """Fine-tune on `train`, choose epochs on `validation`. Changes the network it is given, and leaves it on the CPU.

    Every process of a team calls it with the same arguments; each comes out with the same network. Random numbers come
    from `options.seed` and the place in the training, so that on a CPU a run that was killed and goes on from its
    checkpoint ends with the same bits.

    Raises TrainingError: tiles of one class only, a loss that is no number, too little memory, a checkpoint of another
    run.
    """
    team, watcher = join_team(), watcher or Watcher()
    network.to(team.device).to(memory_format=torch.channels_last)
    dtype = arithmetic(options, team.device)
    restained = restain(train, options.seed) if options.augmentation.restained_share else None
    task = Task(train, options, positive_weight(train.labels, options), dtype, team, restained)
    frozen = freeze_first_stages(network.net, options.frozen_stages)
    run = {} if keeping is None else keeping.run | {"train": hash_of(train), "validation": hash_of(validation)}
    going_on = keeping is not None and keeping.resume
    if not going_on:
        take_statistics(network, train, options.seed)
    progress = Progress(run=run, micro_batch=options.micro_batch or options.batch)
    state = TrainingState(network, options, progress, fp16=dtype == torch.float16)
    if keeping is not None and keeping.resume:
        found = read_progress(keeping.checkpoint)
        check_same_run(keeping.checkpoint, found.run, run)
        state.load(keeping.checkpoint, found)
        log.info("going on", epoch=found.epoch + 1, step=found.step)
    with _same_every_time():
        while state.progress.epoch < options.epochs and not _enough(state.progress, options):
            _epoch(state, task, frozen, keeping, watcher)
            auc = choosing_auc(validation, predict(state.averaged, validation.tiles, team=team), options.choose_by)
            _end_epoch(state, task, auc, keeping, watcher)
    network.net.load_state_dict(mean_of_states([state.kept[epoch] for epoch in sorted(state.kept)]))
    network.to("cpu").eval()
    return Fit(network, state.progress.aucs, tuple(sorted(state.kept)))


def _epoch(
    state: TrainingState, task: Task, frozen: list[nn.Module], keeping: Keeping | None, watcher: Watcher
) -> None:
    """Go through the training tiles once, or through what is left of them."""
    network, options, epoch = state.network, task.options, state.progress.epoch + 1
    network.train()
    for module in frozen:
        module.eval()
    steps = max(1, len(task.train) // options.batch)
    order = torch.randperm(len(task.train), generator=keyed_generator(options.seed, Purpose.ORDER, epoch)).numpy()
    watcher.begin_epoch(epoch, options.epochs, steps, state.progress.step)
    for step in range(state.progress.step, steps):
        rows = order[step * options.batch : (step + 1) * options.batch]
        done = (epoch - 1) * steps + step
        state.set_speed(speed(done, steps, options.epochs))
        taken = set_gradients(network, task, rows, (epoch, step), state.progress.micro_batch, state.scaler)
        if not np.isfinite(taken.loss):
            raise TrainingError(
                f"The loss is no longer a number (epoch {epoch}, step {step + 1}): the weights have run away. Choose a "
                f"smaller `fit.learning_rate` than {options.learning_rate:g}, or `fit.precision: fp32`."
            )
        state.scaler.unscale_(state.optimiser)
        nn.utils.clip_grad_norm_(network.net.parameters(), options.clip_norm)
        state.scaler.step(state.optimiser)
        state.scaler.update()
        state.average(min(options.average_decay, (1 + done) / (10 + done)))
        total = state.progress.loss_sum + taken.loss
        state.advance(step=step + 1, loss_sum=total, micro_batch=taken.micro_batch)
        if (step + 1) % options.checkpoint_steps == 0 and step + 1 < steps:
            _save(state, task.team, keeping)
        watcher.step(done, taken.loss, state.optimiser.param_groups[0]["lr"])


def _end_epoch(state: TrainingState, task: Task, auc: float, keeping: Keeping | None, watcher: Watcher) -> None:
    progress = state.progress
    loss = progress.loss_sum / progress.step
    state.advance(
        epoch=progress.epoch + 1,
        step=0,
        loss_sum=0.0,
        losses=(*progress.losses, loss),
        aucs=(*progress.aucs, auc),
    )
    state.keep_best(task.options.keep_epochs)
    _save(state, task.team, keeping)
    if task.team.is_first:
        log.info("epoch", epoch=state.progress.epoch, loss=round(loss, 4), validation_auc=round(auc, 4))
    watcher.end_epoch(state.progress.epoch, loss, auc)


def _enough(progress: Progress, options: FitOptions) -> bool:
    """Whether the validation AUC has not become better for too long."""
    return options.patience is not None and progress.stale >= options.patience


def _save(state: TrainingState, team: Team, keeping: Keeping | None) -> None:
    """Write a checkpoint; where there is no room, say so and go on with the last good one."""
    if keeping is None or not team.is_first:
        return
    try:
        state.save(keeping.checkpoint)
    except TrainingError as error:
        log.warning("no checkpoint", reason=str(error))


def hash_of(tiles: TileSet) -> str:
    """SHA-256 of pixels, labels and patients."""
    found = hashlib.sha256()
    for values in (tiles.tiles, tiles.labels):
        found.update(np.ascontiguousarray(values).data)
    found.update("\n".join(tiles.patients.tolist()).encode())
    return found.hexdigest()


@contextlib.contextmanager
def _same_every_time() -> Iterator[None]:
    """Lets cuDNN choose kernels that give the same result each time."""
    before = torch.backends.cudnn.deterministic
    torch.backends.cudnn.deterministic = True
    try:
        yield
    finally:
        torch.backends.cudnn.deterministic = before
