"""Both sides of triage: the twin differs in the order of work only, and what some gain others pay."""

import dataclasses

import numpy as np
import pytest

from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.errors import PlannerError
from planner.measures.ai_effect import ai_effect, without_ai
from planner.measures.figures import FigureKey
from planner.scenario.scenario import Scenario
from tests.support.planner_outcomes import runs
from tests.support.planner_scenarios import single_queue, small_lab


def triage(**changes: object) -> Scenario:
    scenario = single_queue(
        utilisation=0.8,
        days=28,
        order={"rule": "ai"},
        ai={"sensitivity": 0.95, "false_positive_fraction": 0.05},
        prevalence=0.1,
    )
    return scenario.model_copy(update={"follow_up_days": 3, **changes})


def test_the_twin_has_the_same_cases_and_answers() -> None:
    scenario = small_lab()
    twin = without_ai(scenario)
    assert twin.steps["reading"].order.rule == "clinical"
    assert twin.steps["reading"].order.head_start_hours == scenario.steps["reading"].order.head_start_hours
    assert {name: step for name, step in twin.steps.items() if name != "reading"} == {
        name: step for name, step in scenario.steps.items() if name != "reading"
    }
    assert twin.ai == scenario.ai
    futures = [draw_futures(compile_scenario(one), 1, 4) for one in (scenario, twin)]
    for ours, theirs in zip(*futures, strict=True):
        assert np.array_equal(ours, theirs)


def test_what_the_flagged_gain_the_others_pay() -> None:
    with_ai, without = (runs(one, 6) for one in (triage(), without_ai(triage())))
    effect = ai_effect(with_ai, without)
    wait = {
        key.group: change
        for key, change in effect.changes.items()
        if key[:2] == ("wait", "ai") and key.detail == "mean"
    }
    # Non-preemptive, 10 min reads, 80%: -29.189 and +3.243 min (the triage rows of the field's numbers, QuCAD).
    assert wait["diseased"].low * 60 < -29.189 < wait["diseased"].high * 60
    assert wait["not-diseased"].low * 60 < 3.243 < wait["not-diseased"].high * 60
    assert wait["flagged"].high < 0 < wait["unflagged"].low
    assert wait["false-negative"].mean > 0
    assert wait["true-positive"].mean < 0
    assert effect.weighted.low < 0 < effect.weighted.high
    assert effect.weighted.half_width * 60 < 1.5
    assert effect.changes[FigureKey("wait", "ai", "unflagged", "max")].mean > 0
    assert effect.weighted.mean == pytest.approx(effect.changes[FigureKey("wait", "all", "", "mean")].mean, abs=1e-9)


def test_runs_without_an_ai_have_no_effect_to_show() -> None:
    plain = runs(single_queue(days=2), 2)
    with pytest.raises(PlannerError, match="no AI groups"):
        ai_effect(plain, plain)


def test_a_hidden_mean_is_not_averaged_away() -> None:
    summaries = list(runs(triage(days=7), 3))
    hidden = dict(summaries[1].figures)
    mean = FigureKey("wait", "ai", "diseased", "mean")
    hidden[mean], hidden[mean._replace(detail="mean_over")] = float("nan"), 5.0
    broken = [summaries[0], dataclasses.replace(summaries[1], figures=hidden), summaries[2]]
    effect = ai_effect(broken, summaries)
    assert np.isnan(effect.weighted.mean)
    assert np.isnan(effect.changes[mean].mean)
