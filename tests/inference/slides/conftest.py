"""The smallest real slides: coloured noise with structure, written as pyramids, plain images and DICOM."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pydicom.encaps
import pytest
from PIL import Image

from inference.phantoms.pyramid import encode_tile, write_pyramid_from_array
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


@pytest.fixture
def make_dicom(tmp_path: Path) -> Callable[..., Path]:
    """Writes an image as a DICOM slide of 256-px frames that lacks what OpenSlide requires."""

    def make(
        name: str,
        image: Pixels,
        coding: str = "jpeg",
        by_column: bool = False,
        spacing_mm: tuple[float, float] | None = None,
        places: list[tuple[int, int]] | None = None,
        series: str = "1.2.3.4",
        changes: dict[str, object] | None = None,
    ) -> Path:
        height, width = image.shape[:2]
        grid = [(x, y) for y in range(0, height, 256) for x in range(0, width, 256)]
        order = places or (sorted(grid) if by_column else grid)
        frames = [_dicom_frame(image[y : y + 256, x : x + 256], coding) for x, y in order]
        data = pydicom.Dataset()
        data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.77.1.6"
        data.SOPInstanceUID, data.SeriesInstanceUID, data.Modality = "1.2.3", series, "SM"
        data.Rows = data.Columns = 256
        data.SamplesPerPixel, data.PhotometricInterpretation, data.PlanarConfiguration = 3, "RGB", 0
        data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
        data.NumberOfFrames = len(frames)
        data.TotalPixelMatrixColumns, data.TotalPixelMatrixRows = width, height
        if spacing_mm:
            measures, groups = pydicom.Dataset(), pydicom.Dataset()
            measures.PixelSpacing = list(spacing_mm)
            groups.PixelMeasuresSequence = [measures]
            data.SharedFunctionalGroupsSequence = [groups]
        if places:
            data.PerFrameFunctionalGroupsSequence = [_dicom_place(x, y) for x, y in places]
        if coding == "raw":
            data.PixelData = b"".join(frames)
        else:
            data.PixelData = pydicom.encaps.encapsulate(frames)
            data["PixelData"].VR = "OB"
        for keyword, value in (changes or {}).items():
            if value is None:
                delattr(data, keyword)
            else:
                setattr(data, keyword, value)
        data.file_meta = pydicom.dataset.FileMetaDataset()
        data.file_meta.MediaStorageSOPClassUID, data.file_meta.MediaStorageSOPInstanceUID = data.SOPClassUID, "1.2.3"
        data.file_meta.TransferSyntaxUID = _SYNTAXES[coding]
        path = tmp_path / name
        data.save_as(path, enforce_file_format=True)
        return path

    return make


_SYNTAXES = {
    "jpeg": pydicom.uid.JPEGBaseline8Bit,
    "jpeg2000": pydicom.uid.JPEG2000Lossless,
    "raw": pydicom.uid.ExplicitVRLittleEndian,
}


def _dicom_frame(image: Pixels, coding: str) -> bytes:
    """A 256-px frame, padded with black as scanners do."""
    whole = np.zeros((256, 256, 3), np.uint8)
    whole[: image.shape[0], : image.shape[1]] = image
    if coding == "raw":
        return whole.tobytes()
    if coding == "jpeg":
        return encode_tile(whole, 256, 90)
    stream = io.BytesIO()
    Image.fromarray(whole).save(stream, "JPEG2000")
    return stream.getvalue()


def _dicom_place(x: int, y: int) -> pydicom.Dataset:
    place, groups = pydicom.Dataset(), pydicom.Dataset()
    place.ColumnPositionInTotalImagePixelMatrix, place.RowPositionInTotalImagePixelMatrix = x + 1, y + 1
    groups.PlanePositionSlideSequence = [place]
    return groups
