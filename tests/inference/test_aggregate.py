"""The slide's score: built by the named rule, calibrated, and held against the slide's threshold."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.aggregate import slide_score
from models.manifest import Manifest, SlideRule
from tests.support.tiny_model import make_tiny_model


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return make_tiny_model(tmp_path_factory.mktemp("model")).manifest


def test_the_score_is_the_mean_over_the_most_suspicious_area(manifest: Manifest) -> None:
    probabilities = np.array([0.1, 0.9, 0.8, 0.2, 0.7, 0.6, 0.0])
    found = slide_score(probabilities, manifest)  # the rule's area is four tiles
    assert found.value == pytest.approx((0.9 + 0.8 + 0.7 + 0.6) / 4)
    assert found.flagged
    assert "top_area_mean" in found.rule
    assert "dark" in found.rule


def test_calibration_moves_the_score_but_not_the_order(manifest: Manifest) -> None:
    rule = manifest.slide_rule
    shifted = SlideRule.model_validate(rule.model_dump() | {"calibration": {"slope": 2.0, "intercept": -3.0}})
    other = manifest.model_copy(update={"slide_rule": shifted})
    low, high = np.full(4, 0.3), np.full(4, 0.6)
    assert slide_score(high, other).value < slide_score(high, manifest).value
    assert slide_score(low, other).value < slide_score(high, other).value
    assert not slide_score(high, other).flagged


def test_a_score_between_flagged_and_surely_not_is_unsure(manifest: Manifest) -> None:
    assert slide_score(np.full(4, 0.3), manifest).unsure is None
    fields = manifest.slide_rule.model_dump() | {"unsure": {"low": 0.2, "high": 0.7, "coverage": 0.9, "n": 20}}
    other = manifest.model_copy(update={"slide_rule": SlideRule.model_validate(fields)})
    told = [slide_score(np.full(4, value), other) for value in (0.1, 0.3, 0.6, 0.9)]
    assert [it.unsure for it in told] == [False, True, False, False]
    assert [it.flagged for it in told] == [slide_score(np.full(4, v), manifest).flagged for v in (0.1, 0.3, 0.6, 0.9)]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.data())
def test_a_more_suspicious_tile_never_lowers_the_score(
    manifest: Manifest, values: list[float], data: st.DataObject
) -> None:
    before = np.array(values)
    place = data.draw(st.integers(0, len(values) - 1))
    after = before.copy()
    after[place] = data.draw(st.floats(before[place], 1))
    assert slide_score(after, manifest).value >= slide_score(before, manifest).value - 1e-12


@given(st.floats(0, 1), st.integers(1, 50))
def test_scores_stay_probabilities(manifest: Manifest, value: float, tiles: int) -> None:
    assert 0 <= slide_score(np.full(tiles, value), manifest).value <= 1


def test_no_tiles_no_score(manifest: Manifest, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no score"):
        slide_score(np.array([]), manifest)
