"""Figures of outcomes that are small enough to be reckoned on paper, and of real runs."""

import dataclasses
import math

import numpy as np
import pytest

from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.engine.tables import (
    AI_FAILED,
    AI_FLAGGED,
    AI_UNFLAGGED,
    AI_UNKNOWN,
    HOUR_MS,
    TOO_MANY_EVENTS,
    Futures,
    Outcome,
)
from planner.measures.figures import FigureKey, Figures, Summary
from planner.measures.summary import PIECE, summarise
from planner.scenario.scenario import Scenario
from tests.support.planner_outcomes import Fate, hand_made
from tests.support.planner_scenarios import single_queue, small_lab

DAY = 24.0


def figures_of(scenario: Scenario, fates: list[Fate]) -> Figures:
    compiled, futures, outcome = hand_made(scenario, fates)
    return summarise(compiled, futures, outcome, 0).figures


def simulated(scenario: Scenario, replication: int = 0) -> tuple[Summary, Futures, Outcome]:
    compiled = compile_scenario(scenario)
    futures = draw_futures(compiled, scenario.seed, replication)
    outcome = simulate(compiled, futures, "reference")
    return summarise(compiled, futures, outcome, replication), futures, outcome


def test_only_cases_received_on_measured_days_count_whenever_they_end() -> None:
    scenario = single_queue(days=2, warm_up_days=1).model_copy(update={"follow_up_days": 1})
    fates = [
        Fate(DAY - 0.001, DAY + 5),
        Fate(DAY, DAY + 10),
        Fate(3 * DAY - 0.001, 3 * DAY + 20),
        Fate(3 * DAY, 3 * DAY + 1),
        Fate(-5, DAY + 1),
    ]
    figures = figures_of(scenario, fates)
    assert figures[FigureKey("cases", "all")] == 2
    assert figures[FigureKey("turnaround", "all", "", "mean")] == pytest.approx(15.0, abs=0.001)


def test_measured_days_are_local_days_across_a_clock_change() -> None:
    scenario = single_queue(days=1, warm_up_days=1).model_copy(
        update={
            "start": np.datetime64("2026-03-28").item(),
            "time_zone": "Europe/Copenhagen",
            "follow_up_days": 1,
        }
    )
    # Sunday 29 March 2026 has 23 hours there.
    received = [23.9, 24.1, 46.9, 47.1]
    figures = figures_of(scenario, [Fate(hour, hour + 1) for hour in received])
    assert figures[FigureKey("cases", "all")] == 2


def test_an_open_case_that_is_due_is_late_and_one_that_is_not_due_is_undecided() -> None:
    scenario = single_queue(days=4)
    fates = [
        Fate(1, 5, due=5),
        Fate(1, 6, due=5),
        Fate(1, None, due=96),
        Fate(1, None, due=97),
        Fate(1, 3),
    ]
    figures = figures_of(scenario, fates)
    assert figures[FigureKey("on_time", "all")] == pytest.approx(1 / 3)
    assert figures[FigureKey("undecided", "all")] == pytest.approx(1 / 4)
    assert figures[FigureKey("unfinished", "all")] == pytest.approx(2 / 5)
    assert figures[FigureKey("cases", "all", "", "decided")] == 3
    assert figures[FigureKey("cases", "all", "", "on_time")] == 1


def test_without_deadlines_or_cases_there_is_no_share_on_time() -> None:
    figures = figures_of(single_queue(days=4), [Fate(1, 2)])
    assert math.isnan(figures[FigureKey("on_time", "all")])
    empty = figures_of(single_queue(days=4), [])
    assert empty[FigureKey("cases", "all")] == 0
    assert math.isnan(empty[FigureKey("turnaround", "all", "", "p90")])
    assert FigureKey("turnaround", "all", "", "p90_over") not in empty
    assert math.isnan(empty[FigureKey("cost_per_on_time", "all")])


