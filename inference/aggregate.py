"""From tile scores to the slide's score: a named rule, then the calibration that makes it a probability."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.conformal import reading
from models.manifest import Manifest
from models.slide_rules import slide_probability


@dataclass(frozen=True)
class SlideScore:
    """A slide's calibrated score, whether it reaches the threshold, and what it means."""

    value: float
    flagged: bool
    unsure: bool | None
    """Whether the score is neither flagged nor low enough to be sure; None where the manifest says nothing of that."""
    threshold: float
    rule: str


def slide_score(probabilities: npt.NDArray[np.float64], manifest: Manifest) -> SlideScore:
    """Scores a slide from its tiles' calibrated probabilities, shape (n,), n >= 1.

    Raises ValueError where there are no tiles.
    """
    rule = manifest.slide_rule
    value = slide_probability(probabilities, manifest.tile_area_mm2, rule)
    sentence = (
        f"{rule.name}: the mean probability of {manifest.positive} over the {rule.area_mm2:g} mm² of tissue "
        "that look most like it, calibrated on built bags of tiles"
    )
    told = reading(value, rule.threshold.value, rule.unsure)
    unsure = None if rule.unsure is None else told == "unsure"
    return SlideScore(value, told == "flagged", unsure, rule.threshold.value, sentence)
