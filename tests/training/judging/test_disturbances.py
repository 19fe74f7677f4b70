"""Changed pictures: nothing at strength none, more at more, and each the change that it says."""

import numpy as np
import pytest
from scipy import ndimage

from tests.support.made_tiles import made_tiles
from training.data.tile_set import TileSet
from training.judging.disturbances import (
    DISTURBANCES,
    Disturbance,
    out_of_focus,
    stain_shift,
    wrong_resolution,
)


def change_of(disturbance: Disturbance, strength: float) -> float:
    tiles = made_tiles(px=24)
    changed = disturbance.change(tiles, strength, 0.5)
    assert changed.shape == tiles.tiles.shape
    assert changed.dtype == np.uint8
    return float(np.abs(changed.astype(float) - tiles.tiles).mean())


@pytest.mark.parametrize("disturbance", DISTURBANCES, ids=lambda one: one.name)
def test_the_first_strength_changes_next_to_nothing_and_the_others_do(disturbance: Disturbance) -> None:
    first, *others = disturbance.strengths
    none = change_of(disturbance, first)
    assert none < 1
    assert all(change_of(disturbance, strength) > none + 0.5 for strength in others)


def test_a_stain_is_shifted_once_a_patient() -> None:
    one = made_tiles(patients=1, of_each=2).tiles[:1]
    tiles = TileSet(np.repeat(one, 4, axis=0), np.array([0, 1, 0, 1]), np.array(["a", "a", "b", "b"]))
    changed = stain_shift(tiles, 0.3, 1.0)
    assert (changed[0] == changed[1]).all()
    assert (changed[2] == changed[3]).all()
    assert (changed[0] != changed[2]).any()


def test_blur_is_measured_in_tissue_and_not_in_pixels() -> None:
    tiles = made_tiles()
    expected = ndimage.gaussian_filter(tiles.tiles[0], (2, 2, 0))
    assert (out_of_focus(tiles, 4.0, 2.0)[0] == expected).all()
    assert (out_of_focus(tiles, 2.0, 1.0) == out_of_focus(tiles, 4.0, 2.0)).all()


def test_colours_do_not_run_from_tile_to_tile() -> None:
    tiles = made_tiles()
    black = TileSet(tiles.tiles.copy(), tiles.labels, tiles.patients)
    black.tiles[1] = 0
    for disturbance in DISTURBANCES:
        changed = disturbance.change(black, disturbance.strengths[-1], 1.0)
        plain = disturbance.change(tiles, disturbance.strengths[-1], 1.0)
        assert (changed[0] == plain[0]).all(), disturbance.name


def test_a_wrong_resolution_shows_a_middle_line_thinner_or_thicker() -> None:
    tile = np.full((1, 40, 40, 3), 255, np.uint8)
    tile[:, :, 15:25] = 0
    tiles = TileSet(tile, np.array([1]), np.array(["a"]))
    middle = {factor: wrong_resolution(tiles, factor, 1.0)[0, 20, 10:30, 0] for factor in (0.5, 2.0)}
    width = {factor: int((line < 128).sum()) for factor, line in middle.items()}
    assert width[0.5] == 20
    assert width[2.0] in {4, 5, 6}
