"""DICOM files that OpenSlide refuses."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.errors import RegionError, UnreadableSlideError
from inference.slides.dicom_layout import fits_by_column, frame_order
from inference.slides.dicom_reader import open_dicom
from inference.slides.open import open_slide
from inference.slides.slide import Pixels

MakeDicom = Callable[..., Path]


@pytest.mark.parametrize("coding", ["jpeg", "jpeg2000", "raw"])
@pytest.mark.parametrize("by_column", [False, True])
def test_frames_of_each_coding_and_order_make_the_picture(
    make_dicom: MakeDicom, picture: Pixels, coding: str, by_column: bool
) -> None:
    with open_dicom(make_dicom("s.dcm", picture, coding=coding, by_column=by_column), 0.5) as slide:
        assert (slide.vendor, slide.width, slide.height) == ("dicom", 900, 700)
        read = slide.read_region(0, 0, 900, 700, 0.5)
        assert np.abs(read.astype(int) - picture).mean() < 5
        said = " ".join(slide.assumptions)
        assert "ImageType" in said
        assert ("column by column" if by_column else "row by row") in said


def test_spacing_comes_from_the_pixel_measures(make_dicom: MakeDicom, picture: Pixels) -> None:
    with open_dicom(make_dicom("s.dcm", picture, spacing_mm=(0.0005, 0.0005)), None) as slide:
        assert slide.mpp == pytest.approx(0.5)
        assert "spacing" in slide.mpp_source


def test_without_spacing_the_resolution_is_unknown(make_dicom: MakeDicom, picture: Pixels) -> None:
    with open_slide(make_dicom("s.dcm", picture)) as slide:
        assert slide.mpp is None


def test_frames_that_name_their_places_are_put_there_and_the_rest_is_white(
    make_dicom: MakeDicom, picture: Pixels
) -> None:
    with open_dicom(make_dicom("s.dcm", picture, places=[(0, 0), (512, 256)]), 0.5) as slide:
        read = slide.read_region(0, 0, 900, 700, 0.5)
        assert np.abs(read[:256, :256].astype(int) - picture[:256, :256]).mean() < 5
        assert np.abs(read[256:512, 512:768].astype(int) - picture[256:512, 512:768]).mean() < 5
        assert (read[:256, 256:] == 255).all()


def test_a_spoilt_frame_spoils_only_its_own_tiles(make_dicom: MakeDicom, picture: Pixels) -> None:
    path = make_dicom("s.dcm", picture)
    content = bytearray(path.read_bytes())
    starts = [at for at in range(len(content) - 3) if content[at : at + 3] == b"\xff\xd8\xff"]
    content[starts[1] + 700 : starts[1] + 1500] = b"\xff\x13" * 400
    path.write_bytes(content)
    with open_dicom(path, 0.5) as slide:
        row = dict(slide.read_row(0, [0, 256, 512], 256, 0.5))
        assert [isinstance(row[index], RegionError) for index in range(3)] == [False, True, False]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, "CT Image Storage"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LABEL", "NONE"]}, "LABEL"),
        ({"NumberOfFrames": 11}, "frames"),
        ({"BitsAllocated": 16}, "8-bit"),
        ({"Rows": 0}, "size"),
        ({"TotalPixelMatrixColumns": 5000}, "full grid"),
    ],
)
def test_what_is_no_brightfield_slide_is_refused_with_the_reason(
    make_dicom: MakeDicom, picture: Pixels, changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(UnreadableSlideError, match=rf"s\.dcm.*{reason}.*Export"):
        open_slide(make_dicom("s.dcm", picture, changes=changes))


@pytest.mark.parametrize("missing", ["Rows", "TotalPixelMatrixColumns", "BitsAllocated", "PhotometricInterpretation"])
def test_a_missing_attribute_is_named(make_dicom: MakeDicom, picture: Pixels, missing: str) -> None:
    with pytest.raises(UnreadableSlideError, match=rf"s\.dcm.*{missing}"):
        open_slide(make_dicom("s.dcm", picture, changes={missing: None}))


def test_a_truncated_file_is_refused_or_its_frames_are(make_dicom: MakeDicom, picture: Pixels) -> None:
    path = make_dicom("s.dcm", picture)
    content = path.read_bytes()
    for kept in (140, 400, len(content) // 2):
        path.write_bytes(content[:kept])
        with pytest.raises(UnreadableSlideError, match=r"s\.dcm"):
            open_slide(path)


def test_the_order_of_frames_is_seen_from_their_seams() -> None:
    ramp = np.add.outer(np.arange(200), np.arange(300))[..., None].repeat(3, 2).astype(np.uint8)
    frames = [ramp[top : top + 50, left : left + 50] for top in range(0, 200, 50) for left in range(0, 300, 50)]
    assert not fits_by_column(6, 4, lambda number: frames[number])
    order = frame_order(6, 4, by_column=True)
    by_column = [frames[order.index(number)] for number in range(24)]
    assert fits_by_column(6, 4, lambda number: by_column[number])
    assert not fits_by_column(6, 4, lambda number: None)
    assert not fits_by_column(1, 4, lambda number: frames[number])


def test_the_shared_dicom_file_is_read_whole(data_dir: Path) -> None:
    path = data_dir / "slides" / "vl-wsm_pen-marks.dcm"
    with open_slide(path, mpp=0.5) as slide:
        assert (slide.width, slide.height, slide.stored_tile) == (3236, 2638, (500, 500))
        assert len(slide.assumptions) == 3
        overview = slide.thumbnail(800)
    black = (overview.max(axis=2) < 8).mean()
    assert black < 0.01, "padding of frames shows: they are laid out wrongly"
