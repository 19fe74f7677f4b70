"""The smallest whole-slide images in DICOM, of invented cases, and a DICOMweb server that holds some."""

import json
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import uvicorn
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inference.phantoms.pyramid import encode_tile
from tests.support.slides import stained_image

WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
STUDY, SERIES = "1.2.826.0.1.3680043.8.1", "1.2.826.0.1.3680043.8.1.1"
TILE = 256


def write_instance(
    path: Path, number: int = 1, width: int = 512, kind: str = "VOLUME", *, raw: bool = False, **changes: Any
) -> Path:
    """One image of a slide, width x width px. number: the last part of its UID. A change of None leaves it out."""
    image = stained_image(width, width)
    tiles = [image[y : y + TILE, x : x + TILE] for y in range(0, width, TILE) for x in range(0, width, TILE)]
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = WHOLE_SLIDE, f"{SERIES}.{number}"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.Modality = STUDY, SERIES, "SM"
    data.ImageType = ["ORIGINAL", "PRIMARY", kind, "NONE"]
    data.PatientName, data.PatientID = "Invented^Person", "010190-9990"
    data.AccessionNumber, data.ContainerIdentifier = "26-000123", "26-000123-A1-1"
    data.Manufacturer, data.ManufacturerModelName, data.DeviceSerialNumber = "Invented", "Scan 2", "007"
    data.SpecimenDescriptionSequence = [_specimen()]
    data.Rows = data.Columns = TILE
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PlanarConfiguration = 3, "RGB", 0
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
    data.NumberOfFrames, data.DimensionOrganizationType = len(tiles), "TILED_FULL"
    data.TotalPixelMatrixColumns = data.TotalPixelMatrixRows = width
    measures, groups = Dataset(), Dataset()
    measures.PixelSpacing = [0.0005 * 512 / width] * 2
    groups.PixelMeasuresSequence = [measures]
    data.SharedFunctionalGroupsSequence = [groups]
    if raw:
        data.PixelData = np.concatenate([tile.reshape(-1) for tile in tiles]).tobytes()
    else:
        data.PixelData = encapsulate([encode_tile(np.ascontiguousarray(tile), TILE, 90) for tile in tiles])
        data["PixelData"].VR = "OB"
    with warnings.catch_warnings(action="ignore"):  # pydicom says so where a value is wrong, as some are meant to be
        for keyword, value in changes.items():
            if value is None:
                delattr(data, keyword)
            else:
                setattr(data, keyword, value)
    data.file_meta = FileMetaDataset()
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if raw else JPEGBaseline8Bit
    path.parent.mkdir(parents=True, exist_ok=True)
    data.save_as(path, enforce_file_format=True)
    return path


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code


def _item(name: Dataset, concept: Dataset | None = None, words: str = "") -> Dataset:
    item = Dataset()
    item.ValueType = "CODE" if concept else "TEXT"
    item.ConceptNameCodeSequence = [name]
    if concept:
        item.ConceptCodeSequence = [concept]
    else:
        item.TextValue = words
    return item


def _specimen() -> Dataset:
    """Cut from block 1A and stained with haematoxylin and eosin."""
    processing = _code("111701", "DCM", "Processing type")
    using = _code("424361007", "SCT", "Using substance")
    sampling, staining, specimen = Dataset(), Dataset(), Dataset()
    sampling.SpecimenPreparationStepContentItemSequence = [
        _item(processing, _code("433465004", "SCT", "Sampling of tissue specimen")),
        _item(_code("111705", "DCM", "Parent Specimen Identifier"), words="1A"),
    ]
    staining.SpecimenPreparationStepContentItemSequence = [
        _item(processing, _code("127790008", "SCT", "Staining")),
        _item(using, _code("12710003", "SCT", "hematoxylin stain")),
        _item(using, _code("36879007", "SCT", "water soluble eosin stain")),
    ]
    specimen.SpecimenIdentifier, specimen.SpecimenUID = "26-000123-A1-1", f"{SERIES}.99"
    specimen.SpecimenPreparationSequence = [sampling, staining]
    return specimen


class Peer:
    """A DICOMweb server over a folder of instances: searches and retrieves, and fails where it is told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.failing: set[str] = set()
        """UIDs of instances whose retrieval breaks off half-way."""
        self.asked: list[str] = []
        """UIDs of the instances that were retrieved."""
        self.token = ""

    def app(self) -> Starlette:
        search = [Route(path, self._search) for path in ("/studies", "/studies/{study}/series")]
        within = "/studies/{study}/series/{series}/instances"
        return Starlette(routes=[*search, Route(within, self._search), Route(f"{within}/{{instance}}", self._retrieve)])

    def _search(self, request: Request) -> Response:
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return Response(status_code=401)
        level = {"studies": "StudyInstanceUID", "series": "SeriesInstanceUID"}.get(
            request.url.path.rsplit("/", 1)[1], "SOPInstanceUID"
        )
        wanted = {
            name: value for name, value in request.query_params.items() if name in ("AccessionNumber", "Modality")
        }
        wanted |= {
            {"study": "StudyInstanceUID", "series": "SeriesInstanceUID"}[name]: value
            for name, value in request.path_params.items()
        }
        found = {}
        for path in sorted(self.folder.glob("*.dcm")):
            data = pydicom.dcmread(path, stop_before_pixels=True)
            if all(str(data.get(name)) == value for name, value in wanted.items()):
                answer = Dataset()
                for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
                    setattr(answer, name, data.get(name))
                found[str(data.get(level))] = answer.to_json_dict()
        offset, limit = int(request.query_params.get("offset", 0)), int(request.query_params.get("limit", 100))
        page = list(found.values())[offset : offset + limit]
        if not page:
            return Response(status_code=204)
        return Response(json.dumps(page), media_type="application/dicom+json")

    def _retrieve(self, request: Request) -> Response:
        instance = request.path_params["instance"]
        self.asked.append(instance)
        for path in self.folder.glob("*.dcm"):
            if str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID) == instance:
                content = path.read_bytes()
                body = b"--cut here\r\nContent-Type: application/dicom\r\n\r\n" + content + b"\r\n--cut here--\r\n"
                if instance in self.failing:
                    body = body[: len(body) // 2]
                kind = 'multipart/related; type="application/dicom"; boundary="cut here"'
                return Response(body, headers={"Content-Type": kind})
        return Response(status_code=404)


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address at which an application is served, on a free port of this machine."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)
