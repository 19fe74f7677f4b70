"""From tile scores to the slide's score: a named rule, then the calibration that makes it a probability."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from models.manifest import Manifest
from models.slide_rules import RULES

_EDGE = 1e-6
"""Keeps the log-odds of a mean probability of exactly 0 or 1 finite."""


@dataclass(frozen=True)
class SlideScore:
    """A slide's calibrated score, whether it reaches the threshold, and what it means."""

    value: float
    flagged: bool
    threshold: float
    rule: str


def slide_score(probabilities: npt.NDArray[np.float64], manifest: Manifest) -> SlideScore:
    """Scores a slide from its tiles' calibrated probabilities, shape (n,), n >= 1.

    Raises ValueError where there are no tiles.
    """
    if probabilities.size == 0:
        raise ValueError("a slide without a single scored tile has no score")
    rule = manifest.slide_rule
    tile_area_mm2 = (manifest.tile_px * manifest.mpp / 1000) ** 2
    raw = RULES[rule.name](probabilities, tile_area_mm2, rule.area_mm2)
    log_odds = logit(np.clip(np.array([raw]), _EDGE, 1 - _EDGE))
    value = float(rule.calibration.probability(log_odds)[0])
    sentence = (
        f"{rule.name}: the mean probability of {manifest.positive} over the {rule.area_mm2:g} mm² of tissue "
        "that look most like it, calibrated on built bags of tiles"
    )
    return SlideScore(value, value >= rule.threshold.value, rule.threshold.value, sentence)
