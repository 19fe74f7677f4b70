"""What Forrang says of one slide: its state, its score, its quality, and how all that came about."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from inference.quality.checks import Quality

Status = Literal["scored", "rejected", "failed"]
"""scored: a score that counts; rejected: people must look or mend first; failed: could not be read."""

Setting = str | int | float | None


class Trace(BaseModel):
    """Everything needed to trace a score back to what it was made from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slide_sha256: str | None
    """SHA-256 of the file's bytes; None where not even they could be read."""
    weights_sha256: str
    software: str
    """Forrang's own version."""
    settings: dict[str, Setting]
    scored_at_utc: datetime


class SlideResult(BaseModel):
    """One slide's result. The first fields are the contract of `forrang score --json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slide: str
    """The file's name, without its folder."""
    status: Status
    score: float | None = Field(ge=0, le=1)
    """Calibrated slide score by `rule`; None unless scored."""
    flagged: bool | None
    """Whether the score reaches the model's slide threshold; None unless scored."""
    model: str
    """name@version"""
    tiles: int
    failed_tiles: int
    tissue_mm2: float | None
    mpp: float | None
    """um per px of the slide's level 0, as used."""
    seconds: float
    """Wall-clock seconds from opening the slide to the whole result."""
    quality: Quality | None
    reason: str | None
    """What a person has to know or do, where there is such a thing."""
    result: str | None
    """The folder that holds the whole result; None where it could not be written."""

    rule: str | None
    """How the score is built from the tiles, in a sentence."""
    threshold: float | None
    unsure: bool | None = None
    """Whether the score is neither flagged nor low enough to be sure (models.conformal): look, whatever `flagged` says.
    None unless scored, and where the model's manifest holds no such range."""
    width: int | None
    height: int | None
    """Level-0 px."""
    mpp_source: str | None
    trace: Trace
