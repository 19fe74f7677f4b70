"""The heatmap lies where the tiles lie, and shows what is not known as not known."""

import numpy as np

from inference.heatmap import RAMP, colours, draw_heatmap


def test_the_ramp_runs_through_its_stops() -> None:
    for stop, colour in RAMP:
        assert tuple(colours(np.array([stop]))[0]) == colour


def test_each_tile_is_painted_where_it_lies_and_nothing_else_is() -> None:
    image = draw_heatmap(
        np.array([0.0, 100.0]), np.array([0.0, 50.0]), 50.0, np.array([0.0, 1.0]), (200, 100), (100, 50)
    )
    assert image.shape == (50, 100, 4)
    assert (image[:25, :25, 3] == 255).all()
    assert tuple(image[0, 0, :3]) == RAMP[0][1]
    assert tuple(image[30, 60, :3]) == RAMP[-1][1]
    assert int((image[..., 3] == 255).sum()) == 2 * 25 * 25


def test_a_failed_tile_is_grey_and_not_low() -> None:
    image = draw_heatmap(np.array([0.0]), np.array([0.0]), 10.0, np.array([np.nan]), (10, 10), (10, 10))
    assert tuple(image[5, 5]) == (128, 128, 128, 255)


def test_where_tiles_overlap_the_highest_score_is_seen() -> None:
    x, y, scores = np.array([0.0, 5.0]), np.array([0.0, 0.0]), np.array([1.0, 0.0])
    image = draw_heatmap(x, y, 10.0, scores, (20, 10), (20, 10))
    assert tuple(image[5, 7, :3]) == RAMP[-1][1]


def test_a_tile_smaller_than_a_pixel_still_shows() -> None:
    image = draw_heatmap(np.array([500.0]), np.array([500.0]), 1.0, np.array([1.0]), (1000, 1000), (10, 10))
    assert int((image[..., 3] == 255).sum()) == 1
