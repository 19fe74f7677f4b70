"""Fits the members of a slide head side by side, each with its own held-out bags. Needs the `torch` extra.

All members are one network with stacked weights (torch.func): a step of all of them costs little more than a step of
one, and adds no arithmetic between them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from models.heads.networks import Head, Pooled, make_head
from training.errors import TrainingError
from training.heads.head_options import HeadOptions

_INSTANCES_AT_ONCE = 200_000


@dataclass(frozen=True)
class BagTable:
    """Instances of all bags in one table, and where each bag's lie."""

    instances: Tensor
    """float32 (n, size)."""
    rows: Tensor
    """int64 (bags, places): which instances are the bag's."""
    real: Tensor
    """bool (bags, places): False where a shorter bag is filled up."""
    labels: Tensor
    """float32 (bags,)."""

    def batch(self, bags: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Only the instances of some bags, and where theirs lie."""
        real = self.real[bags]
        real = real[:, : int(real.sum(1).max())]
        needed, rows = self.rows[bags][:, : real.shape[1]].unique(return_inverse=True)  # type: ignore[no-untyped-call]
        return self.instances[needed], rows, real


@dataclass(frozen=True)
class FittedMembers:
    """Heads with their best weights, and what each one says of every bag."""

    heads: list[Head]
    logits: npt.NDArray[np.float64]
    """(members, bags)"""


def table_of(instances: list[Tensor], labels: npt.NDArray[np.int64]) -> BagTable:
    """Puts bags (n_i, size) into one table; instances that are alike, as built bags have, stand there once."""
    lengths = torch.tensor([len(bag) for bag in instances])
    real = torch.arange(int(lengths.max()))[None] < lengths[:, None]
    every = torch.cat(instances)
    raw = np.ascontiguousarray(every.numpy()).view(np.dtype((np.void, every.shape[1] * every.itemsize)))
    _, first, place = np.unique(raw.ravel(), return_index=True, return_inverse=True)
    rows = torch.zeros(real.shape, dtype=torch.int64)
    rows[real] = torch.from_numpy(place)
    return BagTable(every[torch.from_numpy(first)], rows, real, torch.from_numpy(labels).float())


def fit_members(
    table: BagTable, fitted: npt.NDArray[np.bool_], held_out: npt.NDArray[np.bool_], options: HeadOptions
) -> FittedMembers:
    """Fits one member a row of `fitted` (members, bags), and keeps its epoch of the least loss on `held_out`.

    Bags of both classes weigh the same in sum. The same options and bags give the same weights on one machine.
    Raises TrainingError: a member's bags, fitted or held out, are of one class only; or the loss is no number.
    """
    weights, judged = _weights(fitted, table.labels, "fitted"), _weights(held_out, table.labels, "held-out")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        size = table.instances.shape[1]
        heads = [
            make_head(options.kind, size, options.hidden, options.dropout, options.top_share)
            for _ in range(len(fitted))
        ]
        return _Fitting(table, heads, options).run(weights, judged)


class _Fitting:
    """One run: the members' stacked weights, and the best ones so far."""

    def __init__(self, table: BagTable, heads: list[Head], options: HeadOptions) -> None:
        self._table, self._heads, self._options = table, heads, options
        stacked, _ = stack_module_state(heads)
        self._weights = {name: weight.detach().requires_grad_() for name, weight in stacked.items()}
        self._best = {name: weight.detach().clone() for name, weight in stacked.items()}
        self._least = torch.full((len(heads),), torch.inf)

    def run(self, weights: Tensor, judged: Tensor) -> FittedMembers:
        """weights, judged: (members, bags), how much each bag counts in fitting and in choosing the epoch."""
        options = self._options
        optimiser = torch.optim.AdamW(
            self._weights.values(), lr=options.learning_rate, weight_decay=options.weight_decay
        )
        without_gain = 0
        for _ in range(options.epochs):
            order = torch.randperm(len(self._table.labels))
            for start in range(0, len(order), options.batch):
                bags = order[start : start + options.batch]
                if weights[:, bags].sum() > 0:
                    optimiser.zero_grad()
                    self._loss(self._say(bags, self._weights, training=True), bags, weights).sum().backward()  # type: ignore[no-untyped-call]
                    optimiser.step()
            without_gain = 0 if self._keep_best(judged) else without_gain + 1
            if without_gain == options.patience:
                break
        return self._result()

    def _say(self, bags: Tensor, weights: dict[str, Tensor], *, training: bool) -> Tensor:
        """Logits (members, streams, bags)."""
        head = self._heads[0].train(training)

        def one(own: dict[str, Tensor], instances: Tensor, rows: Tensor, real: Tensor) -> Tensor:
            said: Pooled = functional_call(head, own, (instances, rows, real))
            return said.logits

        every = vmap(one, in_dims=(0, None, None, None), randomness="different")
        said: Tensor = every(weights, *self._table.batch(bags))
        return said

    def _loss(self, said: Tensor, bags: Tensor, weights: Tensor) -> Tensor:
        """Mean cross-entropy of each member (members,), over its streams and, weighted, over its bags."""
        target = self._table.labels[bags].expand_as(said)
        loss = cross_entropy(said, target, reduction="none").mean(1)
        counts = weights[:, bags]
        return (loss * counts).sum(1) / counts.sum(1).clamp(min=1e-9)

    def _all(self, weights: dict[str, Tensor]) -> Tensor:
        """Every bag's logits (members, streams, bags), without dropout."""
        with torch.no_grad():
            count, places = self._table.rows.shape
            step = max(1, _INSTANCES_AT_ONCE // places)
            parts = (torch.arange(start, min(start + step, count)) for start in range(0, count, step))
            return torch.cat([self._say(bags, weights, training=False) for bags in parts], dim=2)

    def _keep_best(self, judged: Tensor) -> bool:
        """Keeps the weights of the members that have never done better; whether there is one."""
        said = self._all(self._weights).mean(1, keepdim=True)
        loss = self._loss(said, torch.arange(len(self._table.labels)), judged)
        if not torch.isfinite(loss).all():
            raise TrainingError("The loss of a head is no number: the learning rate is too high, or a bag holds NaN.")
        better = loss < self._least
        self._least = torch.where(better, loss, self._least)
        for name, weight in self._weights.items():
            self._best[name][better] = weight.detach()[better]
        return bool(better.any())

    def _result(self) -> FittedMembers:
        logits = self._all(self._best).mean(1).double().numpy()
        for number, head in enumerate(self._heads):
            head.load_state_dict({name: weight[number] for name, weight in self._best.items()})
            head.eval()
        return FittedMembers(self._heads, logits)


def _weights(chosen: npt.NDArray[np.bool_], labels: Tensor, what: str) -> Tensor:
    """(members, bags): 0 where not chosen, else so that each class sums to the same, and all to the bags' number."""
    mask = torch.from_numpy(chosen).float()
    sums = [(mask * (labels == label)).sum(1, keepdim=True) for label in (0, 1)]
    if any(bool((total == 0).any()) for total in sums):
        raise TrainingError(
            f"The {what} bags of a member are all of one class. Give more bags of the rarer class, or fewer members."
        )
    share = torch.where(labels == 1, 1 / sums[1], 1 / sums[0]) / 2
    return mask * share * mask.sum(1, keepdim=True)
