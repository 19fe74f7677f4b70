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

    def inputs(self, slide_sha256: str, mpp: float | None) -> dict[str, object]:
        """All that decides the result of a slide with these bytes, read at `mpp` um per level-0 px."""
        scoring = {"name", "version", "tile_px", "mpp", "calibration", "surroundings", "threshold", "slide_rule"}
        return {
            "slide": slide_sha256,
            "slide_mpp": mpp,
            "weights": self.engine.weights_sha256,
            "model": self.model.manifest.model_dump(mode="json", include=scoring),
            "settings": self.settings.as_record(),
        }
