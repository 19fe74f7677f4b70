"""A better ROC gains the diseased more, none gains nothing, and every point is held against the same department."""

import numpy as np
import pytest

from planner.measures.ai_effect import without_ai
from planner.measures.figures import FigureKey
from planner.replications.replicate import replicate_all
from planner.scenario.load import load_scenario
from tests.support.made_scores import made_scores
from training.errors import TrainingError
from training.judging.triage_value import RocPoint, roc_points, triage_value, with_triage

GOOD, BLIND, KNOWING_NOTHING = RocPoint(0.5, 0.95, 0.05), RocPoint(1.0, 0.0, 0.0), RocPoint(0.0, 1.0, 1.0)


def test_the_diseased_gain_and_the_more_so_the_better_the_model() -> None:
    good, poor = triage_value([GOOD, RocPoint(0.5, 0.6, 0.5)], replications=12)
    assert good.diseased.high < 0
    assert good.diseased.mean < poor.diseased.mean
    assert good.diseased.n == 12


def test_flagging_nobody_or_everybody_changes_nothing() -> None:
    for one in triage_value([BLIND, KNOWING_NOTHING], replications=4):
        assert one.diseased.mean == pytest.approx(0, abs=1e-9)
        assert one.others.mean == pytest.approx(0, abs=1e-9)


def test_the_department_without_ai_is_one_for_all_points() -> None:
    base = load_scenario("small-lab")
    twins = [without_ai(with_triage(base, point)) for point in (GOOD, KNOWING_NOTHING)]
    first, second = (run.estimates for run in replicate_all(twins, 2, jobs=1))
    for group in ("diseased", "not-diseased"):
        key = FigureKey("wait", "ai", group, "mean")
        assert first[key] == second[key]
        assert first[key].mean > 0


def test_a_scenario_with_an_ai_keeps_its_place_and_gets_the_models_figures() -> None:
    scenario = with_triage(load_scenario("region-hovedstaden"), GOOD)
    assert scenario.ai is not None
    assert (scenario.ai.sensitivity, scenario.ai.false_positive_fraction) == (0.95, 0.05)
    assert "ai-score" in scenario.steps


def test_a_scenario_with_nowhere_to_put_the_ai_is_named() -> None:
    with pytest.raises(TrainingError, match="single-queue"):
        triage_value([GOOD], "single-queue", replications=2)
    with pytest.raises(TrainingError, match="no-such"):
        triage_value([GOOD], "no-such", replications=2)


def test_points_of_the_roc_rise_and_hold_the_models_own() -> None:
    scores, labels, _ = made_scores()
    points = roc_points(scores, labels, 0.4)
    assert np.all(np.diff([point.sensitivity for point in points]) >= 0)
    assert np.all(np.diff([point.false_positive_fraction for point in points]) >= 0)
    assert [point.threshold for point in points if point.own] == [0.4]
