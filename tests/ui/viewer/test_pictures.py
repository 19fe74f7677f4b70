"""The heatmap over the thumbnail: what opacity means at its ends, and that regions are drawn where they lie."""

import numpy as np
import pytest
from PIL import Image

from inference.heatmap import RAMP
from ui.viewer.pictures import compose, outline, ramp_css
from ui.viewer.regions import Region

PINK = (230, 170, 200)
RED = (215, 48, 39)


@pytest.fixture
def thumbnail() -> Image.Image:
    return Image.new("RGB", (200, 100), PINK)


@pytest.fixture
def left_half_red() -> Image.Image:
    layer = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    layer.paste((*RED, 255), (0, 0, 100, 100))
    return layer


def test_without_opacity_the_slide_is_shown_as_it_is(thumbnail: Image.Image, left_half_red: Image.Image) -> None:
    assert np.array_equal(np.asarray(compose(thumbnail, left_half_red, 0, 500)), np.asarray(thumbnail))


def test_full_opacity_hides_the_slide_only_where_there_are_tiles(
    thumbnail: Image.Image, left_half_red: Image.Image
) -> None:
    picture = compose(thumbnail, left_half_red, 1, 500)
    assert picture.getpixel((20, 50)) == RED
    assert picture.getpixel((180, 50)) == PINK


def test_half_opacity_lies_half_way(thumbnail: Image.Image, left_half_red: Image.Image) -> None:
    pixel = np.array(compose(thumbnail, left_half_red, 0.5, 500).getpixel((20, 50)))
    assert np.abs(pixel - (np.array(PINK) + RED) / 2).max() <= 1.5


def test_a_large_thumbnail_is_shrunk_in_proportion_and_left_untouched_itself(thumbnail: Image.Image) -> None:
    assert compose(thumbnail, None, 0, 50).size == (50, 25)
    assert thumbnail.size == (200, 100)


def test_an_opacity_beyond_its_range_is_refused(thumbnail: Image.Image) -> None:
    with pytest.raises(ValueError, match="opacity"):
        compose(thumbnail, None, 1.2, 50)


def test_a_region_is_outlined_where_it_lies_on_the_slide(thumbnail: Image.Image) -> None:
    square = ((1000.0, 400.0), (1600.0, 400.0), (1600.0, 800.0), (1000.0, 800.0), (1000.0, 400.0))
    drawn = np.asarray(outline(thumbnail, [Region(1, 0.9, 4, square)], (2000, 1000))).astype(int)
    changed = np.abs(drawn - PINK).sum(axis=2) > 0
    rows, columns = np.nonzero(changed)
    assert rows.max() <= 80 + 3
    assert columns.min() >= 100 - 3
    assert changed[40:80, 158:162].any(axis=1).all()
    assert not np.abs(np.asarray(thumbnail).astype(int) - PINK).any()


def test_the_legend_shows_the_ramps_own_colours() -> None:
    for _, (r, g, b) in RAMP:
        assert f"rgb({r} {g} {b})" in ramp_css()
