"""Fine-tuning of a tile network: frozen first stages, averaged weights, and the epochs chosen on validation tiles."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import structlog
import torch
import torch.nn.functional as F  # noqa: N812
from sklearn.metrics import roc_auc_score
from torch import nn

from models.networks import TileNetwork
from training.data.tile_set import TileSet
from training.tiles.augmentation import augment
from training.tiles.options import FitOptions

log = structlog.get_logger()


@dataclass(frozen=True)
class Fit:
    """A fitted network and how it came about."""

    network: TileNetwork
    validation_auc: tuple[float, ...]
    """Of the averaged weights, an epoch each."""
    kept: tuple[int, ...]
    """Which epochs (from 1) were averaged."""


def predict(network: TileNetwork, tiles: npt.NDArray[np.uint8], batch: int = 128) -> npt.NDArray[np.float64]:
    """Logits (n,) of uint8 tiles (n, tile_px, tile_px, 3)."""
    network.eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(tiles), batch):
            parts.append(network(torch.from_numpy(tiles[start : start + batch])).double().numpy())
    return np.concatenate(parts)


def fit(network: TileNetwork, train: TileSet, validation: TileSet, options: FitOptions) -> Fit:
    """Fine-tune on `train`, choose epochs on `validation`. Changes the network it is given.

    Dropout draws from torch's own generator, which the caller seeds; all else from `options.seed`.
    """
    generator = torch.Generator().manual_seed(options.seed)
    network.to(memory_format=torch.channels_last)
    frozen = freeze_first_stages(network.net, options.frozen_stages)
    take_statistics(network, train, generator)
    averaged = copy.deepcopy(network)
    optimiser = _optimiser(network.net, options)
    steps = max(1, len(train) // options.batch)
    factor = _schedule(steps, options.epochs)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimiser, factor)
    states: list[tuple[float, int, dict[str, torch.Tensor]]] = []
    for epoch in range(1, options.epochs + 1):
        network.train()
        for module in frozen:
            module.eval()
        order = torch.randperm(len(train), generator=generator).numpy()
        total = 0.0
        for step in range(steps):
            rows = order[step * options.batch : (step + 1) * options.batch]
            loss = _loss(network, train.tiles[rows], train.labels[rows], options, generator)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.net.parameters(), 2.0)
            optimiser.step()
            scheduler.step()
            done = (epoch - 1) * steps + step
            _average(averaged, network, min(options.average_decay, (1 + done) / (10 + done)))
            total += float(loss.detach())
        auc = float(roc_auc_score(validation.labels, predict(averaged, validation.tiles)))
        states.append((auc, epoch, copy.deepcopy(averaged.net.state_dict())))
        log.info("epoch", epoch=epoch, loss=round(total / steps, 4), validation_auc=round(auc, 4))
    best = sorted(states, key=lambda state: -state[0])[: options.keep_epochs]
    network.net.load_state_dict(mean_of_states([state for _, _, state in best]))
    network.eval()
    return Fit(network, tuple(auc for auc, _, _ in states), tuple(sorted(epoch for _, epoch, _ in best)))


def freeze_first_stages(net: nn.Module, stages: int) -> list[nn.Module]:
    """Stop the stem and the first stages of an EfficientNet-like network from learning; returns what is frozen."""
    if stages == 0:
        return []
    blocks = net.get_submodule("blocks")
    frozen = [net.get_submodule("conv_stem"), net.get_submodule("bn1"), *list(blocks.children())[:stages]]
    for module in frozen:
        module.requires_grad_(requires_grad=False)
    return frozen


def take_statistics(network: TileNetwork, train: TileSet, generator: torch.Generator, tiles: int = 1536) -> None:
    """Replace ImageNet's means and variances in the normalisation layers by those of our own tiles."""
    layers = [m for m in network.net.modules() if isinstance(m, nn.BatchNorm2d)]
    momenta = [layer.momentum for layer in layers]
    network.train()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
    rows = torch.randperm(len(train), generator=generator)[:tiles].numpy()
    with torch.no_grad():
        for start in range(0, len(rows), 64):
            chosen = rows[start : start + 64]
            if len(chosen) > 1 or start == 0:
                network(torch.from_numpy(train.tiles[chosen]))
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum


def mean_of_states(states: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The mean of several states of one network; counters are taken from the first."""
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in states[0].items()
    }


def _optimiser(net: nn.Module, options: FitOptions) -> torch.optim.Optimizer:
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in net.named_parameters():
        if parameter.requires_grad:
            groups.setdefault((name.startswith("classifier"), parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "lr": options.learning_rate * (4 if head else 1),
                "weight_decay": options.weight_decay if decays else 0.0,
            }
            for (head, decays), parameters in groups.items()
        ]
    )


def _schedule(steps: int, epochs: int) -> Callable[[int], float]:
    total = max(2, steps * epochs)
    warm = max(1, min(steps, total // 4))

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))

    return factor


def _loss(
    network: TileNetwork,
    tiles: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    options: FitOptions,
    generator: torch.Generator,
) -> torch.Tensor:
    images = augment(torch.from_numpy(tiles), network.input_px, options.augmentation, generator)
    target = torch.from_numpy(labels).float()
    target = target * (1 - options.label_smoothing) + 0.5 * options.label_smoothing
    if options.mixup > 0:
        seed = int(torch.randint(2**31, (1,), generator=generator))
        share = torch.from_numpy(
            np.random.default_rng(seed).beta(options.mixup, options.mixup, len(labels)).astype(np.float32)
        )
        partner = torch.randperm(len(labels), generator=generator)
        images = torch.lerp(images[partner], images, share.view(-1, 1, 1, 1))
        target = torch.lerp(target[partner], target, share)
    logits = network.score_images(images)
    weight = torch.tensor(options.positive_weight)
    return F.binary_cross_entropy_with_logits(logits, target, pos_weight=weight)


@torch.no_grad()
def _average(averaged: TileNetwork, network: TileNetwork, decay: float) -> None:
    current = network.net.state_dict()
    for name, value in averaged.net.state_dict().items():
        if value.is_floating_point():
            value.lerp_(current[name], 1 - decay)
        else:
            value.copy_(current[name])