def test_open_cases_are_not_left_out_of_quantiles() -> None:
    # Eight took 1 to 8 hours; two are open after 95 and 94 hours: completed cases only would say p90 = 8.
    fates = [Fate(1, 1 + hours) for hours in range(1, 9)] + [Fate(1, None), Fate(2, None)]
    figures = figures_of(single_queue(days=4), fates)
    assert figures[FigureKey("turnaround", "all", "", "p50")] == 5
    assert math.isnan(figures[FigureKey("turnaround", "all", "", "p90")])
    assert figures[FigureKey("turnaround", "all", "", "p90_over")] == 94
    assert figures[FigureKey("turnaround", "all", "", "max_over")] == 95
    assert math.isnan(figures[FigureKey("turnaround", "all", "", "mean")])
    assert figures[FigureKey("turnaround", "all", "", "mean_over")] == pytest.approx((36 + 94 + 95) / 10)
    assert math.isnan(figures[FigureKey("stage_wait", "stage", "read", "mean")])
    assert figures[FigureKey("wait", "all", "", "max_over")] == 95


def test_the_wait_of_an_open_case_leaves_room_for_the_longest_work() -> None:
    fates = [Fate(1, 11, worked=4), Fate(1, 11, worked=10), Fate(1, None)]
    figures = figures_of(single_queue(days=4), fates)
    assert figures[FigureKey("wait", "all", "", "max_over")] == 95 - 10


def test_times_by_stage_sum_to_the_turnaround() -> None:
    summary, _, _ = simulated(small_lab(days=7))
    figures = summary.figures
    for by, prefix, turnaround in (
        ("stage", "", FigureKey("turnaround", "all", "", "mean")),
        ("pathway-stage", "cancer: ", FigureKey("turnaround", "pathway", "cancer", "mean")),
    ):
        parts = [
            value
            for key, value in figures.items()
            if key.by == by
            and key.measure in ("stage_wait", "stage_work")
            and key.detail == "mean"
            and key.group.startswith(prefix)
        ]
        assert len(parts) == 2 * 5
        assert sum(parts) == pytest.approx(figures[turnaround], rel=1e-9)


@pytest.mark.parametrize("without", [0.0, 0.5, 0.89, 0.9, 0.91, 1.0])
def test_nine_tenths_are_through_a_stage_however_many_spend_no_time_in_it(without: float) -> None:
    """Three groups of more cases than are turned at once, told apart by pathway."""
    random = np.random.default_rng(1)
    fates = [
        Fate(1, 1 + 5 + (0 if random.random() < without else hours), worked=5, stream=int(random.integers(3)))
        for hours in random.integers(1, 60, 3 * PIECE).tolist()
    ]
    scenario = small_lab(warm_up_days=0)
    figures = figures_of(scenario, fates)
    stage = next(key.group for key in figures if key.measure == "stage_wait" and key.by == "stage")
    for pathway in (None, *{stream.pathway for stream in scenario.arrivals}):
        waits = sorted(
            fate.done - fate.received - fate.worked
            for fate in fates
            if fate.done is not None and pathway in (None, scenario.arrivals[fate.stream].pathway)
        )
        if waits:
            by, group = ("stage", stage) if pathway is None else ("pathway-stage", f"{pathway}: {stage}")
            found = figures[FigureKey("stage_wait", by, group, "p90")]
            assert found == waits[math.ceil(0.9 * len(waits)) - 1]


def test_the_first_case_that_waits_may_be_the_nine_tenths() -> None:
    fates = [Fate(1, 1)] * 8 + [Fate(1, 8), Fate(1, 10)]
    assert figures_of(single_queue(days=4), fates)[FigureKey("stage_wait", "stage", "read", "p90")] == 7


def test_ai_groups_hold_each_case_once_by_answer_and_by_truth() -> None:
    scenario = single_queue(days=4, ai={"sensitivity": 0.9, "false_positive_fraction": 0.1}, prevalence=0.1)
    answers = {AI_FLAGGED: 2, AI_UNFLAGGED: 3, AI_UNKNOWN: 5, AI_FAILED: 7}
    fates = [
        Fate(1, 2, ai=answer, diseased=diseased)
        for answer, many in answers.items()
        for diseased in (True, False)
        for _ in range(many if diseased else 10 * many)
    ]
    figures = figures_of(scenario, fates)
    expected = {
        "flagged": 22,
        "unflagged": 33,
        "unscored": 55,
        "failed": 77,
        "true-positive": 2,
        "false-positive": 20,
        "false-negative": 3,
        "true-negative": 30,
        "diseased": 17,
        "not-diseased": 170,
    }
    found = {key.group: value for key, value in figures.items() if key[:2] == ("cases", "ai") and not key.detail}
    assert found == expected
    assert not any(key.by == "ai" for key in figures_of(single_queue(days=4), fates))


