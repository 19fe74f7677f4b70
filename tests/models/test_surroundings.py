"""What neighbours say of a tile: near ones more, the tile itself nothing, other slides nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calibration import Platt
from models.surroundings import Layout, Surroundings, neighbours

RULE = Surroundings(sigma_um=600, weight=1.5, centre=-2, calibration=Platt(slope=0.8, intercept=0.3))
PLACES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=30, unique=True)


def on_one_slide(places: list[tuple[int, int]]) -> Layout:
    return Layout.of_one_slide(np.array(places, dtype=np.float64))


def by_hand(values: np.ndarray, layout: Layout, sigma: float) -> np.ndarray:
    apart = layout.corners[:, None] - layout.corners[None]
    weights = np.exp(-np.square(apart).sum(axis=2) / (2 * sigma**2))
    weights[np.abs(apart).max(axis=2) > int(4 * sigma + 0.5)] = 0
    np.fill_diagonal(weights, 0)
    return np.asarray(weights @ values / (1 + weights.sum(axis=1)))


@given(PLACES, st.sampled_from([1.0, 1.5, 3.0]), st.integers(0, 100))
def test_neighbours_say_what_the_sum_over_all_pairs_says(
    places: list[tuple[int, int]], sigma: float, seed: int
) -> None:
    values = np.random.default_rng(seed).normal(size=len(places))
    layout = on_one_slide(places)
    np.testing.assert_allclose(neighbours(values, layout, sigma), by_hand(values, layout, sigma), atol=1e-9)


@given(PLACES, st.integers(0, 100))
def test_where_the_slide_begins_and_in_which_order_the_tiles_come_changes_nothing(
    places: list[tuple[int, int]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    values, order = rng.normal(size=len(places)), rng.permutation(len(places))
    layout = on_one_slide(places)
    there = neighbours(values, layout, 2.0)
    moved = Layout.of_one_slide(layout.corners[order] + [1000, 77])
    np.testing.assert_allclose(neighbours(values[order], moved, 2.0), there[order], atol=1e-9)


def test_a_tile_without_neighbours_is_called_by_itself_alone() -> None:
    alone = RULE.probability(np.array([0.7]), on_one_slide([(3, 4)]), 200)
    assert alone == pytest.approx(RULE.calibration.probability([0.7]))


def test_tiles_of_other_slides_are_no_neighbours() -> None:
    corners = np.array([[0.0, 0.0], [1.0, 0.0]])
    apart = Layout(corners, np.array(["one", "other"]))
    together = Layout.of_one_slide(corners)
    values = np.array([1.0, 5.0])
    np.testing.assert_array_equal(neighbours(values, apart, 3.0), [0, 0])
    assert (neighbours(values, together, 3.0) > 0).all()


def test_a_doubtful_tile_is_raised_among_carcinoma_and_lowered_among_none() -> None:
    around = [(x, y) for x in range(5) for y in range(5) if (x, y) != (2, 2)]
    layout = on_one_slide([(2, 2), *around])

    def of_the_middle(said_around: float) -> float:
        return float(RULE.probability(np.array([-1.0, *[said_around] * len(around)]), layout, 200)[0])

    by_itself = float(RULE.calibration.probability([-1.0])[0])
    assert of_the_middle(-5) < by_itself < of_the_middle(2)
    assert of_the_middle(RULE.centre) == pytest.approx(by_itself)


def test_some_tiles_of_a_layout_keep_their_places() -> None:
    layout = Layout(np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]]), np.array(["a", "b", "c"]))
    some = layout.take(np.array([2, 0]))
    assert some.corners.tolist() == [[3, 4], [0, 0]]
    assert some.slides.tolist() == ["c", "a"]
    both = some.and_then(layout)
    assert both.slides.tolist() == ["c", "a", "a", "b", "c"]
