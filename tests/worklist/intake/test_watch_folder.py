"""Watched folders: real slides, copied slowly, renamed late, cut short or never whole; restarts and duplicates."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, VLWholeSlideMicroscopyImageStorage, generate_uid

from tests.support.slides import make_slide
from worklist.cases import Case
from worklist.commands.intake_watch import keep_looking
from worklist.errors import StoreError
from worklist.intake.names import compiled
from worklist.intake.unmatched import waiting_slides
from worklist.intake.watch.completeness import Look, Patience, is_given_up, looked, may_be_complete
from worklist.intake.watch.folder import Arrived, FolderWatch, Seen
from worklist.intake.watch.inspection import Inspection, InspectionProcess, Inspector, inspect_slide
from worklist.intake.watch.slide_files import Candidate, Stamp
from worklist.pathways import load_pathways
from worklist.people import Actor
from worklist.store.store import Store
from worklist.watching.operations import open_operations

SCANNER = Actor("folder watch", "system", "command line")
TABLE = load_pathways()
PATIENCE = Patience(quiet_s=30, give_up_s=300)
NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
PATTERNS = compiled()


@pytest.fixture(scope="module")
def slide_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_slide(tmp_path_factory.mktemp("slide") / "slide.tif").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "scans"
    made.mkdir()
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'worklist.db'}", lambda: NOW)
    opened.add_cases([case("26-000123"), case("26-000124")], SCANNER)
    yield opened
    opened.close()


def case(number: str) -> Case:
    return Case(
        accession_number=number,
        pathway="breast",
        pathway_name="kræftpakke bryst",
        received_utc=NOW,
        deadline_utc=TABLE.deadline("breast", "biopsy", NOW),
    )


class Watched:
    """A watch whose clock only the test moves."""

    def __init__(self, store: Store, *folders: Path, inspector: Inspector | None = None) -> None:
        self.now_s = 0.0

        def reader(files: Sequence[Path]) -> Inspection:
            return (inspector or partial(inspect_slide, patterns=PATTERNS))(files)

        self.watch = FolderWatch(store, folders, PATTERNS, SCANNER, reader, PATIENCE, lambda: self.now_s)

    def after(self, seconds: float) -> Seen:
        self.now_s += seconds
        return self.watch.look()

    def outcomes(self, seconds: float) -> dict[str, str]:
        return {it.path.name: it.applied.outcome for it in self.after(seconds).arrived}


def names_of(store: Store, number: str = "26-000123") -> list[str]:
    return sorted(slide.path.name for slide in store.case(number).slides)


def test_a_slide_comes_in_when_it_has_been_quiet_for_two_looks(store: Store, folder: Path, slide_bytes: bytes) -> None:
    (folder / "26-000123_1A_HE_01.svs").write_bytes(slide_bytes)
    watched = Watched(store, folder)
    assert watched.after(0).waiting == 1
    assert watched.outcomes(29) == {}
    assert watched.outcomes(1) == {"26-000123_1A_HE_01.svs": "matched"}
    (slide,) = store.case("26-000123").slides
    assert (slide.slide_id, slide.block, slide.stain) == ("26-000123_1A_HE_01", "1A", "HE")
    assert watched.after(30) == Seen(known=1)


def test_a_file_that_is_written_slowly_waits_for_its_end(store: Store, folder: Path, slide_bytes: bytes) -> None:
    watched = Watched(store, folder)
    path = folder / "26-000123_1A.svs"
    for part in range(1, 5):
        path.write_bytes(slide_bytes[: len(slide_bytes) * part // 4])
        os.utime(path, ns=(part * 10**9, part * 10**9))
        assert watched.outcomes(31) == {}, "every look finds it changed"
    assert watched.outcomes(31) == {"26-000123_1A.svs": "matched"}


def test_a_copy_that_stalls_is_read_in_vain_and_comes_in_once_it_is_whole(
    store: Store, folder: Path, slide_bytes: bytes
) -> None:
    watched = Watched(store, folder)
    path = folder / "26-000123_1A.svs"
    for missing in (10, 1000, len(slide_bytes) // 2):
        path.write_bytes(slide_bytes[:-missing])
        watched.after(1)
        assert watched.outcomes(60) == {}, missing
        assert watched.outcomes(60) == {}, missing
    path.write_bytes(slide_bytes)
    assert watched.outcomes(1) == {}
    assert watched.outcomes(31) == {"26-000123_1A.svs": "matched"}
    assert [slide.state for slide in store.case("26-000123").slides] == ["unscored"]


def test_what_never_becomes_readable_comes_in_as_failed_with_its_reason(
    store: Store, folder: Path, slide_bytes: bytes
) -> None:
    (folder / "26-000123_1A.svs").write_bytes(slide_bytes[: len(slide_bytes) // 2])
    (folder / "26-000124_1A.svs").write_bytes(b"")
    (folder / "scan 7.svs").write_bytes(b"no slide at all")
    watched = Watched(store, folder)
    watched.after(0)
    assert watched.outcomes(299) == {}
    assert watched.outcomes(31) == {
        "26-000123_1A.svs": "matched",
        "26-000124_1A.svs": "matched",
        "scan 7.svs": "unmatched",
    }
    (cut,), (empty,) = store.case("26-000123").slides, store.case("26-000124").slides
    assert cut.state == empty.state == "failed"
    assert "26-000123_1A.svs" in str(cut.reason)
    assert "empty (0 bytes)" in str(empty.reason)
    assert [it.path.name for it in waiting_slides(store)] == ["scan 7.svs"]
    assert watched.outcomes(1000) == {}, "each is told once"


def test_a_late_rename_is_one_slide(store: Store, folder: Path, slide_bytes: bytes) -> None:
    part = folder / "26-000123_1A.svs.part"
    part.write_bytes(slide_bytes)
    watched = Watched(store, folder)
    assert (watched.after(0).waiting, watched.after(60).waiting) == (1, 1)
    part.rename(folder / "26-000123_1A.svs")
    assert watched.outcomes(1) == {}
    assert watched.outcomes(30) == {"26-000123_1A.svs": "matched"}
    assert names_of(store) == ["26-000123_1A.svs"]


def test_a_restart_loses_nothing_and_doubles_nothing(store: Store, folder: Path, slide_bytes: bytes) -> None:
    (folder / "26-000123_1A.svs").write_bytes(slide_bytes)
    (folder / "scan 7.svs").write_bytes(slide_bytes + b" ")
    first = Watched(store, folder)
    first.after(0)
    assert len(first.outcomes(30)) == 2
    (folder / "26-000123_1B.svs").write_bytes(slide_bytes + b"1B")
    first.after(1)
    again = Watched(store, folder)
    again.after(0)
    assert again.outcomes(30) == {"26-000123_1B.svs": "matched", "scan 7.svs": "unchanged"}
    assert names_of(store) == ["26-000123_1A.svs", "26-000123_1B.svs"]
    assert len(waiting_slides(store)) == 1
    assert [it.times for it in open_operations(store)] == [1]


def test_two_watches_of_one_folder_double_nothing(store: Store, folder: Path, slide_bytes: bytes) -> None:
    (folder / "26-000123_1A.svs").write_bytes(slide_bytes)
    one, other = Watched(store, folder), Watched(store, folder)
    one.after(0), other.after(0)
    assert one.outcomes(30) == {"26-000123_1A.svs": "matched"}
    assert other.outcomes(30) == {}
    assert names_of(store) == ["26-000123_1A.svs"]


def test_a_slide_before_its_case_joins_it_at_a_later_look(store: Store, folder: Path, slide_bytes: bytes) -> None:
    (folder / "26-000777_1A.svs").write_bytes(slide_bytes)
    watched = Watched(store, folder)
    watched.after(0)
    assert watched.outcomes(30) == {"26-000777_1A.svs": "unmatched"}
    store.add_cases([case("26-000777")], SCANNER)
    assert watched.after(10).matched == 1
    assert names_of(store, "26-000777") == ["26-000777_1A.svs"]


def test_the_same_file_under_two_names_is_one_slide_of_its_case(store: Store, folder: Path, slide_bytes: bytes) -> None:
    for name in ("26-000123_1A.svs", "26-000123_1B.svs", "26-000124_1A.svs"):
        (folder / name).write_bytes(slide_bytes)
    watched = Watched(store, folder)
    watched.after(0)
    assert watched.outcomes(30) == {
        "26-000123_1A.svs": "matched",
        "26-000123_1B.svs": "unchanged",
        "26-000124_1A.svs": "matched",
    }
    assert names_of(store) == ["26-000123_1A.svs"]
    assert [(it.kind, it.subject) for it in open_operations(store)] == [("same slide twice", "26-000123")]
    assert Watched(store, folder).after(0).known == 3


def test_two_files_of_a_case_that_cannot_be_read_are_two_slides_though_they_hold_the_same(
    store: Store, folder: Path
) -> None:
    for name in ("26-000123_1A.svs", "26-000123_1B.svs"):
        (folder / name).touch()
    watched = Watched(store, folder)
    watched.after(0)
    assert watched.outcomes(600) == {"26-000123_1A.svs": "matched", "26-000123_1B.svs": "matched"}
    assert [slide.state for slide in store.case("26-000123").slides] == ["failed", "failed"]


def test_the_same_file_under_two_names_is_one_slide_also_where_both_wait(
    store: Store, folder: Path, slide_bytes: bytes
) -> None:
    for name in ("26-000777_1A.svs", "26-000777_1B.svs"):
        (folder / name).write_bytes(slide_bytes)
    watched = Watched(store, folder)
    watched.after(0)
    assert watched.outcomes(30) == {"26-000777_1A.svs": "unmatched", "26-000777_1B.svs": "unchanged"}
    store.add_cases([case("26-000777")], SCANNER)
    assert watched.after(10).matched == 1
    assert names_of(store, "26-000777") == ["26-000777_1A.svs"]


def test_a_patients_number_in_a_name_keeps_the_file_out_and_asks_for_another_name(
    store: Store, folder: Path, slide_bytes: bytes
) -> None:
    (folder / "26-000123_010190-1234.svs").write_bytes(slide_bytes)
    watched = Watched(store, folder)
    watched.after(0)
    assert list(watched.outcomes(30).values()) == ["refused"]
    assert watched.outcomes(30) == {}
    (asked,) = open_operations(store)
    assert "rename it" in asked.text
    assert "010190" not in asked.text + asked.subject
    (folder / "26-000123_010190-1234.svs").rename(folder / "26-000123_1A.svs")
    watched.after(1)
    assert watched.outcomes(30) == {"26-000123_1A.svs": "matched"}


def test_a_name_that_is_not_utf8_stops_nothing(store: Store, folder: Path, slide_bytes: bytes) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/26-000123_\xe6.svs")).write_bytes(slide_bytes)
    (folder / "26-000123_1A.svs").write_bytes(slide_bytes)
    watched = Watched(store, folder)
    watched.after(0)
    assert sorted(watched.outcomes(30).values()) == ["matched", "refused"]


def dicom_level(path: Path, series: str, width: int, accession_number: str = "26-000123") -> None:
    """One level of a whole-slide image, uncompressed."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = VLWholeSlideMicroscopyImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid()
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.3", series
    data.AccessionNumber, data.ContainerIdentifier = accession_number, f"{accession_number};1A;1"
    data.Manufacturer, data.PatientName, data.PatientID = "Leica", "Nobody^At All", "none"
    data.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    data.Rows = data.Columns = 64
    data.TotalPixelMatrixColumns = data.TotalPixelMatrixRows = width
    data.NumberOfFrames = (width // 64) ** 2
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PlanarConfiguration = 3, "RGB", 0
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    data.DimensionOrganizationType = "TILED_FULL"
    data.ImagedVolumeWidth = data.ImagedVolumeHeight = width / 2000
    data.PixelData = np.full((data.NumberOfFrames, 64, 64, 3), 200, np.uint8).tobytes()
    data.save_as(path, enforce_file_format=True)


def test_a_dicom_series_is_one_slide_and_says_its_case_itself(store: Store, folder: Path) -> None:
    watched = Watched(store, folder)
    dicom_level(folder / "0001.dcm", "1.2.3.4", 256)
    assert watched.outcomes(31) == {}
    dicom_level(folder / "0002.dcm", "1.2.3.4", 128)
    assert watched.outcomes(31) == {}, "a level that comes later makes the whole series wait"
    dicom_level(folder / "0003.dcm", "1.2.3.5", 128, "26-000124")
    watched.after(1)
    assert watched.outcomes(31) == {"0001.dcm": "matched", "0003.dcm": "matched"}
    (slide,) = store.case("26-000123").slides
    assert (slide.slide_id, slide.scanner) == ("26-000123;1A;1", "Leica")
    dicom_level(folder / "0004.dcm", "1.2.3.4", 512)
    watched.after(31)
    assert watched.outcomes(31) == {}, "a level that comes after all is no second slide"
    assert names_of(store) == ["0001.dcm"]


def test_a_dicom_series_that_says_no_case_waits_once_however_many_levels_come(store: Store, folder: Path) -> None:
    for number, width in ((1, 128), (2, 256), (3, 512)):
        dicom_level(folder / f"000{number}.dcm", "1.2.3.4", width, "")
        watched = Watched(store, folder)
        watched.after(0)
        watched.after(31)
    (waiting,) = waiting_slides(store)
    assert waiting.path == folder / "0001.dcm"
    assert [it.kind for it in open_operations(store)] == ["unmatched slide"]


def test_a_folder_that_cannot_be_read_is_told_and_the_others_go_on(
    store: Store, folder: Path, slide_bytes: bytes
) -> None:
    (folder / "26-000123_1A.svs").write_bytes(slide_bytes)
    watched = Watched(store, folder.parent / "share", folder)
    assert watched.after(0).unreadable == ("share",)
    assert watched.outcomes(30) == {"26-000123_1A.svs": "matched"}
    assert [(it.kind, it.subject, it.times) for it in open_operations(store)] == [("watched folder", "share", 1)]


def test_a_store_that_is_away_is_waited_for(
    store: Store, folder: Path, slide_bytes: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "26-000123_1A.svs").write_bytes(slide_bytes)
    watched = Watched(store, folder)
    stopped = threading.Event()
    kept = FolderWatch.look
    looks: list[str] = []

    def look(watch: FolderWatch, tell: Callable[[Arrived], None]) -> Seen:
        watched.now_s += 31
        looks.append("look")
        if len(looks) == 2:
            raise StoreError("the store: the server is away")
        if len(looks) == 3:
            stopped.set()
        return kept(watch, tell)

    monkeypatch.setattr(FolderWatch, "look", look)
    keep_looking(watched.watch, lambda _: None, stopped, 0.0)
    assert "the server is away; nothing is lost" in capsys.readouterr().err
    assert names_of(store) == ["26-000123_1A.svs"]


def test_a_file_that_changes_while_it_is_read_waits_on(store: Store, folder: Path, slide_bytes: bytes) -> None:
    path = folder / "26-000123_1A.svs"
    path.write_bytes(slide_bytes)

    def growing(files: Sequence[Path]) -> Inspection:
        with path.open("ab") as file:
            file.write(b"more")
        return Inspection()

    watched = Watched(store, folder, inspector=growing)
    watched.after(0)
    assert watched.outcomes(30) == {}
    assert names_of(store) == []


def test_a_file_that_crashes_or_stalls_its_reader_harms_no_other(folder: Path, slide_bytes: bytes) -> None:
    good = folder / "26-000123_1A.svs"
    good.write_bytes(slide_bytes)
    others = set(multiprocessing.active_children())
    reader = InspectionProcess(PATTERNS)
    stalled = InspectionProcess(PATTERNS, seconds=0.01)
    try:
        assert reader([good]) == Inspection()
        (child,) = set(multiprocessing.active_children()) - others
        child.kill()
        child.join()
        assert "crashes the program" in str(reader([good]).unreadable)
        assert reader([good]) == Inspection()
        os.mkfifo(folder / "26-000124.svs")
        assert "takes longer than" in str(stalled([folder / "26-000124.svs"]).unreadable)
    finally:
        reader.close()
        stalled.close()


def test_completeness_is_told_by_the_running_clock_alone() -> None:
    candidate = Candidate(Path("a.svs"), (Path("a.svs"),), Stamp(1, 10, 5))
    looks = looked({}, [candidate], 100.0)
    assert looked(looks, [candidate], 140.0) == looks
    assert looked(looks, [], 140.0) == {}
    look = looks[candidate.path]
    times: dict[str, Any] = {"may": [], "gone": []}
    for now_s in (129.9, 130.0, 399.9, 400.0):
        times["may"].append(may_be_complete(look, now_s, PATIENCE))
        times["gone"].append(is_given_up(look, now_s, PATIENCE))
    assert times == {"may": [False, True, True, True], "gone": [False, False, False, True]}
    assert not may_be_complete(Look(Stamp(1, 0, 5), 0.0), 1000.0, PATIENCE), "an empty file is never complete"
