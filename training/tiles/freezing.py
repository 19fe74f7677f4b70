"""The first stages of a network, which know edges and colours already, and the statistics they get from our tiles."""

import torch
from timm.models import group_modules, group_parameters
from torch import nn

from models.networks import TileNetwork
from training.data.tile_set import TileSet
from training.errors import TrainingError
from training.tiles.keyed_random import Purpose, keyed_generator

STATISTICS_TILES = 1536


def freeze_first_stages(net: nn.Module, stages: int) -> list[nn.Module]:
    """Stop the stem and the first stages of a timm network from learning; returns the frozen modules.

    Raises TrainingError: the network does not say what its stages are.
    """
    if stages == 0:
        return []
    matcher = getattr(net, "group_matcher", None)
    if matcher is None:
        raise TrainingError("fit.frozen_stages: this network does not say what its stages are. Set it to 0.")
    groups = group_modules(net, matcher(coarse=True))
    learning = [name for group, names in groups.items() if group > stages for name in names]
    still = [name for group, names in groups.items() if group <= stages for name in names]
    frozen = [
        module
        for name, module in net.named_modules()
        if any(_inside(leaf, name) for leaf in still) and not any(_inside(leaf, name) for leaf in learning)
    ]
    weights = dict(net.named_parameters())
    for group, names in group_parameters(net, matcher(coarse=True)).items():
        for name in names if group <= stages else []:
            weights[name].requires_grad = False
    return frozen


def _inside(leaf: str, name: str) -> bool:
    """Whether a module is the named one or a part of it."""
    return leaf == name or leaf.startswith(f"{name}.") or not name


def take_statistics(network: TileNetwork, train: TileSet, seed: int) -> None:
    """Replace ImageNet's means and variances in the normalisation layers by those of our own tiles."""
    layers = [m for m in network.net.modules() if isinstance(m, nn.BatchNorm2d)]
    momenta = [layer.momentum for layer in layers]
    network.train()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
    generator = keyed_generator(seed, Purpose.STATISTICS)
    rows = torch.randperm(len(train), generator=generator)[:STATISTICS_TILES].numpy()
    with torch.no_grad():
        for start in range(0, len(rows), 64):
            chosen = rows[start : start + 64]
            if len(chosen) > 1 or start == 0:
                network(torch.from_numpy(train.tiles[chosen]).to(network.mean.device))
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
