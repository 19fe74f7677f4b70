"""Instances are kept whole or not at all, the largest scan is the slide, and pictures of the glass lie apart."""

import errno
import stat
from pathlib import Path

import pytest

from inference.slides.open import open_slide
from tests.support.dicom_slides import SERIES, STUDY, write_instance
from worklist.intake.dicomweb.attributes import InstanceRefusedError, read_facts
from worklist.intake.dicomweb.landing import Landing


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "dicom")


def land(landing: Landing, made: Path) -> None:
    with landing.incoming() as folder:
        landing.keep(made.replace(folder / "0.part"))


def kept(landing: Landing) -> dict[str, int]:
    found = landing.folder.rglob("*.dcm")
    return {str(path.relative_to(landing.folder)).replace(SERIES, "S"): path.stat().st_size for path in sorted(found)}


def test_what_an_instance_tells_of_its_slide(tmp_path: Path) -> None:
    facts = read_facts(write_instance(tmp_path / "a.dcm"))
    assert (facts.accession_number, facts.slide_id, facts.block) == ("26-000123", "26-000123-A1-1", "1A")
    assert facts.stain == "hematoxylin stain, water soluble eosin stain"
    assert facts.scanner == "Invented Scan 2 007"
    assert (facts.picture, facts.pixels, facts.problem) == ("scan", 512 * 512, None)


@pytest.mark.parametrize("kind", ["LABEL", "OVERVIEW", "SOMETHING"])
def test_pictures_of_the_glass_lie_apart_for_their_owner_alone(landing: Landing, tmp_path: Path, kind: str) -> None:
    land(landing, write_instance(tmp_path / "a.dcm", 3, 256, kind))
    (name,) = kept(landing)
    assert name == "restricted/S/" + f"{SERIES}.3.dcm".replace(SERIES, "S")
    place = landing.folder / "restricted"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in place.rglob("*"))
    assert landing.slide_facts(SERIES) == []


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (2, 1, 3)])
def test_the_largest_scan_is_the_slide_in_whatever_order_the_levels_come(
    landing: Landing, tmp_path: Path, order: tuple[int, ...]
) -> None:
    for number in order:
        land(landing, write_instance(tmp_path / "a.dcm", number, 256 * number))
    assert landing.slide_facts(SERIES)[0].pixels == 768 * 768
    assert set(kept(landing)) == {"slides/S/S.1.dcm", "slides/S/S.2.dcm", "slides/S/26-000123-A1-1.dcm"}
    assert all(landing.holds(SERIES, f"{SERIES}.{number}") for number in order)
    assert not landing.holds(SERIES, f"{SERIES}.4")
    with open_slide(landing.folder / "slides" / SERIES / "26-000123-A1-1.dcm") as slide:
        assert (slide.width, slide.height) == (768, 768)


@pytest.mark.parametrize(
    ("slide_id", "name"),
    [("../../etc/x", "__.._etc_x.dcm"), ("12.3", "slide-12.3.dcm"), ("", "slide.dcm"), ("010190-9990", "slide.dcm")],
)
def test_a_slide_is_named_by_its_number_in_letters_that_a_path_may_have(
    landing: Landing, tmp_path: Path, slide_id: str, name: str
) -> None:
    land(landing, write_instance(tmp_path / "a.dcm", ContainerIdentifier=slide_id))
    land(landing, write_instance(tmp_path / "b.dcm", 2, 768, ContainerIdentifier="another"))
    assert set(kept(landing)) == {f"slides/S/{name}", "slides/S/S.1.dcm"}
    assert landing.slide_facts(SERIES)[0].instance == f"{SERIES}.2"


def test_the_same_again_changes_nothing_and_another_of_its_number_is_refused(landing: Landing, tmp_path: Path) -> None:
    land(landing, write_instance(tmp_path / "a.dcm"))
    before = kept(landing)
    land(landing, write_instance(tmp_path / "a.dcm"))
    with pytest.raises(InstanceRefusedError, match="is here already; it stands"):
        land(landing, write_instance(tmp_path / "a.dcm", Manufacturer="Another"))
    assert kept(landing) == before


@pytest.mark.parametrize("raw", [False, True])
def test_a_file_that_is_cut_short_anywhere_is_not_kept(landing: Landing, tmp_path: Path, raw: bool) -> None:
    whole = write_instance(tmp_path / "a.dcm", raw=raw).read_bytes()
    for length in (0, 100, 140, 400, 900, len(whole) // 2, len(whole) - 9, len(whole) - 1):
        (tmp_path / "cut.dcm").write_bytes(whole[:length])
        with pytest.raises(InstanceRefusedError):
            land(landing, tmp_path / "cut.dcm")
    assert kept(landing) == {}
    assert list((landing.folder / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "reason", "words"),
    [
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, 0x0122, "Whole Slide"),
        ({"SeriesInstanceUID": "../../etc"}, 0xC000, "no UID"),
        ({"SeriesInstanceUID": None}, 0xC000, "missing"),
        ({"StudyInstanceUID": "1." * 40 + "1"}, 0xC000, "no UID"),
    ],
)
def test_what_is_not_taken_says_why(
    landing: Landing, tmp_path: Path, changes: dict[str, str | None], reason: int, words: str
) -> None:
    with pytest.raises(InstanceRefusedError, match=words) as raised:
        land(landing, write_instance(tmp_path / "a.dcm", **changes))
    assert raised.value.reason == reason
    assert kept(landing) == {}


def test_an_instance_of_another_study_is_refused(landing: Landing, tmp_path: Path) -> None:
    with landing.incoming() as folder, pytest.raises(InstanceRefusedError, match="another study"):
        landing.keep(write_instance(folder / "a.dcm"), f"{STUDY}.9")


def test_a_patients_number_is_left_out_and_said(tmp_path: Path) -> None:
    facts = read_facts(write_instance(tmp_path / "a.dcm", AccessionNumber="010190-9990", ContainerIdentifier="x"))
    assert facts.accession_number is None
    assert "a Danish CPR number" in str(facts.problem)
    assert "010190" not in str(facts)
    assert read_facts(write_instance(tmp_path / "b.dcm", AccessionNumber="")).problem is not None


def test_a_full_disk_leaves_nothing_behind(landing: Landing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("worklist.intake.dicomweb.landing.to_disk", full)
    with pytest.raises(InstanceRefusedError, match="no room left") as raised:
        land(landing, write_instance(tmp_path / "a.dcm"))
    assert raised.value.reason == 0xA700
    assert kept(landing) == {}
