"""Everything that decides how a slide head is fitted, checked before it starts. Needs no torch."""

from pydantic import BaseModel, ConfigDict, Field

from models.heads.head_manifest import HeadKind
from training.errors import TrainingError

KINDS: tuple[HeadKind, ...] = ("mean", "max", "top-share", "gated-attention", "dual-stream")

AXES = (8, 64)
"""How many principal axes are tried: few bags, or embeddings that know their own training tiles, want few. A."""


class HeadOptions(BaseModel):
    """One way to fit a head. The numbers are assumptions (A) that a choice between several can replace."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: HeadKind = "dual-stream"
    hidden: int = Field(default=64, ge=2)
    """Length of an encoded instance."""
    axes: int = Field(default=64, ge=1)
    """Instances longer than this are first turned onto this many principal axes: few bags cannot fit more."""
    top_share: float = Field(default=0.05, gt=0, le=1)
    """Of a bag's instances, for the kind `top-share`."""
    dropout: float = Field(default=0.25, ge=0, lt=1)
    learning_rate: float = Field(default=2e-3, gt=0)
    weight_decay: float = Field(default=0.01, ge=0)
    epochs: int = Field(default=60, ge=1)
    """At most; each member keeps its best epoch."""
    patience: int = Field(default=15, ge=1)
    """Fitting ends when no member's held-out loss has fallen for this many epochs."""
    batch: int = Field(default=32, ge=1)
    """Bags a step."""
    members: int = Field(default=5, ge=2, le=50)
    """Networks in the ensemble. Without a validation set, each one holds out another fold of the patients."""
    seed: int = Field(default=1, ge=0)


def options_of(kind: str, axes: tuple[int, ...], seed: int) -> tuple[HeadOptions, ...]:
    """What to choose from: one kind or "all", each with each number of axes. Raises TrainingError: no such kind."""
    kinds = [known for known in KINDS if kind in (known, "all")]
    if not kinds or not axes or min(axes) < 1:
        raise TrainingError(f"There is no head of kind {kind!r} with {axes} axes. Kinds: all, {', '.join(KINDS)}.")
    return tuple(HeadOptions(kind=known, axes=count, seed=seed) for known in kinds for count in axes)
