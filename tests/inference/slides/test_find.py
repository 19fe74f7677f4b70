"""Which files are slides."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from inference.errors import UnreadableSlideError
from inference.slides.find import find_slides


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def found(*paths: Path) -> list[str]:
    return [path.name for path in find_slides(paths)]


def test_a_folder_is_searched_to_its_bottom_in_order(tmp_path: Path) -> None:
    touch(tmp_path, "b.svs", "deep/er/c.NDPI", "a.tif", "notes.txt", "b.svs.mpp", ".hidden.svs", ".cache/d.svs")
    assert found(tmp_path) == ["a.tif", "b.svs", "c.NDPI"]


def test_pictures_beside_slides_are_not_slides(tmp_path: Path) -> None:
    touch(tmp_path, "a.tif", "a_truth.png", "photo.jpg")
    assert found(tmp_path) == ["a.tif"]


def test_pictures_alone_are_slides(tmp_path: Path) -> None:
    touch(tmp_path, "b.png", "a.JPG", "c.jpeg")
    assert found(tmp_path) == ["a.JPG", "b.png", "c.jpeg"]


def test_a_named_file_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    touch(tmp_path, "scan", "mask.png", "a.svs")
    assert found(tmp_path / "scan", tmp_path / "mask.png", tmp_path) == ["scan", "mask.png", "a.svs"]


def test_a_slide_that_is_named_twice_is_found_once(tmp_path: Path) -> None:
    touch(tmp_path, "a.svs", "deep/b.svs")
    assert found(tmp_path, tmp_path / "a.svs", tmp_path / "deep" / ".." / "a.svs") == ["a.svs", "b.svs"]


def test_an_empty_folder_holds_no_slides(tmp_path: Path) -> None:
    assert found(tmp_path) == []


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSlideError, match=r"gone\.svs: no such file or folder"):
        find_slides([tmp_path / "gone.svs"])


def test_the_files_of_one_dicom_series_are_one_slide(
    tmp_path: Path, make_dicom: Callable[..., Path], picture: object
) -> None:
    make_dicom("level1.dcm", picture[:200, :200], series="1.2.3")  # type: ignore[index]
    make_dicom("level0.dcm", picture, series="1.2.3")
    make_dicom("other.dcm", picture, series="1.2.4")
    assert found(tmp_path) == ["level0.dcm", "other.dcm"]


def test_what_calls_itself_dicom_and_is_not_is_still_a_slide_to_report(tmp_path: Path) -> None:
    touch(tmp_path, "broken.dcm")
    Image.new("RGB", (5, 5)).save(tmp_path / "mask.png")
    assert found(tmp_path) == ["broken.dcm"]


def test_results_of_an_earlier_run_are_no_slides(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "white").save(tmp_path / "a.png")
    done = tmp_path / "forrang-results" / "a.png-0123"
    done.mkdir(parents=True)
    (done / "result.json").write_text("{}")
    Image.new("RGB", (40, 30), "white").save(done / "heatmap.png")
    assert find_slides([tmp_path]) == [tmp_path / "a.png"]


def test_pictures_of_the_glass_and_its_label_are_no_slides(tmp_path: Path) -> None:
    for name in ("a.png", "a_label.png", "Macro.jpg"):
        Image.new("RGB", (40, 30), "white").save(tmp_path / name)
    assert find_slides([tmp_path]) == [tmp_path / "a.png"]


def test_a_slide_in_a_folder_that_may_not_be_entered_is_a_named_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Path, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "stat", refused)
    with pytest.raises(UnreadableSlideError, match=r"a\.svs: cannot be looked at \(Permission denied\)"):
        find_slides([tmp_path / "a.svs"])