def test_groups_are_those_of_the_cases_streams() -> None:
    fates = [Fate(1, 5, stream=0), Fate(1, 7, stream=1), Fate(1, 9, stream=1), Fate(1, 3, stream=2)]
    figures = figures_of(small_lab(warm_up_days=0), fates)
    assert figures[FigureKey("turnaround", "pathway", "cancer", "mean")] == pytest.approx((6 + 8 + 2) / 3)
    assert figures[FigureKey("turnaround", "subspecialty", "skin", "max")] == 4
    assert figures[FigureKey("turnaround", "site", "south", "p50")] == 6
    assert figures[FigureKey("cases", "specimen", "resection")] == 2


def test_counts_of_turnarounds_are_of_the_cases_that_are_through() -> None:
    compiled, futures, outcome = hand_made(
        single_queue(days=60), [Fate(1, 1.5), Fate(1, 3.2), Fate(1, 1300), Fate(1, None)]
    )
    counts = summarise(compiled, futures, outcome, 0).turnaround_counts
    assert set(counts) == {"", "routine"}
    assert counts[""].shape == (1001,)
    assert {hours: many for hours, many in enumerate(counts["routine"]) if many} == {0: 1, 2: 1, 1000: 1}


def test_a_run_that_was_stopped_has_no_figures() -> None:
    compiled, futures, outcome = hand_made(single_queue(days=4), [Fate(1, 2)])
    summary = summarise(compiled, futures, dataclasses.replace(outcome, status=TOO_MANY_EVENTS), 3)
    assert summary.figures == {}
    assert (summary.status, summary.replication) == (TOO_MANY_EVENTS, 3)


def test_a_real_queue_keeps_littles_law_and_its_utilisation() -> None:
    summary, _, outcome = simulated(single_queue(days=60, utilisation=0.7))
    cases = summary.figures[FigureKey("cases", "all")]
    inside = summary.figures[FigureKey("backlog", "all", "", "mean")]
    stay = np.where(outcome.case_done >= 0, outcome.case_wait.sum(axis=1) + outcome.case_work.sum(axis=1), 0).sum()
    # The few cases that are open at the end have little time behind them.
    assert inside * 60 * 24 == pytest.approx(stay / HOUR_MS, rel=0.005)
    assert summary.figures[FigureKey("utilisation", "resource", "reader @ main")] == pytest.approx(0.7, abs=0.03)
    assert cases == pytest.approx(0.7 * 6 * 24 * 60, rel=0.03)
    queue = summary.figures[FigureKey("queue", "station", "read @ main", "mean")]
    assert queue == pytest.approx(summary.queue_week["read @ main"].mean(), rel=0.1)
    assert inside == pytest.approx(queue + 0.7, abs=0.05)


def test_a_real_laboratory_has_every_figure_of_every_resource_and_station() -> None:
    scenario = small_lab(days=14)
    summary, _, outcome = simulated(scenario)
    compiled = compile_scenario(scenario)
    assert summary.open_by_day.shape == (28,)
    assert list(summary.queue_week) == [station.label for station in compiled.stations]
    assert list(summary.busy_week) == list(summary.rostered_week) == [group.label for group in compiled.groups]
    on_shift = summary.rostered_week["technician @ north"]
    assert on_shift[8] == 2
    assert on_shift[11] == pytest.approx(1.0)  # half an hour's break
    assert on_shift[24 * 5 :].max() == 0
    total = sum(value for key, value in summary.figures.items() if key[:2] == ("cost", "item"))
    assert summary.figures[FigureKey("cost", "all")] == pytest.approx(total)
    assert summary.figures[FigureKey("trips", "all")] * 2 == outcome.trips[7 * 24 : 21 * 24].sum()
    assert summary.figures[FigureKey("storage", "all")] == pytest.approx(
        summary.figures[FigureKey("slides", "all")] * 52.18 * 1.2 / 1000, rel=1e-3
    )
