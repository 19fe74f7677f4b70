"""How the tiles' probabilities become one number for the slide. Named, pure, and shared by training and scoring."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from models.calibration import log_odds
from models.manifest import SlideRule

Rule = Callable[[npt.ArrayLike, float, float], float]


def top_area_mean(probabilities: npt.ArrayLike, tile_area_mm2: float, area_mm2: float) -> float:
    """Mean probability over the `area_mm2` of tissue that looks worst.

    The mean is over the k tiles with the highest probabilities, k = max(1, round(area_mm2 / tile_area_mm2)), or
    over all where there are fewer. It depends neither on the tiles' order nor on how much benign tissue lies around.

    Args:
        probabilities: (n,) calibrated tile probabilities; n >= 1.
        tile_area_mm2: what one tile adds to the area looked at (the square of the stride, where tiles overlap).
        area_mm2: area to average over.

    Raises ValueError: no tiles, or an area that is not positive.
    """
    values = np.asarray(probabilities, dtype=np.float64).ravel()
    if values.size == 0:
        raise ValueError("a slide without scored tiles has no score")
    if tile_area_mm2 <= 0 or area_mm2 <= 0:
        raise ValueError(f"areas must be positive: tile {tile_area_mm2} mm2, rule {area_mm2} mm2")
    k = min(values.size, max(1, round(area_mm2 / tile_area_mm2)))
    return float(np.mean(np.partition(values, values.size - k)[values.size - k :]))


RULES: Mapping[str, Rule] = MappingProxyType({"top_area_mean": top_area_mean})


def slide_probability(probabilities: npt.ArrayLike, tile_area_mm2: float, rule: SlideRule) -> float:
    """The slide's calibrated score: sigmoid(slope * logit(rule's mean) + intercept)."""
    mean = RULES[rule.name](probabilities, tile_area_mm2, rule.area_mm2)
    return float(rule.calibration.probability(log_odds(mean)))
