"""Everything that changes while a network is fitted, and its way into a checkpoint and back, bit by bit."""

import copy
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import nn

from models.networks import TileNetwork
from training.errors import TrainingError
from training.tiles.checkpoints import Progress, write_checkpoint
from training.tiles.options import FitOptions

HEAD_SPEED = 4
"""The new head learns so many times as fast as the body."""


class TrainingState:
    """A network in training, the running mean of its weights, the optimiser, and the epochs kept so far."""

    def __init__(self, network: TileNetwork, options: FitOptions, progress: Progress, *, fp16: bool) -> None:
        self.network = network
        self.averaged = copy.deepcopy(network).requires_grad_(requires_grad=False)
        self.optimiser = _optimiser(network.net, options)
        self.scaler = torch.amp.GradScaler(network.mean.device.type, enabled=fp16)
        self.kept: dict[int, dict[str, torch.Tensor]] = {}
        self.progress = progress

    def advance(self, **changes: Any) -> None:
        """Put new values into `progress`."""
        self.progress = self.progress.model_copy(update=changes)

    def save(self, path: Path) -> None:
        """Write a checkpoint. Raises TrainingError: it cannot be written; the last one stays."""
        self.advance(scaler=self.scaler.state_dict(), kept=tuple(sorted(self.kept)))
        # Copies: safetensors refuses tensors that share memory or lie in channels-last order.
        tensors = {name: value.detach().cpu().contiguous().clone() for name, value in self._tensors()}
        write_checkpoint(path, self.progress, tensors)

    def load(self, path: Path, progress: Progress) -> None:
        """Become what was saved. Raises TrainingError: the file does not fit this network."""
        self.progress = progress
        self.kept = {epoch: _like(self.averaged.net.state_dict()) for epoch in progress.kept}
        with safe_open(path, "pt") as file, torch.no_grad():
            found = set(file.keys())
            if any(name.startswith("optimiser/") for name in found):  # not before the first step
                self._make_moments()
            wanted = dict(self._tensors())
            for name in sorted(wanted.keys() | found):
                value = file.get_tensor(name) if name in found else None
                if value is None or name not in wanted or value.shape != wanted[name].shape:
                    raise TrainingError(f"{path}: this checkpoint is of another network ({name} does not fit).")
                wanted[name].copy_(value)
        if self.scaler.is_enabled():
            self.scaler.load_state_dict(dict(progress.scaler))

    def _learning(self) -> list[nn.Parameter]:
        return [weight for group in self.optimiser.param_groups for weight in group["params"]]

    def _make_moments(self) -> None:
        for weight in self._learning():
            zeros = {name: torch.zeros_like(weight, memory_format=torch.preserve_format) for name in _MOMENTS}
            self.optimiser.state[weight] = {"step": torch.zeros(()), **zeros}

    def _tensors(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Every tensor under the name that it has in the file."""
        parts = {"network": self.network.net.state_dict(), "averaged": self.averaged.net.state_dict()}
        parts |= {f"kept/{epoch}": state for epoch, state in self.kept.items()}
        for part, state in parts.items():
            for name, value in state.items():
                yield f"{part}/{name}", value
        for number, weight in enumerate(self._learning()):
            for name, value in self.optimiser.state[weight].items():
                yield f"optimiser/{number}/{name}", value

    def set_speed(self, factor: float) -> None:
        """Set the learning rates to this share of their highest."""
        for group in self.optimiser.param_groups:
            group["lr"] = group["highest"] * factor

    @torch.no_grad()
    def average(self, decay: float) -> None:
        """Draw the running mean of the weights towards them."""
        current = self.network.net.state_dict()
        for name, value in self.averaged.net.state_dict().items():
            if value.is_floating_point():
                value.lerp_(current[name], 1 - decay)
            else:
                value.copy_(current[name])

    def keep_best(self, epochs: int) -> None:
        """Keep the averaged weights of the epoch just finished, if it is among the best; of equals the earlier."""
        aucs = self.progress.aucs
        self.kept[len(aucs)] = copy.deepcopy(self.averaged.net.state_dict())
        best = sorted(self.kept, key=lambda epoch: (-aucs[epoch - 1], epoch))[:epochs]
        self.kept = {epoch: self.kept[epoch] for epoch in sorted(best)}


_MOMENTS = ("exp_avg", "exp_avg_sq")


def speed(step: int, steps: int, epochs: int) -> float:
    """Share of the highest learning rate at this step (from 0) of all: an epoch of warm-up, then a cosine to zero."""
    total = max(2, steps * epochs)
    warm = max(1, min(steps, total // 4))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))


def mean_of_states(states: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The mean of several states of one network; counters are taken from the first."""
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in states[0].items()
    }


def _like(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: torch.empty_like(value) for name, value in state.items()}


def _optimiser(net: nn.Module, options: FitOptions) -> torch.optim.Optimizer:
    head = {id(weight) for weight in net.get_classifier().parameters()}  # type: ignore[operator]
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for weight in net.parameters():
        if weight.requires_grad:
            groups.setdefault((id(weight) in head, weight.ndim > 1), []).append(weight)
    return torch.optim.AdamW(
        [
            {
                "params": weights,
                "lr": options.learning_rate,
                "highest": options.learning_rate * (HEAD_SPEED if of_head else 1),
                "weight_decay": options.weight_decay if decays else 0.0,
            }
            for (of_head, decays), weights in groups.items()
        ]
    )
