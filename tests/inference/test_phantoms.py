"""Phantoms are slides that the pipeline takes for H&E, drawn the same from the same seed."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from inference.errors import UnreadableSlideError
from inference.overview import look_at
from inference.phantoms import DEMO_SLIDES, PhantomSpec, demo_set, draw_demo_slides, draw_phantom, phantom_image
from inference.slides.open import open_slide
from inference.tiling import tile_rows
from models.registry import find_model

SMALL = PhantomSpec(seed=7, width_px=1200, height_px=900, mpp=1.0)


def variant(**changes: object) -> PhantomSpec:
    return SMALL.model_copy(update=changes)


def test_the_same_spec_gives_the_same_file_and_another_seed_another(tmp_path: Path) -> None:
    for name, spec in (("a", SMALL), ("b", SMALL), ("c", variant(seed=8))):
        draw_phantom(spec, tmp_path / name)
    first, second, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert first == second
    assert first != other


def test_a_phantom_opens_as_a_slide_with_its_resolution_and_is_fit_to_score(tmp_path: Path) -> None:
    path = tmp_path / "phantom.tif"
    draw_phantom(variant(width_px=2048, height_px=1536, mpp=0.5, nests=0.3), path)
    with open_slide(path) as slide:
        assert (slide.width, slide.height) == (2048, 1536)
        assert slide.mpp == pytest.approx(0.5, rel=1e-3)
        assert len(slide.levels) > 1
        overview = look_at(slide)
    assert overview.quality.verdict == "ok"
    assert 0.4 < overview.tissue.mean() < 0.9


def test_a_blurred_phantom_is_rejected_for_focus(tmp_path: Path) -> None:
    path = tmp_path / "blurred.tif"
    draw_phantom(variant(mpp=0.5, blur=True), path)
    with open_slide(path) as slide:
        quality = look_at(slide).quality
    assert quality.verdict == "reject"
    assert "out of focus" in (quality.reason or "")


def test_a_broken_phantom_cannot_be_opened_as_a_whole_slide(tmp_path: Path) -> None:
    path = tmp_path / "broken.tif"
    draw_phantom(variant(broken=True), path)
    with pytest.raises(UnreadableSlideError, match=r"broken\.tif"):
        open_slide(path)


def test_nests_make_the_section_bluer_and_denser() -> None:
    plain = phantom_image(variant(nests=0.0)).astype(np.float64)
    nests = phantom_image(variant(nests=0.5)).astype(np.float64)
    red_lost = plain[..., 0].mean() - nests[..., 0].mean()
    assert red_lost > 8
    dark = (nests.mean(axis=2) < 130).mean() - (plain.mean(axis=2) < 130).mean()
    assert dark > 0.05


def test_the_bundled_model_puts_nests_well_above_a_benign_phantom(tmp_path: Path) -> None:
    model = find_model("idc-screen")
    network = onnxruntime.InferenceSession(model.weights(), providers=["CPUExecutionProvider"])
    highest = {}
    for name, spec in (("benign", PhantomSpec(seed=21, fat=0.3)), ("nests", PhantomSpec(seed=22, nests=0.5))):
        draw_phantom(spec.model_copy(update={"width_px": 2560, "height_px": 2048}), tmp_path / name)
        with open_slide(tmp_path / name) as slide:
            tissue = look_at(slide).tissue
            mask_mpp = (slide.width * 0.5 / tissue.shape[1], slide.height * 0.5 / tissue.shape[0])
            px, mpp = model.manifest.tile_px, model.manifest.mpp
            tiles = [
                slide.read_region(x, row.y, px, px, mpp)
                for row in tile_rows(tissue, mask_mpp, slide.width, slide.height, 0.5, px, mpp)
                for x in row.xs
            ]
        logits = network.run(None, {"tiles": np.stack(tiles)})[0]
        highest[name] = float(np.sort(logits)[-5:].mean())
    assert highest["nests"] > highest["benign"] + 0.5


def test_a_pen_colours_what_it_covers_green() -> None:
    marked, plain = phantom_image(variant(pen=True)).astype(int), phantom_image(SMALL).astype(int)
    changed = (marked != plain).any(axis=2)
    assert 0.02 < changed.mean() < 0.3
    assert (marked[changed][:, 1] > marked[changed][:, 0]).mean() > 0.8


@pytest.mark.parametrize("size", [(64, 64), (100, 700), (1001, 333)])
def test_any_size_can_be_drawn(size: tuple[int, int]) -> None:
    spec = variant(width_px=size[0], height_px=size[1], nests=0.3)
    assert phantom_image(spec).shape == (size[1], size[0], 3)


def test_the_demo_has_twelve_slides_with_each_kind_of_trouble() -> None:
    specs = [slide.spec for slide in DEMO_SLIDES]
    assert [slide.name for slide in DEMO_SLIDES] == [f"phantom-{number:02d}.tif" for number in range(1, 13)]
    assert len({spec.seed for spec in specs}) == 12
    assert 3 <= sum(spec.nests > 0 for spec in specs) <= 4
    assert sum(spec.blur for spec in specs) == 1
    assert sum(spec.pen for spec in specs) == 1
    assert sum(spec.broken for spec in specs) == 1


def test_demo_slides_are_drawn_once_and_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = tuple(demo_set.DemoSlide(f"phantom-{number:02d}.tif", variant(seed=number)) for number in (1, 2))
    monkeypatch.setattr(demo_set, "DEMO_SLIDES", few)
    told: list[tuple[int, int, str]] = []
    paths = draw_demo_slides(tmp_path / "demo slides", lambda *step: told.append(step))
    assert [path.name for path in paths] == ["phantom-01.tif", "phantom-02.tif"]
    assert told == [(1, 2, "phantom-01.tif"), (2, 2, "phantom-02.tif")]
    before = [path.stat().st_mtime_ns for path in paths]
    assert draw_demo_slides(tmp_path / "demo slides") == paths
    assert [path.stat().st_mtime_ns for path in paths] == before
    assert sorted(path.name for path in (tmp_path / "demo slides").glob("[!.]*")) == [path.name for path in paths]


def test_a_demo_slide_that_was_drawn_from_another_spec_is_drawn_anew(tmp_path: Path) -> None:
    def drawn(**shown: Any) -> tuple[int, bytes]:
        (path,) = draw_demo_slides(tmp_path, slides=[demo_set.DemoSlide("phantom.tif", variant(**shown))])
        return path.stat().st_mtime_ns, path.read_bytes()

    first, other = drawn(seed=1), drawn(seed=2)
    assert other[1] != first[1]
    assert drawn(seed=2) == other
    assert drawn(seed=1)[1] == first[1]
