"""A tile has the label of what was drawn around most of it, and none where two classes meet."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from inference.errors import RegionError, ResolutionError
from inference.labelled_tiles import LabelledTile, Outlines, cut_labelled, tile_labels
from inference.slides.open import open_slide
from tests.support.slides import make_slide, spoil_stored_tile

EMPTY = shapely.Polygon()


def test_a_tile_is_of_a_class_only_where_enough_of_it_is_and_none_of_it_is_anothers() -> None:
    drawn = Outlines(shapely.box(0, 0, 25, 10), shapely.box(40, 0, 66, 10), shapely.box(69, 0, 70, 10))
    assert tile_labels(np.arange(0, 80, 10.0), 0.0, 10.0, drawn).tolist() == [1, 1, 1, -1, 0, 0, -1, -1]
    over = Outlines(drawn.positive, shapely.box(9, 0, 10, 10), drawn.ignore)
    assert tile_labels(np.array([0.0]), 0.0, 10.0, over).tolist() == [-1]


def test_the_rest_is_negative_only_where_no_region_touches_it_and_only_when_asked() -> None:
    drawn = Outlines(shapely.box(0, 0, 23, 10), EMPTY, shapely.box(69, 0, 70, 10), rest_negative=True)
    assert tile_labels(np.arange(0, 80, 10.0), 0.0, 10.0, drawn).tolist() == [1, 1, -1, 0, 0, 0, -1, 0]


def test_tiles_are_the_pixels_that_lie_there_and_a_spoilt_one_does_not_stop_the_others(tmp_path: Path) -> None:
    path = make_slide(tmp_path / "slide.tif")  # 0.5 um per px, stored in tiles of 256 px
    drawn = Outlines(shapely.box(256, 128, 768, 640), EMPTY, EMPTY)
    with open_slide(path) as slide:
        tiles = [tile for tile in cut_labelled(slide, drawn, 64, 1.0) if isinstance(tile, LabelledTile)]
        assert {tile.label for tile in tiles} == {1}
        assert {(tile.x, tile.y) for tile in tiles} == {
            (x, y) for x in (256, 384, 512, 640) for y in (128, 256, 384, 512)
        }
        assert (tiles[0].pixels == slide.read_region(tiles[0].x, tiles[0].y, 64, 64, 1.0)).all()
    spoil_stored_tile(path, 5)
    with open_slide(path) as slide:
        found = list(cut_labelled(slide, drawn, 64, 1.0))
    assert sum(isinstance(tile, RegionError) for tile in found) == 4
    assert sum(isinstance(tile, LabelledTile) for tile in found) == 12


def test_a_slide_of_unknown_resolution_gives_no_tiles(tmp_path: Path) -> None:
    with open_slide(make_slide(tmp_path / "slide.tif", mpp=None)) as slide, pytest.raises(ResolutionError):
        next(cut_labelled(slide, Outlines(shapely.box(0, 0, 512, 512), EMPTY, EMPTY), 64, 1.0))
