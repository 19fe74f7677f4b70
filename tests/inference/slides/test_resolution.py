"""What a px measures, and who says so."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.errors import ResolutionError
from inference.slides.open import open_slide
from inference.slides.resolution import find_resolution, require_mpp


def test_the_callers_word_wins_over_metadata_and_sidecar(tmp_path: Path) -> None:
    path = tmp_path / "a.svs"
    Path(f"{path}.mpp").write_text("0.5")
    found = find_resolution(path, (0.3, 0.3), "file", 0.25)
    assert (found.mpp, found.source) == (0.25, "given by the user")


def test_metadata_win_over_the_sidecar(tmp_path: Path) -> None:
    path = tmp_path / "a.svs"
    Path(f"{path}.mpp").write_text("0.5")
    assert find_resolution(path, (0.3, 0.3), "file's metadata", None).mpp == 0.3


@pytest.mark.parametrize("text", ["0.5", " 0,5\n", "\ufeff0.5"])
def test_a_sidecar_speaks_where_the_file_is_silent(tmp_path: Path, text: str) -> None:
    path = tmp_path / "prøve 1.svs"
    Path(f"{path}.mpp").write_text(text, encoding="utf-8")
    found = find_resolution(path, None, "", None)
    assert (found.mpp, found.source) == (0.5, "sidecar prøve 1.svs.mpp")


@pytest.mark.parametrize("text", ["", "half", "0.5 0.5", "500", "nan", "-1"])
def test_a_sidecar_that_makes_no_sense_is_ignored_and_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.svs"
    Path(f"{path}.mpp").write_text(text)
    found = find_resolution(path, None, "", None)
    assert found.mpp is None
    assert "a.svs.mpp" in found.source


@pytest.mark.parametrize("absurd", [(352.8, 352.8), (0.0, 0.0), (math.inf, math.inf), (math.nan, 1.0), (0.25, 30.0)])
def test_absurd_metadata_are_ignored_and_said_so(tmp_path: Path, absurd: tuple[float, float]) -> None:
    found = find_resolution(tmp_path / "a.tif", absurd, "file's metadata", None)
    assert found.mpp is None
    assert "makes no sense" in found.source
    assert found.assumptions


def test_a_sidecar_mends_absurd_metadata(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Path(f"{path}.mpp").write_text("0.5")
    assert find_resolution(path, (352.8, 352.8), "tags", None).mpp == 0.5


def test_nearly_square_px_take_the_mean_and_say_so(tmp_path: Path) -> None:
    found = find_resolution(tmp_path / "a.tif", (0.50, 0.52), "tags", None)
    assert found.mpp == pytest.approx(0.51)
    assert "taken as square" in found.assumptions[0]
    assert not find_resolution(tmp_path / "a.tif", (0.500, 0.501), "tags", None).assumptions


def test_px_far_from_square_are_not_believed(tmp_path: Path) -> None:
    found = find_resolution(tmp_path / "a.tif", (0.5, 0.6), "tags", None)
    assert found.mpp is None
    assert "square" in found.source


@pytest.mark.parametrize("given", [0.0, 0.01, 250.0, math.nan])
def test_an_absurd_number_from_the_caller_is_an_error(tmp_path: Path, given: float) -> None:
    with pytest.raises(ResolutionError, match=r"a\.tif.*0\.05 to 20"):
        find_resolution(tmp_path / "a.tif", None, "", given)


def test_a_slide_without_resolution_opens_and_says_what_to_do(make_slide: Callable[..., Path]) -> None:
    with open_slide(make_slide(mpp=None)) as slide:
        assert slide.mpp is None
        assert slide.thumbnail(100).shape == (78, 100, 3)
        with pytest.raises(ResolutionError, match=r"slide\.svs: resolution unknown.*--mpp.*slide\.svs\.mpp"):
            require_mpp(slide)
        with pytest.raises(ResolutionError):
            slide.read_region(0, 0, 10, 10, 0.5)
        with pytest.raises(ResolutionError):
            slide.read_row(0, [0], 10, 0.5)


def test_a_slide_without_resolution_is_read_once_somebody_says_it(make_slide: Callable[..., Path]) -> None:
    path = make_slide(mpp=None)
    with open_slide(path, mpp=0.5) as slide:
        assert require_mpp(slide) == 0.5
    Path(f"{path}.mpp").write_text("0.4")
    with open_slide(path) as slide:
        assert slide.read_region(0, 0, 10, 10, 0.4).shape == (10, 10, 3)


def test_an_absurd_resolution_in_a_file_is_asked_for(make_slide: Callable[..., Path]) -> None:
    with (
        open_slide(make_slide(mpp=352.8)) as slide,
        pytest.raises(ResolutionError, match=r"352\.8 um per px, which makes no sense"),
    ):
        require_mpp(slide)
