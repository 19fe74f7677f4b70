"""Which stored px are read for wanted px."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.slides.sampling import Box, Cut, Source, choose_source, cut, runs, scaled
from inference.slides.slide import Level

PYRAMID = (Level(40_000, 30_000, 1.0), Level(10_000, 7_500, 4.0), Level(2_500, 1_875, 16.0))
ALL_SCALES = ((1, 2, 4, 8),) * 3


@pytest.mark.parametrize(
    ("wanted", "level", "scale"),
    [
        (1.0, 0, 1),
        (2.0, 0, 2),
        (3.9, 0, 2),
        (3.95, 1, 1),
        (4.0, 1, 1),
        (8.0, 1, 2),
        (16.0, 2, 1),
        (500.0, 2, 8),
        (0.4, 0, 1),
    ],
)
def test_the_coarsest_source_that_is_fine_enough_is_read(wanted: float, level: int, scale: int) -> None:
    source = choose_source(PYRAMID, ALL_SCALES, wanted)
    assert (source.level, source.scale) == (level, scale)


def test_a_stored_level_is_preferred_to_decoding_a_finer_one_small() -> None:
    levels = (Level(4001, 4001, 1.0), Level(1000, 1000, 3.9995))
    assert choose_source(levels, ((1, 2, 4), (1,)), 4.0).level == 1


def test_a_pyramid_that_is_no_power_of_two_works() -> None:
    levels = (Level(3000, 3000, 1.0), Level(1000, 1000, 3.0), Level(333, 333, 9.009))
    source = choose_source(levels, ((1,),) * 3, 8.0)
    assert (source.level, source.downsample) == (1, 3.0)


@given(
    wanted=st.floats(0.2, 300),
    downsamples=st.lists(st.floats(1.5, 60), max_size=4, unique=True).map(lambda found: [1.0, *sorted(found)]),
    scales=st.sampled_from([(1,), (1, 2), (1, 2, 4, 8)]),
)
def test_no_source_is_coarser_than_wanted_unless_the_slide_is(
    wanted: float, downsamples: list[float], scales: tuple[int, ...]
) -> None:
    levels = [Level(100, 100, downsample) for downsample in downsamples]
    source = choose_source(levels, [scales] * len(levels), wanted)
    assert source.downsample <= max(1.0, wanted * 1.02)
    assert source.downsample == levels[source.level].downsample * source.scale


@given(x=st.floats(-1e5, 1e5), y=st.floats(-1e5, 1e5), downsample=st.sampled_from([1.0, 2.0, 4.0006, 16.0]))
def test_the_same_resolution_is_copied_from_within_half_a_px(x: float, y: float, downsample: float) -> None:
    found = cut(x, y, 256, 128, downsample, Source(0, 1, downsample))
    assert found.exact is None
    assert abs(found.box.left - x / downsample) <= 0.5 + 1e-9
    assert abs(found.box.top - y / downsample) <= 0.5 + 1e-9
    assert (found.box.width, found.box.height) == (256, 128)


@given(x=st.floats(-1e4, 1e4), y=st.floats(-1e4, 1e4), wanted=st.floats(0.1, 30).filter(lambda w: abs(w - 1) > 0.02))
def test_another_resolution_is_cut_exactly_and_its_box_holds_it(x: float, y: float, wanted: float) -> None:
    found = cut(x, y, 64, 32, wanted, Source(0, 1, 1.0))
    assert found.exact is not None
    left, top, right, bottom = found.exact
    assert (left, top) == (x, y)
    assert right - left == pytest.approx(64 * wanted)
    assert bottom - top == pytest.approx(32 * wanted)
    assert found.box.left <= left
    assert right <= found.box.right
    assert found.box.top <= top
    assert bottom <= found.box.bottom


@given(
    lefts=st.lists(st.integers(-500, 20_000), min_size=1, max_size=40),
    grid_px=st.sampled_from([1, 240, 256]),
    most_px=st.sampled_from([1, 256 * 1000, 10**9]),
)
def test_runs_hold_every_tile_once_and_no_stored_column_in_vain(lefts: list[int], grid_px: int, most_px: int) -> None:
    cuts = [Cut(Box(left, 7, 256, 256), None) for left in lefts]
    found = list(runs(cuts, grid_px, most_px))
    assert sorted(index for run in found for index in run.indices) == list(range(len(lefts)))
    for run in found:
        assert run.box.width * run.box.height <= max(most_px, 256 * 256)
        touched: set[int] = set()
        for index in run.indices:
            tile = cuts[index].box
            assert run.box.left <= tile.left
            assert tile.right <= run.box.right
            touched |= set(range(tile.left // grid_px, (tile.right - 1) // grid_px + 1))
        assert touched == set(range(run.box.left // grid_px, (run.box.right - 1) // grid_px + 1))


def test_tiles_far_apart_are_read_apart() -> None:
    cuts = [Cut(Box(left, 0, 256, 256), None) for left in (0, 256, 5000)]
    assert [run.indices for run in runs(cuts, 256, 10**9)] == [(0, 1), (2,)]


def test_a_px_that_only_partly_belongs_to_the_slide_is_left_out() -> None:
    assert [scaled(2638, 4), scaled(2640, 4), scaled(3, 8)] == [659, 660, 1]
