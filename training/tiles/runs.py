"""A training run from its options to a fitted network: what it starts from, where it is kept, and who takes part."""

import shutil
from pathlib import Path
from typing import Any

import structlog
import timm
import torch

from models.manifest import MANIFEST_NAME, GreyLevels
from models.networks import TileNetwork
from models.registry import Model, load_model, sha256_of
from training.data.tile_set import TileSet, read_tiles
from training.errors import TrainingError
from training.tiles.checkpoints import CHECKPOINT_NAME
from training.tiles.fitting import Fit, Keeping, fit
from training.tiles.hub import HUB, grey_levels, hub_network
from training.tiles.mixing import mean_of
from training.tiles.options import FitOptions, TrainOptions
from training.tiles.parallel import in_processes, join_team
from training.tiles.starting_weights import RANDOM, load_starting_weights
from training.tiles.watching import Showing, Watcher

log = structlog.get_logger()


def complete(options: TrainOptions) -> TrainOptions:
    """The options with what the hub says of an `hf-hub:` network: timm's name, arguments, weights, mean and std.

    Raises TrainingError: the network cannot be had.
    """
    if not options.network.startswith(HUB):
        return options
    found = hub_network(options.network)
    changes = {
        "network": found.architecture,
        "network_args": found.arguments | options.network_args,
        "start": options.network if options.start == "auto" else options.start,
        "mean": options.mean or found.mean,
        "std": options.std or found.std,
    }
    return options.model_copy(update=changes)


def normalisation(options: TrainOptions) -> tuple[GreyLevels, GreyLevels]:
    """Mean and standard deviation of each channel, grey levels: those given, else timm's for the network."""
    config = timm.get_pretrained_cfg(options.network) if timm.is_model(options.network) else None
    mean, std = (config.mean, config.std) if config else (0.5, 0.5)
    return options.mean or grey_levels(mean), options.std or grey_levels(std)


def make_network(options: TrainOptions) -> TileNetwork:
    """The network that completed options describe, with random weights and a head of zeros."""
    mean, std = normalisation(options)
    return TileNetwork(
        options.network,
        options.input_px,
        mean,
        std,
        options.drop_rate,
        options.drop_path_rate,
        options.network_args,
    )


def run_folder(options: TrainOptions) -> Path:
    """Where an unfinished run keeps its checkpoint."""
    return options.out / f"{options.name}.unfinished"


def check_unfinished(folder: Path, *, resume: bool) -> bool:
    """Whether there is a checkpoint to go on from. Raises TrainingError: there is one, and nobody said what to do."""
    there = any(folder.rglob(CHECKPOINT_NAME))
    if there and not resume:
        raise TrainingError(
            f"{folder}: an unfinished run of this name is here. Go on with it (--resume), delete the folder, or choose "
            "another --name."
        )
    if resume and not there:
        log.info("nothing to go on from: starting")
    return there and resume


def finished_model(options: TrainOptions) -> Model | None:
    """The model that a run of completed options has made already; None where it has not, or left a checkpoint.

    Raises TrainingError: a model of this name and version is there, and it was made otherwise. ModelError: what is
    there cannot be read.
    """
    folder = options.out / options.name
    if any(run_folder(options).rglob(CHECKPOINT_NAME)) or not (folder / MANIFEST_NAME).is_file():
        return None
    found = load_model(folder)
    manifest, trace = found.manifest, found.manifest.data
    if (manifest.name, manifest.version) != (options.name, options.version):
        return None
    same_tiles = trace is None or trace.tiles_sha256 == sha256_of(options.tiles)
    seen = (manifest.network, manifest.tile_px, manifest.mpp, manifest.input_px)
    if not same_tiles or seen != (options.network, options.tile_px, options.mpp, options.input_px):
        other = "other options" if same_tiles else "other tiles"
        raise TrainingError(
            f"{folder}: {manifest.label} is finished, and was made with {other}. Choose another --version or --out, or "
            "leave out --resume to train it anew in its place."
        )
    return found


def fit_network(
    options: TrainOptions,
    train: TileSet,
    validation: TileSet,
    keeping: Keeping | None = None,
    watcher: Watcher | None = None,
) -> tuple[Fit, str]:
    """Fit the network that completed options describe; also gives a sentence on what it started from."""
    torch.set_num_threads(options.threads)
    every = (options.fit, *options.mixed_with)
    fits: list[tuple[Fit, str]] = []
    for number, settings in enumerate(every):
        if join_team().is_first:
            log.info("fitting", fit=number + 1, fits=len(every), epochs=settings.epochs, tiles=len(train))
        kept = None if keeping is None else keeping.of(number)
        fits.append(_fit_once(options, settings, train, validation, kept, watcher))
    return mean_of([it for it, _ in fits]), fits[0][1]


def _fit_once(
    options: TrainOptions,
    settings: FitOptions,
    train: TileSet,
    validation: TileSet,
    keeping: Keeping | None,
    watcher: Watcher | None,
) -> tuple[Fit, str]:
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        network = make_network(options)
        start = load_starting_weights(options.network, network.net, options.start)
        if start == RANDOM and settings.frozen_stages:
            log.info("nothing is frozen: the weights are random")
            settings = settings.model_copy(update={"frozen_stages": 0})
        return fit(network, train, validation, settings, keeping, watcher), start


def fit_on_split(
    options: TrainOptions, data: dict[str, TileSet], *, resume: bool, processes: int, curves: Path | None
) -> tuple[Fit, str]:
    """Fit on the splits `train` and `val` and keep checkpoints in `run_folder`, alone or in several processes."""
    folder = run_folder(options)
    going_on = check_unfinished(folder, resume=resume)
    if processes > 1:
        in_processes(_take_part, processes, options, going_on, curves)
        going_on = True  # from the checkpoint of the last epoch, which holds the result
    watcher = Showing(curves if processes == 1 else None)
    with watcher:
        return fit_network(options, data["train"], data["val"], keeping_in(folder, options, resume=going_on), watcher)


def _take_part(options: TrainOptions, resume: bool, curves: Path | None) -> None:  # noqa: FBT001
    """What each of several processes does."""
    data = read_tiles(options.tiles, ("train", "val"), options.tile_px)
    keeping = keeping_in(run_folder(options), options, resume=resume)
    if not join_team().is_first:
        fit_network(options, data["train"], data["val"], keeping)
        return
    with Showing(curves) as watcher:
        fit_network(options, data["train"], data["val"], keeping, watcher)


def keeping_in(folder: Path, options: TrainOptions, *, resume: bool) -> Keeping:
    """A run kept in this folder; it goes on from a checkpoint there if it may."""
    path = folder / CHECKPOINT_NAME
    return Keeping(path, {"options": what_decides(options)}, resume and path.exists())


def what_decides(options: TrainOptions) -> dict[str, Any]:
    """The options that decide what the weights become."""
    fields = {"network", "network_args", "start", "tile_px", "input_px", "mean", "std", "drop_rate", "drop_path_rate"}
    return options.model_dump(mode="json", include={*fields, "fit", "mixed_with"})


def forget(folder: Path) -> None:
    """Remove what a finished run kept."""
    shutil.rmtree(folder, ignore_errors=True)
