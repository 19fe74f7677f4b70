"""The heatmap over the thumbnail: what opacity means at its ends."""

import numpy as np
import pytest
from PIL import Image

from inference.heatmap import RAMP
from ui.viewer.pictures import compose, ramp_css

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


def test_the_legend_shows_the_ramps_own_colours() -> None:
    for _, (r, g, b) in RAMP:
        assert f"rgb({r} {g} {b})" in ramp_css()
