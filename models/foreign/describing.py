"""What is said of an imported model: what a person knows of it, and that the rest is not known."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from models.calibration import Platt
from models.foreign.preparation import ForeignModelError, Preparation
from models.manifest import Manifest, SlideRule, Threshold, WeightFile, faults_of
from models.registry import sha256_of

AREA_MM2 = 0.4
"""Of the slide rule, as that of the first bundled model (A): no slide has said which area suits this one."""
NOT_CALIBRATED = (
    "Not calibrated here: its probabilities are those its maker's network gives, and were checked on no tile."
)
NOT_STATED = "Not stated when it was imported."


@dataclass(frozen=True)
class Described:
    """What only a person can say of a model that is imported."""

    name: str
    version: str
    mpp: float
    """um per px at which tiles are read."""
    classes: tuple[str, ...]
    """In the order of the network's outputs."""
    positive: tuple[str, ...]
    positive_means: str | None = None
    licence: str | None = None
    training_data: str | None = None

    def positions(self) -> tuple[int, ...]:
        """Numbers of the positive classes. Raises ForeignModelError naming the classes there are."""
        unknown = [name for name in self.positive if name not in self.classes]
        if unknown or not self.positive or len(set(self.positive)) >= max(2, len(self.classes)):
            raise ForeignModelError(
                f"{self.name}: --positive {', '.join(self.positive) or '(none)'} must be one or more, and not all, of: "
                f"{', '.join(self.classes)}."
            )
        return tuple(self.classes.index(name) for name in dict.fromkeys(self.positive))


def manifest_of(described: Described, how: Preparation, words: str, weights: Path) -> Manifest:
    """The manifest of an imported model, which says what is not known of it.

    words: on the network and where it is from. weights: the ONNX file that was made of it.

    Raises ForeignModelError naming the field that a manifest cannot hold.
    """
    try:
        return _manifest(described, how, words, weights)
    except ValidationError as error:
        raise ForeignModelError(f"{described.name}: {faults_of(error)}. Say it in another way.") from error


def _manifest(described: Described, how: Preparation, words: str, weights: Path) -> Manifest:
    positive = " or ".join(described.positive)
    rest = [name for name in described.classes if name not in described.positive]
    together = (*rest, positive) if rest else (f"not {positive}", positive)
    mean, std = how.levels
    none = Platt(slope=1.0, intercept=0.0)
    return Manifest(
        name=described.name,
        version=described.version,
        network=words,
        tile_px=how.tile_px,
        mpp=described.mpp,
        input_px=how.input_px,
        mean=mean,
        std=std,
        classes=together if len(described.positive) > 1 or not rest else described.classes,
        positive=positive,
        positive_means=described.positive_means or f"The tile looks like what the model's maker calls {positive}.",
        calibration=none,
        threshold=Threshold(value=0.5, chosen="half; no labelled tile has said which threshold suits."),
        slide_rule=SlideRule(
            name="top_area_mean",
            area_mm2=max(AREA_MM2, (how.tile_px * described.mpp / 1000) ** 2),
            calibration=none,
            threshold=Threshold(value=0.5, chosen="half; no slide has said which threshold suits."),
        ),
        training_data=described.training_data or NOT_STATED,
        licence=described.licence or NOT_STATED,
        intended_use="Research and trials of an imported model. Not for clinical use.",
        limits=(
            "Not for clinical use.",
            NOT_CALIBRATED,
            "Imported: what it was trained on, where it fails and how it was judged is its maker's to say.",
        ),
        files={"onnx-fp32": WeightFile(path=weights.name, sha256=sha256_of(weights))},
        default_kind="onnx-fp32",
    )
