"""A slide can be looked at by px where nobody has said its resolution."""

from pathlib import Path

import numpy as np
import pytest

from inference.errors import RegionError
from inference.slides.open import open_slide
from tests.support.slides import make_slide, spoil_stored_tile


def test_a_slide_without_resolution_is_read_by_px(tmp_path: Path) -> None:
    with open_slide(make_slide(tmp_path / "a.tif", mpp=None)) as slide:
        assert slide.mpp is None
        assert slide.read_scaled(100, 50, 256, 128, 2).shape == (128, 256, 3)


def test_by_px_and_by_um_are_the_same(tmp_path: Path) -> None:
    with open_slide(make_slide(tmp_path / "a.tif", mpp=0.5)) as slide:
        assert np.array_equal(slide.read_scaled(10, 20, 200, 100, 4), slide.read_region(10, 20, 200, 100, 2.0))


def test_a_part_that_cannot_be_decoded_is_an_error(tmp_path: Path) -> None:
    path = make_slide(tmp_path / "a.tif")
    spoil_stored_tile(path, 0)
    with open_slide(path) as slide:
        with pytest.raises(RegionError):
            slide.read_scaled(0, 0, 64, 64, 1)
        assert slide.read_scaled(512, 512, 64, 64, 1).shape == (64, 64, 3)
