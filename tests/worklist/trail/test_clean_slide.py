"""A slide's copy has its levels to the pixel, and neither label, macro image nor a word of its scanner's."""

import struct
from pathlib import Path

import numpy as np
import openslide
import pytest
import tifffile

from tests.support.slides import make_slide
from worklist.errors import CleaningError
from worklist.trail.clean_slide import clean_copy

SECRET = b"Filename = 010190-1234|User = somebody"


def append_label(path: Path, picture: bytes) -> None:
    """Puts a label behind the levels of a slide as Aperio does: a striped page, with words of the scanner's."""
    words = b"Aperio Image Library v12.0.0\nlabel 4x4|" + SECRET + b"\0"
    data = path.read_bytes()
    with tifffile.TiffFile(path) as tiff:
        last = tiff.pages[-1].offset
    (count,) = struct.unpack_from("<H", data, last)
    link = last + 2 + 12 * count
    data += b"\0" * (len(data) % 2)
    at = len(data)
    values = at + 2 + 12 * 11 + 4
    entries = [
        *((254, 4, 1, 1), (256, 4, 1, 4), (257, 4, 1, 4), (258, 3, 3, values), (259, 3, 1, 1), (262, 3, 1, 2)),
        *((270, 2, len(words), values + 6), (273, 4, 1, values + 6 + len(words)), (277, 3, 1, 3), (278, 4, 1, 4)),
        (279, 4, 1, len(picture)),
    ]
    index = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *it) for it in entries)
    index += struct.pack("<I", 0) + struct.pack("<3H", 8, 8, 8) + words + picture
    path.write_bytes(data[:link] + struct.pack("<I", at) + data[link + 4 :] + index)


def test_nothing_of_the_label_is_left_and_every_pixel_is(tmp_path: Path) -> None:
    slide, copy = make_slide(tmp_path / "slide.svs"), tmp_path / "copy.svs"
    picture = bytes(range(100, 148))
    append_label(slide, picture)
    with openslide.OpenSlide(slide) as before:
        assert set(before.associated_images) == {"label"}
        levels = before.level_dimensions
        pixels = [np.asarray(before.read_region((0, 0), it, size)) for it, size in enumerate(levels)]
        mpp = before.properties[openslide.PROPERTY_NAME_MPP_X]
    clean_copy(slide, copy)
    with openslide.OpenSlide(copy) as after:
        assert not after.associated_images
        assert after.level_dimensions == levels
        assert after.properties[openslide.PROPERTY_NAME_MPP_X] == mpp
        for level, size in enumerate(levels):
            assert np.array_equal(np.asarray(after.read_region((0, 0), level, size)), pixels[level])
    left = copy.read_bytes()
    assert picture not in left
    assert SECRET not in left
    assert b"010190" not in left


def test_the_words_of_the_scanner_go_and_the_resolution_stays(data_dir: Path, tmp_path: Path) -> None:
    slide, copy = data_dir / "slides" / "CMU-1-Small-Region.svs", tmp_path / "copy.svs"
    with openslide.OpenSlide(slide) as before:
        assert {"label", "macro", "thumbnail"} <= set(before.associated_images)
        assert before.properties["aperio.User"]
    clean_copy(slide, copy)
    with openslide.OpenSlide(copy) as after:
        assert not after.associated_images
        assert {name for name in after.properties if name.startswith("aperio.")} == {"aperio.AppMag", "aperio.MPP"}
        assert after.properties[openslide.PROPERTY_NAME_MPP_X] == "0.499"


@pytest.mark.parametrize("name", ["TCGA-CR-7395_crop.svs", "idc_14306.tif"])
def test_other_codecs_and_plain_pyramids_are_copied_to_the_pixel(data_dir: Path, tmp_path: Path, name: str) -> None:
    slide, copy = data_dir / "slides" / name, tmp_path / "copy.tif"
    clean_copy(slide, copy)
    with openslide.OpenSlide(slide) as before, openslide.OpenSlide(copy) as after:
        assert not after.associated_images
        place = ((300, 300), 0, (900, 700))
        assert np.array_equal(np.asarray(before.read_region(*place)), np.asarray(after.read_region(*place)))
        assert (before.color_profile is None) == (after.color_profile is None)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("fluorescence.ndpi", "a slide of hamamatsu"),
        ("vl-wsm_pen-marks.dcm", "could not be read"),
        ("truncated.svs", "could not be read"),
    ],
)
def test_what_cannot_be_cleaned_is_refused_and_leaves_nothing(
    data_dir: Path, tmp_path: Path, name: str, told: str
) -> None:
    with pytest.raises(CleaningError, match=told):
        clean_copy(data_dir / "slides" / name, tmp_path / "copy")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    slide = make_slide(tmp_path / "slide.svs")
    (tmp_path / "copy.svs").write_text("mine")
    with pytest.raises(CleaningError, match="a file of its name"):
        clean_copy(slide, tmp_path / "copy.svs")
    assert (tmp_path / "copy.svs").read_text() == "mine"


def test_a_slide_whose_file_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(CleaningError, match="is not there any more"):
        clean_copy(tmp_path / "gone.svs", tmp_path / "copy.svs")
