"""Slides stay open between their tiles, a few at a time, and never longer than their file."""

from pathlib import Path
from threading import Barrier, Thread

import pytest

from inference.errors import UnreadableSlideError
from inference.slides.open import open_slide
from inference.slides.slide import Slide
from inference.slides.tiled import TiledSlide
from tests.support.slides import make_slide
from ui.viewer.opened import OpenSlides


class Counting:
    """Opens slides, and knows which."""

    def __init__(self) -> None:
        self.all: list[TiledSlide] = []

    def __call__(self, path: Path) -> Slide:
        slide = open_slide(path)
        assert isinstance(slide, TiledSlide)
        self.all.append(slide)
        return slide


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    return [make_slide(tmp_path / f"{number}.tif", seed=number) for number in range(3)]


def test_a_slide_is_opened_once_for_all_its_tiles(paths: list[Path]) -> None:
    opening = Counting()
    slides = OpenSlides(2, opening)
    for _ in range(3):
        with slides.reading(paths[0]) as slide:
            assert slide.width == 1024
    assert len(opening.all) == 1
    slides.close()
    assert opening.all[0].closed


def test_the_least_used_is_closed_and_one_that_is_read_is_not(paths: list[Path]) -> None:
    opening = Counting()
    slides = OpenSlides(1, opening)
    with slides.reading(paths[0]) as first:
        for path in paths[1:]:
            with slides.reading(path):
                pass
        assert first.read_scaled(0, 0, 8, 8, 1).shape == (8, 8, 3)
    assert [it.closed for it in opening.all] == [False, True, True]
    with slides.reading(paths[1]):
        pass
    assert opening.all[0].closed
    slides.close()


def test_readers_at_once_wait_for_one_opening(paths: list[Path]) -> None:
    opening = Counting()
    slides = OpenSlides(4, opening)
    together = Barrier(4)

    def read() -> None:
        together.wait()
        with slides.reading(paths[0]) as slide:
            slide.read_scaled(0, 0, 64, 64, 2)

    threads = [Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opening.all) == 1
    slides.close()


def test_a_slide_that_was_deleted_under_the_viewer_is_gone_and_one_put_in_its_place_is_another(
    paths: list[Path],
) -> None:
    opening = Counting()
    slides = OpenSlides(4, opening)
    with slides.reading(paths[0]):
        pass
    paths[0].unlink()
    with pytest.raises(UnreadableSlideError, match=r"0\.tif: no such file"), slides.reading(paths[0]):
        pass
    paths[1].rename(paths[0])
    with slides.reading(paths[0]):
        pass
    assert len(opening.all) == 2
    slides.close()


def test_one_that_cannot_be_opened_holds_no_place(tmp_path: Path, paths: list[Path]) -> None:
    broken = tmp_path / "broken.tif"
    broken.write_bytes(paths[0].read_bytes()[:1000])
    opening = Counting()
    slides = OpenSlides(1, opening)
    with slides.reading(paths[0]):
        pass
    with pytest.raises(UnreadableSlideError), slides.reading(broken):
        pass
    with slides.reading(paths[0]):
        pass
    assert len(opening.all) == 1
    slides.close()
