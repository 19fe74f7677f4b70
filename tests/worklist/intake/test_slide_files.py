"""Which files of a folder are slides, and which belong to one slide together."""

import os
from pathlib import Path

import pytest

from worklist.intake.watch.slide_files import find_candidates


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "scans"
    made.mkdir()
    return made


def test_other_files_are_counted_and_passed_over(folder: Path) -> None:
    (folder / "results").mkdir()
    for name in ("notes.txt", "photo.jpg", ".26-000123_1A.svs", "results/result.json", "results/26-1.tif", "a.svs.tmp"):
        (folder / name).write_bytes(b"x")
    os.mkfifo(folder / "26-000123.svs")
    found = find_candidates(folder, lambda *_: "")
    assert (found.candidates, found.others, found.under_way) == ((), 2, 1)


def test_a_mirax_slide_is_complete_only_with_its_folder(folder: Path) -> None:
    (folder / "26-000123_1A.mrxs").write_bytes(b"x")
    before = find_candidates(folder, lambda *_: "").candidates[0].stamp
    (folder / "26-000123_1A").mkdir()
    (folder / "26-000123_1A" / "Slidedat.ini").write_bytes(b"xx")
    (folder / "26-000123_1A" / "Data0000.dat").write_bytes(b"xxx")
    found = find_candidates(folder, lambda *_: "")
    (candidate,) = found.candidates
    assert (candidate.path.name, candidate.stamp.files, candidate.stamp.size) == ("26-000123_1A.mrxs", 3, 6)
    assert candidate.stamp != before
    assert found.others == 0


def test_a_vms_slide_is_its_index_and_the_pictures_that_it_names(folder: Path) -> None:
    (folder / "26-000123.vms").write_text("[Virtual Microscope Specimen]\nImageFile=a.jpg\nMapFile=map.jpg\n")
    for name in ("a.jpg", "map.jpg", "other.jpg"):
        (folder / name).write_bytes(b"x")
    found = find_candidates(folder, lambda *_: "")
    assert [it.path.name for it in found.candidates] == ["26-000123.vms"]
    assert (found.candidates[0].stamp.files, found.others) == (3, 1)
