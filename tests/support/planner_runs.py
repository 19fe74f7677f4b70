"""Runs that were never simulated: replications with the figures that a test wants, in the form that reports read."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from planner.engine.tables import DONE
from planner.measures.figures import FigureKey, Figures, Summary
from planner.replications.replicate import Experiment
from planner.scenario.scenario import Scenario
from tests.support.planner_scenarios import small_lab

STAGES = {"laboratory": (9.0, 2.5), "transport": (3.0, 0.7), "scanning": (2.0, 0.2), "reading": (20.0, 0.6)}
GROUPS = ("pathologist @ north", "scanner @ north")
HOURS = np.arange(168)
OFFICE = ((HOURS % 24 >= 7) & (HOURS % 24 < 16) & (HOURS < 120)).astype(float)


def made_up_run(
    scenario: Scenario | None = None,
    replications: int = 5,
    *,
    on_time: float = 0.85,
    growth: float = 0.0,
    flagged_wait: float = 10.0,
    more: Callable[[int], Figures] | None = None,
    **changes: Any,
) -> Experiment:
    """A run of the small laboratory with about these figures, a little more each replication."""
    found = scenario or small_lab()
    summaries = [
        made_up_summary(found, number, on_time + 0.01 * number, growth + 0.05 * (number - 2), flagged_wait)
        for number in range(replications)
    ]
    for summary in summaries:
        summary.figures.update(more(summary.replication) if more else {})
    return Experiment(
        **{
            "scenario": found, "scenario_hash": "c0ffee", "seed": 7, "software": "0.0.1", "engine": "kernel",
            "wanted": replications, "summaries": tuple(summaries), "started": datetime(2026, 1, 1, 8, tzinfo=UTC),
            "finished": datetime(2026, 1, 1, 8, 1, tzinfo=UTC), **changes,
        }
    )  # fmt: skip


def made_up_summary(scenario: Scenario, number: int, on_time: float, growth: float, flagged_wait: float) -> Summary:
    """One replication; all pathways alike but for a hundredth."""
    cases = 120.0
    figures: Figures = {}
    groups = [("all", ""), *(("pathway", name) for name in scenario.pathways)]
    for place, (by, name) in enumerate(groups):
        figures[FigureKey("cases", by, name)] = cases
        figures[FigureKey("cases", by, name, "on_time")] = cases * (on_time - 0.01 * place)
        figures[FigureKey("cases", by, name, "decided")] = cases
        figures[FigureKey("on_time", by, name)] = on_time - 0.01 * place
        figures[FigureKey("undecided", by, name)] = figures[FigureKey("unfinished", by, name)] = 0.0
        for detail, hours in {"mean": 50.0, "p50": 44.0, "p90": 90.0, "p95": 100.0, "max": 300.0}.items():
            figures[FigureKey("turnaround", by, name, detail)] = hours + number
    for stage, (wait, work) in STAGES.items():
        for detail, factor in (("mean", 1), ("p90", 2)):
            figures[FigureKey("stage_wait", "stage", stage, detail)] = wait * factor + 0.1 * number
            figures[FigureKey("stage_work", "stage", stage, detail)] = work * factor
    for name in GROUPS:
        figures[FigureKey("utilisation", "resource", name)] = 0.8 + 0.01 * number
        figures[FigureKey("overtime", "resource", name)] = 3.0 + number
    for detail, value in (("mean", 12.0), ("max", 80.0)):
        figures[FigureKey("queue", "station", "reading skin @ north", detail)] = value + number
    for detail, value in {"mean": 90, "start": 80, "end": 80 + 14 * growth, "growth_per_day": growth}.items():
        figures[FigureKey("backlog", "all", "", detail)] = float(value)
    figures[FigureKey("backlog", "all", "", "growth_share")] = growth / 20
    if scenario.ai:
        figures |= _ai(flagged_wait, number)
    figures |= {FigureKey("cost", "item", "people"): 90_000.0, FigureKey("cost", "item", "machines"): 10_000.0}
    figures |= {FigureKey("cost", "all"): 100_000.0, FigureKey("cost_per_on_time", "all"): 900.0 + number}
    figures |= {FigureKey(name, "all"): 500.0 for name in ("slides", "trips", "storage")}
    turnaround = np.bincount(np.arange(30, 150) % 110 + number, minlength=1001)
    days = np.arange(scenario.total_days, dtype=float)
    return Summary(
        number, DONE, 1000 + number, figures,
        {"reading skin @ north": 10 * OFFICE + number}, dict.fromkeys(GROUPS, 0.8 * OFFICE),
        {"pathologist @ north": OFFICE, "scanner @ north": np.ones(168)}, 80 + growth * days + number,
        {"": turnaround * 2, **dict.fromkeys(scenario.pathways, turnaround)},
    )  # fmt: skip


def _ai(flagged_wait: float, number: int) -> Figures:
    waits = {
        "flagged": flagged_wait,
        "unflagged": 45 - flagged_wait,
        "false-negative": 46 - flagged_wait,
        "true-positive": flagged_wait,
    }
    figures: Figures = {}
    for group, hours in waits.items():
        figures |= {FigureKey("cases", "ai", group): 30.0, FigureKey("on_time", "ai", group): 0.9}
        for detail, factor in (("mean", 1), ("p90", 2), ("max", 5)):
            figures[FigureKey("wait", "ai", group, detail)] = factor * hours + 0.1 * number
    return figures
