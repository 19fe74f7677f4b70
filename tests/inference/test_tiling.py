"""The grid of tiles is exact in um, anchored at the slide's corner, and covers the tissue."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.tiling import Row, TilingError, tile_rows

Mask = npt.NDArray[np.bool_]


def full(height: int = 10, width: int = 10) -> Mask:
    return np.ones((height, width), np.bool_)


def grid(mask: Mask, size: tuple[int, int], slide_mpp: float, **options: float) -> list[Row]:
    mask_mpp = (size[0] * slide_mpp / mask.shape[1], size[1] * slide_mpp / mask.shape[0])
    settings_ = {"tile_px": 50, "mpp": 4.0} | options
    return list(tile_rows(mask, mask_mpp, *size, slide_mpp, **settings_))  # type: ignore[arg-type]


def positions(rows: list[Row]) -> set[tuple[float, float]]:
    return {(x, row.y) for row in rows for x in row.xs}


masks = st.tuples(st.integers(1, 25), st.integers(1, 25), st.integers(0, 2**32 - 1), st.floats(0.02, 1)).map(
    lambda lot: np.random.default_rng(lot[2]).random((lot[0], lot[1])) < lot[3]
)
slides = st.tuples(st.integers(40, 30_000), st.integers(40, 30_000))
resolutions = st.floats(0.1, 5.0)


def test_a_slide_full_of_tissue_gets_every_tile() -> None:
    rows = grid(full(), (1000, 610), 4.0)
    assert [row.y for row in rows] == [50.0 * index for index in range(13)]
    assert rows[0].xs == tuple(50.0 * index for index in range(20))


def test_the_last_partial_tiles_are_kept_where_they_hold_tissue() -> None:
    mask = np.zeros((100, 100), np.bool_)
    mask[:, 99:] = True
    rows = grid(mask, (1010, 500), 4.0)
    assert {x for row in rows for x in row.xs} == {1000.0}


def test_rows_without_tissue_are_left_out() -> None:
    mask = np.zeros((10, 10), np.bool_)
    mask[4] = True
    assert [row.y for row in grid(mask, (500, 500), 4.0)] == [200.0]
    assert grid(np.zeros((10, 10), np.bool_), (500, 500), 4.0) == []


def test_px_covered_in_part_count_in_part() -> None:
    mask = np.array([[True, False]])
    for share, expected in ((0.24, {0.0, 80.0}), (0.26, {0.0})):
        rows = grid(mask, (200, 80), 4.0, tile_px=80, stride_px=80, min_tissue=share)
        assert {x for row in rows for x in row.xs} == expected


def test_a_smaller_stride_overlaps_and_a_larger_one_leaves_gaps() -> None:
    assert grid(full(), (200, 50), 4.0, stride_px=25)[0].xs == tuple(25.0 * index for index in range(8))
    assert grid(full(), (200, 50), 4.0, stride_px=100)[0].xs == (0.0, 100.0)


def test_the_grid_falls_on_the_stored_tiles_where_the_stride_is_their_multiple() -> None:
    rows = grid(full(), (4096, 4096), 0.5, tile_px=256, mpp=1.0)
    assert all(x % 256 == 0 for row in rows for x in row.xs)


@given(mask=masks, size=slides, slide_mpp=resolutions)
@settings(max_examples=150, deadline=None)
def test_every_tissue_px_lies_in_some_tile_when_any_tissue_is_enough(
    mask: Mask, size: tuple[int, int], slide_mpp: float
) -> None:
    tile = 50 * 4.0 / slide_mpp
    chosen = positions(grid(mask, size, slide_mpp, min_tissue=0.0))
    corners = {(round(x / tile), round(y / tile)) for x, y in chosen}
    for row, column in np.argwhere(mask)[:40]:
        middle = ((column + 0.5) * size[0] / mask.shape[1], (row + 0.5) * size[1] / mask.shape[0])
        assert (int(middle[0] / tile), int(middle[1] / tile)) in corners


@given(mask=masks, size=slides, slide_mpp=resolutions, share=st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_no_tile_starts_outside_the_slide(mask: Mask, size: tuple[int, int], slide_mpp: float, share: float) -> None:
    for x, y in positions(grid(mask, size, slide_mpp, min_tissue=share)):
        assert 0 <= x < size[0]
        assert 0 <= y < size[1]


@given(slide_mpp=resolutions, mpp=st.floats(0.1, 8), tile_px=st.integers(32, 1024))
@settings(max_examples=150, deadline=None)
def test_tiles_lie_exactly_a_stride_of_um_apart_across_100_000_px(slide_mpp: float, mpp: float, tile_px: int) -> None:
    rows = list(
        tile_rows(full(1, 1), (100_000 * slide_mpp, 10 * slide_mpp), 100_000, 10, slide_mpp, tile_px, mpp, min_tissue=0)
    )
    um = np.array(rows[0].xs) * slide_mpp
    assert np.abs(um - np.arange(um.size) * (tile_px * mpp)).max() <= 1e-9
    assert um.size == max(1, int(np.ceil(100_000 * slide_mpp / (tile_px * mpp) - 1e-9)))


@given(size=slides, slide_mpp=resolutions, factor=st.integers(2, 5), mask=masks)
@settings(max_examples=80, deadline=None)
def test_the_same_tissue_on_a_finer_mask_gives_the_same_tiles(
    size: tuple[int, int], slide_mpp: float, factor: int, mask: Mask
) -> None:
    finer = mask.repeat(factor, axis=0).repeat(factor, axis=1)
    assert positions(grid(mask, size, slide_mpp, min_tissue=0.137)) == positions(
        grid(finer, size, slide_mpp, min_tissue=0.137)
    )


@given(mask=masks, size=slides, slide_mpp=resolutions)
@settings(max_examples=80, deadline=None)
def test_asking_for_more_tissue_only_takes_tiles_away(mask: Mask, size: tuple[int, int], slide_mpp: float) -> None:
    some = positions(grid(mask, size, slide_mpp, min_tissue=0.1))
    more = positions(grid(mask, size, slide_mpp, min_tissue=0.5))
    assert more <= some


@pytest.mark.parametrize(
    ("name", "value"), [("tile_px", 0), ("mpp", -1.0), ("stride_px", 0), ("min_tissue", 1.5), ("mpp", float("nan"))]
)
def test_impossible_settings_are_named(name: str, value: float) -> None:
    with pytest.raises(TilingError, match=name):
        grid(full(), (500, 500), 4.0, **{name: value})
