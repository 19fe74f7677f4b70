"""Tissue is found by colour and structure, on made pictures and on the real slides."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from scipy import ndimage

from inference.slides.open import open_slide
from inference.tiling import tile_rows
from inference.tissue import MIN_TISSUE_UM2, find_ink, find_tissue, glass_of

MPP = 8.0
GLASS = (235, 232, 236)


def glass_picture(height: int = 300, width: int = 400) -> npt.NDArray[np.uint8]:
    return np.full((height, width, 3), GLASS, np.uint8)


def with_tissue(picture: npt.NDArray[np.uint8], seed: int = 0) -> npt.NDArray[np.uint8]:
    """A structured pink square of 100 x 100 px from (100, 100) on."""
    rng = np.random.default_rng(seed)
    grain = ndimage.gaussian_filter(rng.standard_normal((100, 100)), 1.0)[..., None] * 60
    picture[100:200, 100:200] = np.clip(np.array([215, 140, 180]) + grain, 0, 255).astype(np.uint8)
    return picture


def test_a_pink_structured_square_is_found_within_a_few_px() -> None:
    tissue = find_tissue(with_tissue(glass_picture()), MPP)
    assert tissue[105:195, 105:195].mean() > 0.99
    outside = tissue.copy()
    outside[96:204, 96:204] = False
    assert not outside.any()


def test_empty_glass_black_and_white_pictures_hold_no_tissue() -> None:
    for grey in (0, 128, 244, 255):
        assert not find_tissue(np.full((120, 150, 3), grey, np.uint8), MPP).any()


def test_a_smooth_pink_haze_on_the_glass_is_no_tissue() -> None:
    rows, columns = np.mgrid[0:300, 0:400]
    haze = np.exp(-((rows - 90) ** 2 + (columns - 300) ** 2) / (2 * 60.0**2))[..., None]
    picture = np.clip(glass_picture() - haze * np.array([0, 40, 12]), 0, 255).astype(np.uint8)
    assert not find_tissue(picture, MPP).any()


def test_dust_and_coverslip_lines_and_slide_edges_are_no_tissue() -> None:
    picture = glass_picture()
    picture[40:44, :] = 90
    picture[:, 380:] = (60, 60, 62)
    rng = np.random.default_rng(3)
    for row, column in rng.integers(60, 280, (40, 2)):
        picture[row : row + 4, column : column + 3] = 70
    assert not find_tissue(picture, MPP).any()


def test_black_fill_of_the_scanner_does_not_disturb_the_tissue_beside_it() -> None:
    picture = with_tissue(glass_picture())
    picture[:, 250:] = 0
    tissue = find_tissue(picture, MPP)
    assert tissue[105:195, 105:195].mean() > 0.99
    assert not tissue[:, 250:].any()


@pytest.mark.parametrize("ink", [(20, 150, 110), (20, 30, 140), (200, 20, 40), (12, 12, 14)])
def test_green_blue_red_and_black_ink_is_ink_and_no_tissue(ink: tuple[int, int, int]) -> None:
    picture = with_tissue(glass_picture())
    picture[20:50, 30:350] = ink
    assert find_ink(picture, MPP)[22:48, 32:348].all()
    tissue = find_tissue(picture, MPP)
    assert not tissue[15:55].any()
    assert tissue[105:195, 105:195].mean() > 0.99


def test_specks_are_dropped_by_their_physical_area() -> None:
    rng = np.random.default_rng(1)
    picture = glass_picture()
    picture[50:70, 50:70] = rng.integers((180, 90, 140), (230, 150, 190), (20, 20, 3))
    assert find_tissue(picture, 8.0)[55:65, 55:65].all()
    assert MIN_TISSUE_UM2 > 24 * 24 * 2.0**2
    assert not find_tissue(picture, 2.0).any()


def test_fat_that_hangs_together_with_stroma_is_tissue() -> None:
    picture = with_tissue(glass_picture())
    rows, columns = np.mgrid[0:100, 0:120]
    walls = (rows % 9 == 0) | (columns % 9 == 0)
    picture[100:200, 200:320][walls] = (225, 185, 210)
    assert find_tissue(picture, MPP)[110:190, 205:300].mean() > 0.9


def test_the_mask_has_the_pictures_size_at_any_resolution() -> None:
    for shape in ((1, 1), (5, 900), (333, 217)):
        for mpp in (None, 0.25, 8.0, 40.0):
            assert find_tissue(np.full((*shape, 3), 240, np.uint8), mpp).shape == shape


def test_the_mask_needs_no_resolution() -> None:
    assert find_tissue(with_tissue(glass_picture()), None)[105:195, 105:195].mean() > 0.99


def test_the_glass_is_measured_where_it_lies() -> None:
    picture = np.empty((200, 400, 3), np.uint8)
    picture[...] = np.linspace(200, 250, 400).astype(np.uint8)[None, :, None]
    glass = glass_of(picture)
    assert abs(float(glass[100, 20, 1]) - 202) < 12
    assert abs(float(glass[100, 380, 1]) - 247) < 12


def thumbnail_and_mask(path: Path, mpp: float) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_], float]:
    with open_slide(path, mpp=mpp) as slide:
        picture = slide.thumbnail(2000)
        picture_mpp = mpp * slide.width / picture.shape[1]
    return picture, find_tissue(picture, picture_mpp), picture_mpp


def test_on_idc_14306_every_truth_tile_of_tissue_is_tiled_and_no_other(data_dir: Path) -> None:
    _, tissue, _ = thumbnail_and_mask(data_dir / "slides" / "idc_14306.tif", 4.0)
    truth = np.asarray(Image.open(data_dir / "slides" / "idc_14306_truth.png"))
    found = np.zeros(truth.shape, bool)
    mask_mpp = (2601 * 4.0 / tissue.shape[1], 2401 * 4.0 / tissue.shape[0])
    for row in tile_rows(tissue, mask_mpp, 2601, 2401, 4.0, tile_px=50, mpp=4.0):
        for x in row.xs:
            found[round(row.y / 50), round(x / 50)] = True
    wanted = truth > 0
    assert (found & wanted).sum() / wanted.sum() > 0.99
    assert (found & wanted).sum() / found.sum() > 0.97
    assert found[truth == 200].mean() > 0.99


def test_on_her2st_the_pink_uneven_glass_is_left_out_and_the_pale_fat_kept(data_dir: Path) -> None:
    picture, tissue, _ = thumbnail_and_mask(data_dir / "slides" / "her2st_B4.tif", 0.9)
    height, width = tissue.shape
    assert 0.2 < tissue.mean() < 0.32
    glow = tissue[int(0.1 * height) : int(0.32 * height), int(0.1 * width) : int(0.9 * width)]
    assert glow.mean() < 0.005
    assert tissue[int(0.9 * height) :].mean() < 0.03
    fat = tissue[int(0.59 * height) : int(0.66 * height), int(0.62 * width) : int(0.72 * width)]
    assert fat.mean() > 0.8
    tumour = tissue[int(0.75 * height) : int(0.82 * height), int(0.16 * width) : int(0.3 * width)]
    assert tumour.mean() > 0.98
    assert find_ink(picture, None).mean() < 0.003


def test_on_the_pen_marked_slide_ink_is_told_from_tissue(data_dir: Path) -> None:
    with open_slide(data_dir / "slides" / "vl-wsm_pen-marks.dcm") as slide:
        picture = slide.thumbnail(1500)
    ink, tissue = find_ink(picture, None), find_tissue(picture, None)
    assert 0.05 < ink.mean() < 0.12
    assert 0.35 < tissue.mean() < 0.5
    assert not (ink & tissue).any()


@pytest.mark.parametrize(
    ("name", "mpp", "low", "high"),
    [("CMU-1-Small-Region.svs", 0.499, 0.35, 0.46), ("TCGA-CR-7395_crop.svs", 0.25, 0.6, 0.75)],
)
def test_the_tissue_share_of_the_other_slides_is_as_looked_at(
    data_dir: Path, name: str, mpp: float, low: float, high: float
) -> None:
    _, tissue, _ = thumbnail_and_mask(data_dir / "slides" / name, mpp)
    assert low < tissue.mean() < high
