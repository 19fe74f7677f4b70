"""Files that are damaged, are something else, or cannot be read: each an error that names the file and the remedy."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openslide
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from inference.errors import RegionError, SlideError, UnreadableSlideError
from inference.slides.open import open_slide
from inference.slides.openslide_reader import OpenSlideSlide
from inference.slides.resolution import Resolution
from inference.slides.slide import Pixels
from inference.slides.tiled import TiledSlide

MakeSlide = Callable[..., Path]


def spoil_tile(path: Path, index: int, level: int = 0) -> None:
    """Overwrites the middle of a stored tile's bytes."""
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[level]
        offset, count = page.dataoffsets[index], page.databytecounts[index]
    with path.open("r+b") as file:
        file.seek(offset + count // 2)
        file.write(b"\xff\xd8\x00\x13" * (count // 8))


def refused(path: Path) -> str:
    with pytest.raises(UnreadableSlideError) as caught:
        open_slide(path)
    message = str(caught.value)
    assert path.name in message
    assert str(path.parent) not in message
    assert ". " in message
    return message


@pytest.mark.parametrize("name", ["empty.svs", "empty.png", "empty.dcm"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch()
    assert "0 bytes" in refused(path)


@pytest.mark.parametrize(
    "content", [b"Dear colleague,", b"\x00" * 5000, b"II*\x00", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]
)
def test_what_is_no_image_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "slide.svs"
    path.write_bytes(content)
    refused(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "gone.svs")
    assert "folder" in refused(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(make_slide: MakeSlide) -> None:
    path = make_slide()
    path.chmod(0)
    assert "permission" in refused(path)


def test_a_file_without_permission_is_refused_whoever_asks(
    make_slide: MakeSlide, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_slide()

    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)
    assert "permission" in refused(path)


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "link.svs"
    path.symlink_to(tmp_path / "gone.svs")
    refused(path)


@pytest.mark.parametrize("vendor", ["aperio", "generic"])
def test_a_truncated_slide_never_gives_px_for_what_is_missing(make_slide: MakeSlide, vendor: str) -> None:
    path = make_slide(vendor=vendor, downsamples=(1,))
    whole = path.read_bytes()
    for kept in (100, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:kept])
        with pytest.raises((UnreadableSlideError, RegionError), match=r"slide\.svs"), open_slide(path) as slide:
            slide.read_region(0, 0, slide.width, slide.height, slide.mpp or 1.0)


def test_a_slide_whose_last_tiles_are_cut_off_loses_only_those(make_slide: MakeSlide, tmp_path: Path) -> None:
    path = make_slide(tile_px=256, downsamples=(1,))
    with tifffile.TiffFile(path) as tiff:
        offsets = tiff.pages[0].dataoffsets
    content = bytearray(path.read_bytes())
    content[offsets[-1] : offsets[-1] + 400] = bytes(400)
    path.write_bytes(content)
    with open_slide(path) as slide:
        assert slide.read_region(0, 0, 768, 512, 0.25).shape == (512, 768, 3)
        with pytest.raises(RegionError, match=r"slide\.svs: stored tile 3, 2 \(column, row\) of level 0"):
            slide.read_region(800, 600, 50, 50, 0.25)


@pytest.mark.parametrize("reader", ["direct", "openslide"])
def test_a_spoilt_stored_tile_spoils_only_the_tiles_that_touch_it(make_slide: MakeSlide, reader: str) -> None:
    path = make_slide(tile_px=240, downsamples=(1,))
    with open_slide(path) as slide:
        clean = dict(slide.read_row(100, [0, 128, 256, 384, 512, 640], 128, 0.25))
    spoil_tile(path, 1)
    slide = (
        open_slide(path)
        if reader == "direct"
        else OpenSlideSlide(path, openslide.OpenSlide(path), Resolution(0.25, "test"))
    )
    with slide:
        for _ in range(2):
            row = dict(slide.read_row(100, [0, 128, 256, 384, 512, 640], 128, 0.25))
            touching = [index for index, tile in row.items() if isinstance(tile, RegionError)]
            assert sorted(touching) == [1, 2, 3]
            for index in (0, 4, 5):
                assert np.array_equal(row[index], clean[index])
        with pytest.raises(RegionError, match=r"slide\.svs"):
            slide.read_region(250, 100, 10, 10, 0.25)


def test_a_spoilt_place_in_the_overview_is_mended_from_a_finer_level(make_slide: MakeSlide) -> None:
    path = make_slide(tile_px=64, downsamples=(1, 4))
    with open_slide(path) as slide:
        clean = slide.thumbnail(225)
    spoil_tile(path, 5, level=1)
    with open_slide(path) as slide:
        assert np.abs(slide.thumbnail(225).astype(int) - clean).mean() < 2


def test_a_place_that_no_level_can_decode_is_not_taken_for_empty_glass(make_slide: MakeSlide) -> None:
    path = make_slide(tile_px=64, downsamples=(1,), image=np.full((640, 640, 3), (180, 80, 150), np.uint8))
    spoil_tile(path, 33)
    with open_slide(path) as slide:
        overview = slide.thumbnail(320)
        assert np.abs(overview.astype(int) - (180, 80, 150)).max() < 12
        assert isinstance(next(tile for _, tile in slide.read_row(192, [192], 64, 0.25)), RegionError)


def test_an_overview_of_which_most_is_spoilt_is_an_error(make_slide: MakeSlide) -> None:
    path = make_slide(tile_px=256, downsamples=(1,))
    for index in range(10):
        spoil_tile(path, index)
    with open_slide(path) as slide, pytest.raises(RegionError):
        slide.thumbnail(200)


def test_a_picture_with_a_slides_name_opens_as_what_it_is(tmp_path: Path, picture: Pixels) -> None:
    path = tmp_path / "really.svs"
    Image.fromarray(picture).save(path, "PNG")
    with open_slide(path) as slide:
        assert (slide.vendor, slide.width, slide.height) == ("flat-png", 900, 700)


def test_a_slide_with_a_pictures_name_opens_as_what_it_is(make_slide: MakeSlide, tmp_path: Path) -> None:
    path = tmp_path / "slide.jpg"
    shutil.copy(make_slide(), path)
    with open_slide(path) as slide:
        assert isinstance(slide, TiledSlide)


def test_a_codec_that_nobody_knows_is_refused_not_read_as_black(make_slide: MakeSlide) -> None:
    path = make_slide(downsamples=(1,), vendor="generic")
    with tifffile.TiffFile(path) as tiff:
        at = tiff.pages[0].tags["Compression"].valueoffset
    with path.open("r+b") as file:
        file.seek(at)
        file.write((34887).to_bytes(2, "little"))
    refused(path)


def test_the_file_is_left_alone_by_reading(make_slide: MakeSlide) -> None:
    path = make_slide()
    before = path.read_bytes()
    path.chmod(0o444)
    with open_slide(path) as slide:
        slide.thumbnail(50)
    assert path.read_bytes() == before
    assert sorted(found.name for found in path.parent.iterdir()) == [path.name]


def test_reading_after_closing_is_an_error_not_another_files_px(make_slide: MakeSlide) -> None:
    path = make_slide()
    for slide in (open_slide(path), OpenSlideSlide(path, openslide.OpenSlide(path), Resolution(0.25, "test"))):
        slide.close()
        slide.close()
        with pytest.raises(RegionError, match=r"closed|cannot be decoded"):
            slide.read_region(0, 0, 10, 10, 0.25)


def test_a_slide_that_vanishes_while_it_is_open_says_so(make_slide: MakeSlide) -> None:
    path = make_slide()
    with open_slide(path) as slide:
        path.unlink()
        with pytest.raises(UnreadableSlideError, match=r"slide\.svs: cannot be read any more"):
            slide.identity()


def test_a_damaged_label_is_an_error_of_its_own_and_the_scan_is_read(data_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "label.svs"
    content = bytearray((data_dir / "slides" / "CMU-1-Small-Region.svs").read_bytes())
    path.write_bytes(content)
    with tifffile.TiffFile(path) as tiff:
        macro = tiff.pages[3]
        content[macro.dataoffsets[0] : macro.dataoffsets[0] + 400] = bytes(400)
    path.write_bytes(content)
    with open_slide(path) as slide:
        with pytest.raises(RegionError, match=r"label\.svs: its label or macro image"):
            slide.label_and_macro_images()
        assert slide.read_region(0, 0, 100, 100, 0.499).shape == (100, 100, 3)


@given(
    places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12),
    kept=st.floats(0.01, 1),
    kind=st.sampled_from(["svs", "tif", "png", "jpg", "dcm"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_to_a_file_gives_anything_but_px_or_a_named_error(
    tmp_path: Path,
    originals: dict[str, bytes],
    places: list[tuple[float, int]],
    kept: float,
    kind: str,
) -> None:
    content = bytearray(originals[kind])
    content = content[: max(1, int(len(content) * kept))]
    for place, value in places:
        content[min(len(content) - 1, int(place * len(content)))] = value
    path = tmp_path / f"damaged.{kind}"
    path.write_bytes(content)
    message = "damaged"
    try:
        with open_slide(path, mpp=0.5) as slide:
            assert dict(slide.read_row(0, [0, 100], 64, 0.5)).keys() == {0, 1}
            slide.thumbnail(32)
    except SlideError as error:
        message = str(error)
    assert "damaged" in message
    assert str(tmp_path) not in message


@pytest.fixture
def originals(make_slide: MakeSlide, make_dicom: MakeSlide, picture: Pixels, tmp_path: Path) -> dict[str, bytes]:
    small = picture[:300, :400]
    found = {
        "svs": make_slide("o.svs", image=small).read_bytes(),
        "tif": make_slide("o.tif", image=small, vendor="generic").read_bytes(),
        "dcm": make_dicom("o.dcm", small).read_bytes(),
    }
    for kind in ("png", "jpg"):
        Image.fromarray(small).save(tmp_path / f"o.{kind}")
        found[kind] = (tmp_path / f"o.{kind}").read_bytes()
    return found
