"""Plain images as slides."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from inference.errors import UnreadableSlideError
from inference.slides import flat_reader
from inference.slides.open import open_slide
from inference.slides.slide import Pixels


@pytest.mark.parametrize(("suffix", "kind"), [("png", "PNG"), ("tif", "TIFF"), ("jpg", "JPEG")])
def test_plain_images_are_slides_of_one_level(tmp_path: Path, picture: Pixels, suffix: str, kind: str) -> None:
    path = tmp_path / f"field.{suffix}"
    Image.fromarray(picture).save(path, kind)
    with open_slide(path, mpp=0.5) as slide:
        assert (slide.width, slide.height, len(slide.levels)) == (900, 700, 1)
        read = slide.read_region(-10, 20, 300, 200, 0.5)
        assert (read[:, :10] == 255).all()
        assert np.abs(read[:, 10:].astype(int) - picture[20:220, :290]).mean() < 5
        assert slide.label_and_macro_images() == {}
        row = dict(slide.read_row(100, [0, 256, 800], 128, 1.0))
        assert {tile.shape for tile in row.values()} == {(128, 128, 3)}


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    image = np.zeros((40, 40, 4), np.uint8)
    image[:, 20:, 3] = 255
    path = tmp_path / "alpha.png"
    Image.fromarray(image).save(path)
    with open_slide(path, mpp=1.0) as slide:
        read = slide.read_region(0, 0, 40, 40, 1.0)
    assert (read[:, :20] == 255).all()
    assert (read[:, 20:] == 0).all()


def test_grey_and_palette_images_become_rgb(tmp_path: Path, picture: Pixels) -> None:
    for mode in ("L", "P", "CMYK"):
        path = tmp_path / f"{mode}.tif"
        Image.fromarray(picture).convert(mode).save(path)
        with open_slide(path, mpp=1.0) as slide:
            assert slide.read_region(0, 0, 50, 50, 1.0).shape == (50, 50, 3)


@pytest.mark.parametrize(
    ("unit", "value", "mpp"), [(3, 20_000, 0.5), (2, 50_800, 0.5), (2, 72, None), (1, 20_000, None), (3, 0, None)]
)
def test_resolution_tags_are_believed_only_where_they_make_sense(
    tmp_path: Path, picture: Pixels, unit: int, value: int, mpp: float | None
) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[282] = tags[283] = TiffImagePlugin.IFDRational(value, 1)
    tags[296] = unit
    path = tmp_path / "field.tif"
    Image.fromarray(picture).save(path, tiffinfo=tags)
    with open_slide(path) as slide:
        assert slide.mpp == (None if mpp is None else pytest.approx(mpp, rel=1e-3))


@pytest.mark.parametrize(("unit", "size", "mpp"), [("µm", "0.25", 0.25), ("nm", "250", 0.25), ("parsec", "1", None)])
def test_ome_sizes_are_understood(tmp_path: Path, picture: Pixels, unit: str, size: str, mpp: float | None) -> None:
    ome = (
        f'<OME><Image><Pixels PhysicalSizeX="{size}" PhysicalSizeXUnit="{unit}" '
        f'PhysicalSizeY="{size}" PhysicalSizeYUnit="{unit}"/></Image></OME>'
    )
    path = tmp_path / "field.ome.tif"
    Image.fromarray(picture).save(path, tiffinfo={270: ome.encode()})
    with open_slide(path) as slide:
        assert slide.mpp == mpp


def test_a_damaged_picture_is_refused(tmp_path: Path, picture: Pixels) -> None:
    for suffix, kind in (("png", "PNG"), ("jpg", "JPEG"), ("tif", "TIFF")):
        path = tmp_path / f"cut.{suffix}"
        Image.fromarray(picture).save(path, kind)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        with pytest.raises(UnreadableSlideError, match=rf"cut\.{suffix}.*(damaged|no px)"):
            open_slide(path)


def test_a_picture_too_large_for_memory_is_refused_before_it_is_decoded(
    tmp_path: Path, picture: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "huge.png"
    Image.fromarray(picture).save(path)
    monkeypatch.setattr(flat_reader, "MOST_PX", 1000)
    with pytest.raises(UnreadableSlideError, match=r"900 x 700 px is too large.*Convert it to a tiled"):
        open_slide(path)


def test_a_decompression_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("RGB", (1, 1)).save(path)
    content = path.read_bytes()
    header = b"IHDR" + struct.pack(">2I", 60_000, 60_000) + content[24:29]
    path.write_bytes(content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:])
    with pytest.raises(UnreadableSlideError, match="too large"):
        open_slide(path)


def test_px_of_16_bit_grey_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(np.zeros((20, 20), np.uint16)).save(path)
    with pytest.raises(UnreadableSlideError, match="8-bit"):
        open_slide(path)
