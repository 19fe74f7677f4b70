"""The worst misses are the worst, worst first, and no patient fills the page."""

import io

import numpy as np
from PIL import Image

from tests.support.made_tiles import made_tiles
from training.judging.misses import worst_misses


def test_the_worst_come_first_and_two_of_a_patient_at_most() -> None:
    tiles = made_tiles()
    probabilities = np.linspace(0, 1, len(tiles))
    found = worst_misses(probabilities, tiles, 1, count=5)
    assert [miss.patient for miss in found] == ["p0", "p0", "p1", "p1", "p2"]
    assert [miss.probability for miss in found] == sorted(miss.probability for miss in found)
    alarms = worst_misses(probabilities, tiles, 0, count=100)
    assert len(alarms) == 16
    assert alarms[0].probability == max(probabilities[tiles.labels == 0])


def test_the_picture_is_the_tile() -> None:
    tiles = made_tiles()
    (miss,) = worst_misses(np.linspace(0, 1, len(tiles)), tiles, 1, count=1)
    assert (np.asarray(Image.open(io.BytesIO(miss.png))) == tiles.tiles[1]).all()
