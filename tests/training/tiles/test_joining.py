"""The weight of a tile's surroundings, fitted where it is known what it should be."""

import numpy as np
import pytest

from models.surroundings import Layout, neighbours
from training.tiles.joining import fit_surroundings

SIDE = 40
TILE_UM, SIGMA_UM = 200.0, 400.0


def slides(weight: float) -> tuple[np.ndarray, np.ndarray, Layout]:
    """Logits and labels of 12 slides whose labels follow tile and neighbours, the neighbours with this weight."""
    rng = np.random.default_rng(3)
    corners = np.array([(x, y) for x in range(SIDE) for y in range(SIDE)] * 12, dtype=np.float64)
    layout = Layout(corners, np.repeat([f"{n}" for n in range(12)], SIDE * SIDE))
    logits = rng.normal(-1, 1.5, len(corners))
    said = neighbours(logits - logits.mean(), layout, SIGMA_UM / TILE_UM)
    labels = (rng.random(len(corners)) < 1 / (1 + np.exp(-(logits + weight * said)))).astype(np.int64)
    return logits, labels, layout


def test_the_weight_that_made_the_labels_is_found() -> None:
    found = fit_surroundings(*slides(4.0), SIGMA_UM, TILE_UM)
    assert found is not None
    assert found.weight == pytest.approx(4.0, rel=0.15)
    assert found.sigma_um == SIGMA_UM


def test_its_probabilities_are_as_frequent_as_they_say() -> None:
    logits, labels, layout = slides(4.0)
    found = fit_surroundings(logits, labels, layout, SIGMA_UM, TILE_UM)
    assert found is not None
    said = found.probability(logits, layout, TILE_UM)
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        band = (said >= low) & (said < low + 0.2)
        assert labels[band].mean() == pytest.approx(said[band].mean(), abs=0.03)


def test_neighbours_that_speak_against_a_tile_are_not_joined() -> None:
    assert fit_surroundings(*slides(-4.0), SIGMA_UM, TILE_UM) is None
