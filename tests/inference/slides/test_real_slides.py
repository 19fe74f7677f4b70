"""The shared real slides, through every reader that opens them."""

from pathlib import Path

import numpy as np
import openslide
import pytest

from inference.errors import ResolutionError, UnreadableSlideError
from inference.slides.find import find_slides
from inference.slides.open import open_slide
from inference.slides.openslide_reader import OpenSlideSlide
from inference.slides.resolution import Resolution, require_mpp
from inference.slides.tiled import TiledSlide

DIRECT = ["CMU-1-Small-Region.svs", "her2st_B4.tif", "idc_14306.tif"]


@pytest.mark.parametrize(
    ("name", "vendor", "size", "mpp"),
    [
        ("CMU-1-Small-Region.svs", "aperio", (2220, 2967), 0.499),
        ("TCGA-CR-7395_crop.svs", "aperio", (4443, 3567), None),
        ("her2st_B4.tif", "generic-tiff", (9272, 9923), 0.9),
        ("idc_14306.tif", "generic-tiff", (2601, 2401), 4.0),
        ("fluorescence.ndpi", "hamamatsu", (3968, 4864), 0.2282),
        ("vl-wsm_pen-marks.dcm", "dicom", (3236, 2638), None),
    ],
)
def test_each_slide_opens_with_its_size_and_resolution(
    data_dir: Path, name: str, vendor: str, size: tuple[int, int], mpp: float | None
) -> None:
    with open_slide(data_dir / "slides" / name) as slide:
        assert (slide.vendor, slide.width, slide.height) == (vendor, *size)
        assert slide.mpp == (None if mpp is None else pytest.approx(mpp, rel=1e-3))
        overview = slide.thumbnail(64)
        assert max(overview.shape) == 64
        assert overview.std() > 2
        if mpp is None:
            with pytest.raises(ResolutionError, match=name):
                require_mpp(slide)


@pytest.mark.parametrize("name", DIRECT)
def test_native_px_are_openslides_px(data_dir: Path, name: str) -> None:
    path = data_dir / "slides" / name
    with open_slide(path) as slide, OpenSlideSlide(path, openslide.OpenSlide(path), Resolution(1.0, "test")) as other:
        assert isinstance(slide, TiledSlide)
        mpp = require_mpp(slide)
        for x, y in [(0, 0), (711, 1203), (slide.width - 300, slide.height - 300), (-50, slide.height - 100)]:
            assert np.array_equal(slide.read_region(x, y, 512, 400, mpp), other.read_region(x, y, 512, 400, 1.0))


@pytest.mark.parametrize("name", DIRECT)
@pytest.mark.parametrize("downsample", [2.0, 3.3, 8.0])
def test_lower_resolutions_differ_little_from_openslides(data_dir: Path, name: str, downsample: float) -> None:
    path = data_dir / "slides" / name
    with open_slide(path) as slide, OpenSlideSlide(path, openslide.OpenSlide(path), Resolution(1.0, "test")) as other:
        mpp = require_mpp(slide) * downsample
        a = slide.read_region(400, 600, 200, 200, mpp).astype(int)
        b = other.read_region(400, 600, 200, 200, downsample)
        assert np.abs(a - b).mean() < 2.9


def test_rows_over_a_whole_slide_are_openslides_regions(data_dir: Path) -> None:
    path = data_dir / "slides" / "CMU-1-Small-Region.svs"
    with open_slide(path) as slide, openslide.OpenSlide(path) as other:
        xs = list(range(0, slide.width, 256))
        for y in range(0, slide.height, 256):
            for index, tile in slide.read_row(y, xs, 256, 0.499):
                region = np.asarray(other.read_region((xs[index], y), 0, (256, 256)))
                inside = region[..., 3] == 255
                assert np.array_equal(tile[inside], region[..., :3][inside])
                assert (tile[~inside] == 255).all()


def test_label_and_macro_come_only_by_their_own_call(data_dir: Path) -> None:
    with open_slide(data_dir / "slides" / "CMU-1-Small-Region.svs") as slide:
        assert {name: image.shape for name, image in slide.label_and_macro_images().items()} == {
            "label": (463, 387, 3),
            "macro": (431, 1280, 3),
        }


def test_the_truncated_slide_is_refused_by_name(data_dir: Path) -> None:
    with pytest.raises(UnreadableSlideError, match=r"^truncated\.svs: "):
        open_slide(data_dir / "slides" / "truncated.svs")


def test_jpeg_2000_is_read_once_its_resolution_is_said(data_dir: Path) -> None:
    with open_slide(data_dir / "slides" / "TCGA-CR-7395_crop.svs", mpp=0.25) as slide:
        row = dict(slide.read_row(1000, [500, 756, 1012], 256, 0.5))
        assert {tile.shape for tile in row.values()} == {(256, 256, 3)}
        assert all(60 < tile.mean() < 250 for tile in row.values())


def test_the_truth_beside_a_slide_is_not_taken_for_a_slide(data_dir: Path) -> None:
    names = [path.name for path in find_slides([data_dir / "slides"])]
    assert "idc_14306.tif" in names
    assert "idc_14306_truth.png" not in names
    assert len(names) == 7
