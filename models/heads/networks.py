"""Networks that turn a bag of instances (a slide's tile embeddings) into one logit. Needs the `torch` extra.

Each takes all instances of several bags in one table, and for each bag the rows that are its own. So an instance is
encoded once however the bags are padded, and a slide is simply a batch of one bag.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from models.heads.head_manifest import HeadKind


class Pooled(NamedTuple):
    """What a head says of bags."""

    logits: Tensor
    """(streams, bags): each stream is trained on the label; their mean is the bag's logit."""
    attention: Tensor
    """(bags, places): how much of the answer came from each instance; sums to 1 over a bag, 0 where padded."""


class Head(nn.Module):
    """Encodes instances, then pools them; what a subclass adds is the pooling."""

    def __init__(self, size: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(size, hidden), nn.ReLU(), nn.Dropout(dropout))
        self.decide = nn.Linear(hidden, 1)

    def forward(self, instances: Tensor, rows: Tensor, real: Tensor) -> Pooled:
        """instances: float32 (n, size); rows: int64 (bags, places) into them; real: bool (bags, places)."""
        return self.pool(self.encoder(instances), rows, real)

    def pool(self, encoded: Tensor, rows: Tensor, real: Tensor) -> Pooled:
        """From encoded instances (n, hidden) to the bags' logits and attention."""
        raise NotImplementedError


class MeanHead(Head):
    """The mean instance decides: every instance counts the same."""

    def pool(self, encoded: Tensor, rows: Tensor, real: Tensor) -> Pooled:
        """See Head."""
        attention = real / real.sum(1, keepdim=True)
        return _decided(self.decide, encoded, rows, attention)


class TopHead(Head):
    """The mean logit of the highest instances decides: a share of them, at least one; a share of 0 is the maximum."""

    def __init__(self, size: int, hidden: int, dropout: float, share: float) -> None:
        super().__init__(size, hidden, dropout)
        self.share = share

    def pool(self, encoded: Tensor, rows: Tensor, real: Tensor) -> Pooled:
        """See Head."""
        scores = self.decide(encoded).squeeze(-1)[rows].masked_fill(~real, -torch.inf)
        count = (real.sum(1, keepdim=True) * self.share).round().clamp(min=1)
        order = scores.detach().argsort(dim=1, descending=True)
        highest = (torch.arange(rows.shape[1], device=rows.device) < count).float() / count
        attention = torch.zeros_like(highest).scatter(1, order, highest)
        return Pooled((scores.masked_fill(~real, 0.0) * attention).sum(1)[None], attention)


class GatedAttentionHead(Head):
    """ABMIL with the gate (Ilse, Tomczak, Welling 2018, eq. 9): attention = softmax(w' (tanh(V h) * sigmoid(U h)))."""

    def __init__(self, size: int, hidden: int, dropout: float) -> None:
        super().__init__(size, hidden, dropout)
        self.look, self.gate = nn.Linear(hidden, hidden // 2), nn.Linear(hidden, hidden // 2)
        self.weigh = nn.Linear(hidden // 2, 1)

    def pool(self, encoded: Tensor, rows: Tensor, real: Tensor) -> Pooled:
        """See Head."""
        scores = self.weigh(torch.tanh(self.look(encoded)) * torch.sigmoid(self.gate(encoded))).squeeze(-1)
        attention = scores[rows].masked_fill(~real, -torch.inf).softmax(1)
        return _decided(self.decide, encoded, rows, attention)


class DualStreamHead(Head):
    """The most suspicious instance decides, and so does the mean of those that look like it (Li, Li and Eliceiri 2021).

    attention = softmax(q_i . q_m / sqrt(size of q)) with m the instance of the highest logit.
    """

    def __init__(self, size: int, hidden: int, dropout: float) -> None:
        super().__init__(size, hidden, dropout)
        self.query, self.value = nn.Linear(hidden, hidden // 2), nn.Linear(hidden, hidden)
        self.decide_together = nn.Linear(hidden, 1)

    def pool(self, encoded: Tensor, rows: Tensor, real: Tensor) -> Pooled:
        """See Head."""
        scores = self.decide(encoded).squeeze(-1)[rows].masked_fill(~real, -torch.inf)
        top, place = scores.max(1, keepdim=True)
        queries = torch.tanh(self.query(encoded))
        critical = queries[rows.gather(1, place).squeeze(1)]
        alike = torch.einsum("bmh,bh->bm", queries[rows], critical) / queries.shape[-1] ** 0.5
        attention = alike.masked_fill(~real, -torch.inf).softmax(1)
        together = _decided(self.decide_together, self.value(encoded), rows, attention)
        return Pooled(torch.cat([top.squeeze(1)[None], together.logits]), attention)


def make_head(kind: HeadKind, size: int, hidden: int, dropout: float, top_share: float) -> Head:
    """A head with first weights from torch's random generator; `size` is an instance's length."""
    if kind == "mean":
        return MeanHead(size, hidden, dropout)
    if kind == "max":
        return TopHead(size, hidden, dropout, 0.0)
    if kind == "top-share":
        return TopHead(size, hidden, dropout, top_share)
    if kind == "gated-attention":
        return GatedAttentionHead(size, hidden, dropout)
    return DualStreamHead(size, hidden, dropout)


class Projection(nn.Module):
    """Instances as they come, centred, scaled and turned onto fewer axes: (x - mean) @ axes, fixed in training."""

    mean: Tensor
    axes: Tensor

    def __init__(self, mean: Tensor, axes: Tensor) -> None:
        """mean: (d,); axes: (d, size)."""
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("axes", axes)

    def forward(self, instances: Tensor) -> Tensor:
        """(n, d) to (n, size)."""
        return (instances - self.mean) @ self.axes


class HeadEnsemble(nn.Module):
    """A projection and several heads that were fitted alike: what is exported. Takes one bag."""

    def __init__(self, projection: Projection, members: list[Head]) -> None:
        super().__init__()
        self.projection = projection
        self.members = nn.ModuleList(members)

    def forward(self, bag: Tensor) -> tuple[Tensor, Tensor]:
        """bag: float32 (n, d), n >= 1; gives the logit (1,) and the attention (n,), both the members' mean."""
        instances = self.projection(bag)
        rows = torch.arange(bag.shape[0], device=bag.device)[None]
        said = [member(instances, rows, torch.ones_like(rows, dtype=torch.bool)) for member in self.members]
        logit = torch.stack([pooled.logits.mean(0) for pooled in said]).mean(0)
        return logit, torch.stack([pooled.attention[0] for pooled in said]).mean(0)


def _decided(decide: nn.Linear, encoded: Tensor, rows: Tensor, attention: Tensor) -> Pooled:
    """The logit of the attention's weighted mean. Each place's logit is weighted: the layer is linear."""
    values = decide(encoded).squeeze(-1)[rows]
    return Pooled((attention * values).sum(1)[None], attention)
