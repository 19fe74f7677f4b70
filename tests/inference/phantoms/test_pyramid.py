"""Slides written tile by tile open elsewhere as what they are."""

from pathlib import Path

import numpy as np
import openslide
import pytest
import tifffile

from inference.phantoms.pyramid import encode_tile, level_size, write_pyramid, write_pyramid_from_array

IMAGE = np.random.default_rng(1).integers(0, 255, (37, 53, 3), dtype=np.uint8).repeat(10, 0).repeat(10, 1)


@pytest.mark.parametrize("vendor", ["aperio", "generic"])
@pytest.mark.parametrize("bigtiff", [False, True])
def test_openslide_reads_size_levels_and_resolution(tmp_path: Path, vendor: str, bigtiff: bool) -> None:
    path = tmp_path / "slide.tif"
    write_pyramid_from_array(path, IMAGE, 0.25, (1, 3, 7), 128, vendor, bigtiff=bigtiff)  # type: ignore[arg-type]
    with openslide.OpenSlide(path) as slide:
        assert slide.level_dimensions == ((530, 370), (176, 123), (75, 52))
        assert float(slide.properties["openslide.mpp-x"]) == pytest.approx(0.25)
        assert slide.properties["openslide.vendor"].startswith(vendor)
        read = np.asarray(slide.read_region((0, 0), 0, slide.dimensions))
    assert (read[..., 3] == 255).all()
    assert np.abs(read[..., :3].astype(int) - IMAGE).mean() < 30
    with tifffile.TiffFile(path) as tiff:
        assert tiff.is_bigtiff == bigtiff


def test_tiles_are_asked_for_once_in_order_and_not_held(tmp_path: Path) -> None:
    asked = []
    tile = encode_tile(IMAGE[:16, :16], 256)

    def tile_of(level: int, column: int, row: int) -> bytes:
        asked.append((level, row, column))
        return tile

    path = tmp_path / "large.svs"
    write_pyramid(path, (5000, 3000), 0.25, tile_of, (1, 4))
    assert asked == sorted(set(asked))
    assert len(asked) == 20 * 12 + 5 * 3
    with openslide.OpenSlide(path) as slide:
        assert slide.level_dimensions == ((5000, 3000), (1250, 750))


def test_a_slide_that_could_pass_4_gb_becomes_bigtiff(tmp_path: Path) -> None:
    path = tmp_path / "huge.svs"
    write_pyramid(path, (100_000, 80_000), 0.25, lambda *_: b"", (1,), tile_px=4096)
    with openslide.OpenSlide(path) as slide:
        assert slide.dimensions == (100_000, 80_000)
    assert path.read_bytes()[:4] == b"II\x2b\x00"


def test_no_level_is_smaller_than_a_px() -> None:
    assert level_size((100, 7), 16) == (6, 1)


def test_a_tile_size_that_jpeg_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="multiple of 16"):
        write_pyramid(tmp_path / "a.svs", (10, 10), 0.25, lambda *_: b"", tile_px=100)
