"""The smallest real slides: coloured noise with structure, written as pyramids, plain images and DICOM."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.phantoms.pyramid import write_pyramid_from_array
from inference.slides.slide import Pixels

MakeSlide = Callable[..., Path]


@pytest.fixture(scope="session")
def picture() -> Pixels:
    """900 x 700 px of smooth colours with fine structure, so that a shift of 1 px shows."""
    random = np.random.default_rng(20)
    coarse = Image.fromarray(random.integers(60, 250, (14, 18, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((900, 700), Image.Resampling.BICUBIC)).astype(np.int16)
    fine = np.asarray(
        Image.fromarray(random.integers(0, 40, (350, 450), dtype=np.uint8)).resize(
            (900, 700), Image.Resampling.BILINEAR
        )
    )
    return np.clip(smooth - fine[..., None], 0, 255).astype(np.uint8)


@pytest.fixture
def make_slide(tmp_path: Path, picture: Pixels) -> MakeSlide:
    """Writes `picture`, or another image, as a pyramid; keywords as in write_pyramid_from_array."""

    def make(name: str = "slide.svs", image: Pixels = picture, mpp: float | None = 0.25, **how: object) -> Path:
        path = tmp_path / name
        write_pyramid_from_array(path, image, mpp, **how)  # type: ignore[arg-type]
        return path

    return make
