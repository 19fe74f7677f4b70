"""STOW-RS: a real client sends slides, and what is kept, refused or half sent is answered by the standard."""

import stat
from pathlib import Path
from typing import Any

import httpx2
import pydicom
import pytest
from dicomweb_client import DICOMwebClient
from pydicom.dataset import Dataset

from tests.support.cases import case
from tests.support.dicom_slides import SERIES, STUDY, write_instance
from tests.support.people import SYSTEM
from worklist.intake.unmatched import waiting_slides
from worklist.store.store import Store

KIND = 'multipart/related; type="application/dicom"; boundary=cut'


def multipart(*contents: bytes) -> bytes:
    parts = [b"--cut\r\nContent-Type: application/dicom\r\n\r\n" + it + b"\r\n" for it in contents]
    return b"".join(parts) + b"--cut--\r\n"


def post(address: str, token: str, body: Any, kind: str = KIND, path: str = "/studies") -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    return httpx2.post(address + path, content=body, headers=headers, timeout=60)


def folders(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home / "dicom")) for path in (home / "dicom").rglob("*.dcm"))


def test_a_series_that_a_client_stores_is_one_slide_of_its_case(
    address: str, token: str, own_store: Store, home: Path, tmp_path: Path
) -> None:
    own_store.add_cases([case("26-000123")], SYSTEM)
    images = [(1, 256, "VOLUME"), (2, 512, "VOLUME"), (3, 256, "LABEL"), (4, 256, "OVERVIEW")]
    files = [write_instance(tmp_path / f"{number}.dcm", number, width, kind) for number, width, kind in images]
    client = DICOMwebClient(address, headers={"Authorization": f"Bearer {token}"})
    for _ in range(2):
        answer = client.store_instances([pydicom.dcmread(file) for file in files])
        assert [str(it.ReferencedSOPInstanceUID) for it in answer.ReferencedSOPSequence] == [
            f"{SERIES}.{number}" for number in (1, 2, 3, 4)
        ]
        assert "FailedSOPSequence" not in answer
    (slide,) = own_store.case("26-000123").slides
    assert slide.path == home / "dicom" / "slides" / SERIES / "26-000123-A1-1.dcm"
    assert (slide.slide_id, slide.block, slide.scanner) == ("26-000123-A1-1", "1A", "Invented Scan 2 007")
    assert stat.S_IMODE((home / "dicom" / "restricted").stat().st_mode) == 0o700
    assert len(folders(home)) == 4
    assert list((home / "dicom" / "incoming").iterdir()) == []


def test_a_slide_whose_case_is_not_known_waits_on_the_unmatched_list(
    address: str, token: str, own_store: Store, tmp_path: Path
) -> None:
    content = write_instance(tmp_path / "a.dcm", AccessionNumber="26-999").read_bytes()
    assert post(address, token, multipart(content)).status_code == 200
    (waiting,) = waiting_slides(own_store)
    assert waiting.accession_number == "26-999"


def test_what_is_refused_is_named_and_the_rest_is_kept(
    address: str, token: str, own_store: Store, home: Path, tmp_path: Path
) -> None:
    good = write_instance(tmp_path / "a.dcm").read_bytes()
    scan = write_instance(tmp_path / "b.dcm", 2, SOPClassUID="1.2.840.10008.5.1.4.1.1.2").read_bytes()
    answer = post(address, token, multipart(good, scan, b"no DICOM at all", good[:-100]))
    assert answer.status_code == 202
    told = Dataset.from_json(answer.json())
    assert [it.ReferencedSOPInstanceUID for it in told.ReferencedSOPSequence] == [f"{SERIES}.1"]
    assert [(it.ReferencedSOPInstanceUID, it.FailureReason) for it in told.FailedSOPSequence] == [
        (f"{SERIES}.2", 0x0122),
        (f"{SERIES}.1", 0xC000),
    ]
    assert [it.FailureReason for it in told.OtherFailuresSequence] == [0xC000]
    assert folders(home) == [f"slides/{SERIES}/26-000123-A1-1.dcm"]
    assert post(address, token, multipart(scan)).status_code == 409


def test_a_study_of_the_address_takes_no_other(address: str, token: str, own_store: Store, tmp_path: Path) -> None:
    content = multipart(write_instance(tmp_path / "a.dcm").read_bytes())
    assert post(address, token, content, path="/studies/1.2.3").status_code == 409
    assert post(address, token, content, path=f"/studies/{STUDY}").status_code == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", KIND, 400),
        (multipart(b"x" * 3_000_000)[:2_000_000], KIND, 400),
        (b"something else", KIND, 400),
        (multipart(b"x"), "application/dicom", 415),
        (multipart(b"x"), 'multipart/related; type="application/dicom+json"; boundary=cut', 415),
        (multipart(b"x"), 'multipart/related; type="application/dicom"', 415),
    ],
)
def test_a_message_that_does_not_hold_together_leaves_nothing(
    address: str, token: str, home: Path, body: bytes, kind: str, status: int
) -> None:
    answer = post(address, token, body, kind)
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)
    assert [path for path in (home / "dicom").rglob("*") if path.is_file()] == []


def test_more_parts_than_a_slide_has_are_refused(
    address: str, token: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worklist.intake.dicomweb.parts.MOST_PARTS", 3)
    assert post(address, token, multipart(b"x", b"x", b"x")).status_code == 409
    assert post(address, token, multipart(b"x", b"x", b"x", b"x")).status_code == 400


def test_nobody_stores_without_a_token(address: str, token: str, home: Path) -> None:
    answer = post(address, "wrong", multipart(b"x"))
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert not (home / "dicom").exists()
