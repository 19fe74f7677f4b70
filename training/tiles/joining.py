"""How much a tile's surroundings weigh against the tile itself: fitted on tiles that the network did not learn from."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from models.calibration import CalibrationKind, fit_calibration
from models.surroundings import Floats, Layout, Surroundings, join, neighbours
from training.judging.measures import Ints

FREE = 1e6
"""Inverse strength of the penalty: two weights and thousands of tiles need none."""


def fit_surroundings(
    logits: Floats,
    labels: Ints,
    layout: Layout,
    sigma_um: float,
    tile_um: float,
    kind: CalibrationKind = "platt",
    weights: Floats | None = None,
) -> Surroundings | None:
    """The weight with the greatest likelihood, and the calibration of the joint logit; None where neighbours tell less.

    Args:
        logits: (n,) of the tiles by themselves.
        labels: (n,) 1 or 0.
        layout: where they lie.
        sigma_um: how far neighbours reach, um.
        tile_um: side of a tile, um.
        kind: of the calibration.
        weights: (n,) how much each tile counts for the calibration; all the same by default.
    """
    centre = float(np.mean(logits))
    said = neighbours(logits - centre, layout, sigma_um / tile_um)
    own, others = LogisticRegression(C=FREE).fit(np.column_stack([logits, said]), labels).coef_[0]
    if own <= 0 or others <= 0:
        return None
    weight = float(others / own)
    calibration = fit_calibration(kind, join(logits, said, weight), labels, weights)
    return Surroundings(sigma_um=sigma_um, weight=weight, centre=centre, calibration=calibration)
