"""What a run of the pipeline scores slides with, and where it puts the results."""

from dataclasses import dataclass
from pathlib import Path

from inference.engines.engine import Engine
from inference.settings import ScoreSettings
from models.registry import Model


@dataclass(frozen=True)
class Job:
    """One model on one engine, its settings, and the folder that results go to."""

    model: Model
    engine: Engine
    out: Path
    settings: ScoreSettings
