"""The tiles of a slide cover it once, at every level, whatever its size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.viewer.pyramid import TILE_PX, Cut, Pyramid


@given(st.integers(1, 300_000), st.integers(1, 300_000), st.integers(0, 19))
def test_the_tiles_of_a_level_cover_the_slide_and_end_there(width: int, height: int, down: int) -> None:
    pyramid = Pyramid(width, height)
    level = max(0, pyramid.last - down)
    downsample = 2 ** (pyramid.last - level)
    columns, rows = (-(-side // (TILE_PX * downsample)) for side in (width, height))
    last = pyramid.cut(level, columns - 1, rows - 1)
    assert last is not None
    assert 0 <= last.x + last.width * downsample - width < downsample
    assert 0 <= last.y + last.height * downsample - height < downsample
    assert 1 <= last.width <= TILE_PX
    assert pyramid.cut(level, columns, 0) is None
    assert pyramid.cut(level, 0, rows) is None


@pytest.mark.parametrize("place", [(-1, 0, 0), (11, 0, 0), (10, -1, 0), (10, 0, -1)])
def test_there_is_no_tile_outside(place: tuple[int, int, int]) -> None:
    assert Pyramid(1024, 768).cut(*place) is None


def test_the_first_level_is_one_px_and_the_last_the_slide() -> None:
    pyramid = Pyramid(1024, 768)
    assert pyramid.last == 10
    assert pyramid.cut(0, 0, 0) == Cut(0, 0, 1, 1, 1024)
    assert pyramid.cut(10, 1, 1) == Cut(512, 512, 512, 256, 1)
