"""Each quality check gives a number, a verdict and a remedy; a slide that cannot be judged is not judged badly."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import data

from inference.overview import look_at
from inference.phantoms import PhantomSpec, phantom_image
from inference.quality.checks import Check, Quality
from inference.quality.focus import plan_patches, share_blurred
from inference.quality.judge import judge_quality
from inference.slides.open import open_slide
from inference.tissue import find_tissue

Pixels = npt.NDArray[np.uint8]


def judged(picture: Pixels, mpp: float | None = 8.0, sharpness: float | None = None) -> Quality:
    return judge_quality(picture, find_tissue(picture, mpp), mpp, sharpness)


def check(quality: Quality, name: str) -> Check:
    return next(check for check in quality.checks if check.name == name)


@pytest.fixture(scope="module")
def phantom() -> Pixels:
    return phantom_image(PhantomSpec(seed=5, width_px=1600, height_px=1200, mpp=1.0, nests=0.3))


def test_a_good_section_is_ok_and_gives_no_reason(phantom: Pixels) -> None:
    quality = judged(phantom, 1.0, sharpness=0.0)
    assert quality.verdict == "ok"
    assert quality.reason is None
    assert all(check.message == "" for check in quality.checks)
    assert [check.name for check in quality.checks] == ["stain", "tissue_area", "sharpness", "saturation", "pen"]


def test_a_slide_out_of_focus_is_rejected_with_the_remedy(phantom: Pixels) -> None:
    quality = judged(phantom, 1.0, sharpness=0.62)
    assert quality.verdict == "reject"
    assert quality.reason == "rescan: 62% of the tissue is out of focus"
    assert judged(phantom, 1.0, sharpness=0.3).verdict == "warn"


def test_focus_that_could_not_be_judged_is_no_fault_but_is_said(phantom: Pixels) -> None:
    sharpness = check(judged(phantom, 1.0, sharpness=None), "sharpness")
    assert sharpness.value is None
    assert sharpness.verdict == "ok"
    assert "resolution is too low" in sharpness.message


def test_empty_glass_is_rejected_for_want_of_tissue() -> None:
    quality = judged(np.full((200, 300, 3), 244, np.uint8))
    assert quality.verdict == "reject"
    assert quality.reason is not None
    assert "no tissue found" in quality.reason
    assert "rescan" in quality.reason


def test_tissue_is_measured_in_mm2_and_left_open_without_resolution(phantom: Pixels) -> None:
    area = check(judged(phantom, 1.0), "tissue_area").value
    assert area is not None
    assert 0.7 < area < 1.92
    assert check(judged(phantom, None), "tissue_area").value is None


def test_a_grey_picture_is_rejected_as_colourless(phantom: Pixels) -> None:
    grey = np.repeat(phantom.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    quality = judged(grey, 1.0)
    assert quality.verdict == "reject"
    assert quality.reason is not None
    assert "no colour" in quality.reason


def test_a_black_picture_is_rejected() -> None:
    assert "no light" in (judged(np.zeros((100, 100, 3), np.uint8)).reason or "")


@pytest.mark.parametrize("photograph", ["astronaut", "coffee", "chelsea", "rocket", "retina"])
def test_a_photograph_is_rejected(photograph: str) -> None:
    quality = judged(getattr(data, photograph)(), None)
    assert quality.verdict == "reject"
    assert check(quality, "stain").verdict == "reject"


def test_immunohistochemistry_is_warned_of_and_not_rejected() -> None:
    quality = judged(np.asarray(data.immunohistochemistry()), None)  # type: ignore[no-untyped-call]
    assert quality.verdict == "warn"
    assert "immunohistochemistry" in check(quality, "stain").message


def test_pen_over_the_tissue_warns_with_its_share() -> None:
    marked = phantom_image(PhantomSpec(seed=6, width_px=1600, height_px=1200, mpp=1.0, pen=True))
    pen = check(judged(marked, 1.0, sharpness=0.0), "pen")
    assert pen.verdict == "warn"
    assert pen.value is not None
    assert 0.05 < pen.value < 0.4
    assert "nothing under it is scored" in pen.message


def test_tissue_too_dark_for_the_camera_is_not_passed(phantom: Pixels) -> None:
    stained = np.clip((phantom.astype(np.float32) - 165) * 2.8, 0, 255).astype(np.uint8)
    saturation = check(judged(stained, 1.0), "saturation")
    assert saturation.verdict in {"warn", "reject"}
    assert "exposure" in saturation.message


def test_assumptions_are_handed_through(phantom: Pixels) -> None:
    tissue = find_tissue(phantom, 1.0)
    assert judge_quality(phantom, tissue, 1.0, None, ("no ImageType",)).assumptions == ("no ImageType",)


def test_the_reason_names_only_the_gravest_checks() -> None:
    checks = (
        Check(name="stain", value=1.0, unit="", verdict="warn", message="odd stain"),
        Check(name="tissue_area", value=0.0, unit="mm2", verdict="reject", message="no tissue"),
    )
    assert Quality(verdict="reject", checks=checks).reason == "no tissue"


def texture(sharp: float, count: int = 6) -> Pixels:
    rng = np.random.default_rng(2)
    spots = rng.random((count, 256, 256)) < 0.004
    drawn = ndimage.gaussian_filter(spots.astype(np.float32), (0, 4, 4))
    nuclei = drawn > 0.006
    picture = np.where(nuclei[..., None], (120, 80, 140), (220, 160, 190)).astype(np.float32)
    blurred = ndimage.gaussian_filter(picture, (0, sharp, sharp, 0))
    return np.clip(blurred + rng.normal(0, 1.5, picture.shape), 0, 255).astype(np.uint8)


def test_focus_tells_sharp_from_blurred_patches() -> None:
    assert share_blurred(texture(0.4), 0.5) == 0.0
    assert share_blurred(texture(3.0), 0.5) == 1.0
    mixed = np.concatenate([texture(0.4), texture(4.0)])
    assert share_blurred(mixed, 0.5) == 0.5


def test_a_slide_blurred_beyond_all_structure_counts_as_blurred() -> None:
    assert share_blurred(np.full((4, 256, 256, 3), 190, np.uint8), 0.5) == 1.0


def test_focus_is_not_judged_without_patches_or_at_low_resolution() -> None:
    assert share_blurred(np.empty((0, 256, 256, 3), np.uint8), 0.5) is None
    assert share_blurred(texture(0.4), 4.0) is None
    assert plan_patches(np.ones((10, 10), np.bool_), 1000, 1000, 4.0).corners == ()
    assert plan_patches(np.zeros((10, 10), np.bool_), 1000, 1000, 0.5).corners == ()


@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    width=st.integers(300, 50_000),
    height=st.integers(300, 50_000),
    mpp=st.floats(0.2, 1.2),
)
@settings(max_examples=100, deadline=None)
def test_planned_patches_lie_on_the_slide_and_are_always_the_same(
    seed: int, shape: tuple[int, int], width: int, height: int, mpp: float
) -> None:
    tissue = np.random.default_rng(seed).random(shape) < 0.5
    plan = plan_patches(tissue, width, height, mpp, count=12)
    side = plan.px * plan.mpp / mpp
    assert len(plan.corners) <= 12
    assert len(plan.corners) > 0 or not tissue.any()
    assert plan == plan_patches(tissue, width, height, mpp, count=12)
    for x, y in plan.corners:
        assert 0 <= x <= max(0.0, width - side)
        assert 0 <= y <= max(0.0, height - side)


REAL = [("CMU-1-Small-Region.svs", None), ("TCGA-CR-7395_crop.svs", 0.25), ("idc_14306.tif", None)]


@pytest.mark.parametrize(("name", "mpp"), REAL)
def test_the_good_real_slides_are_ok(data_dir: Path, name: str, mpp: float | None) -> None:
    with open_slide(data_dir / "slides" / name, mpp=mpp) as slide:
        assert look_at(slide).quality.verdict == "ok"


def test_focus_cannot_be_judged_on_idc_14306(data_dir: Path) -> None:
    with open_slide(data_dir / "slides" / "idc_14306.tif") as slide:
        assert check(look_at(slide).quality, "sharpness").value is None


def test_her2st_is_not_rejected(data_dir: Path) -> None:
    with open_slide(data_dir / "slides" / "her2st_B4.tif") as slide:
        quality = look_at(slide).quality
    assert quality.verdict in {"ok", "warn"}
    assert check(quality, "stain").verdict == "ok"


def test_fluorescence_is_rejected_as_not_h_and_e(data_dir: Path) -> None:
    with open_slide(data_dir / "slides" / "fluorescence.ndpi") as slide:
        quality = look_at(slide).quality
    assert quality.verdict == "reject"
    assert quality.reason is not None
    assert "not bright-field H&E" in quality.reason
    assert "fluorescence" in quality.reason


def test_the_pen_marked_slide_warns_of_its_pen(data_dir: Path) -> None:
    with open_slide(data_dir / "slides" / "vl-wsm_pen-marks.dcm", mpp=0.5) as slide:
        quality = look_at(slide).quality
    assert check(quality, "pen").verdict == "warn"
    assert check(quality, "stain").verdict == "ok"
