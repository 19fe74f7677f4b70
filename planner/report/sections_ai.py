"""The section on AI triage, both its sides: who gains, who waits longer, and who is missed."""

import numpy as np

from planner.measures.ai_effect import AiEffect, ai_effect
from planner.measures.figures import OVER, FigureKey
from planner.measures.intervals import Estimate
from planner.report import charts
from planner.report.page import Grid, Picture, Section
from planner.report.story import NO_ESTIMATE, Told
from planner.report.words import between, change, hours, points, share, whole

GROUPS = {
    "flagged": "flagged by the AI",
    "unflagged": "not flagged",
    "true-positive": "diseased, flagged",
    "false-negative": "diseased, missed",
    "false-positive": "not diseased, flagged",
    "true-negative": "not diseased, not flagged",
    "diseased": "all diseased",
    "not-diseased": "all not diseased",
    "unscored": "no score",
    "failed": "scoring failed",
}
SIDES = {
    "flagged": "Flagged cases",
    "unflagged": "Cases that are not flagged",
    "false-negative": "Diseased cases that the AI misses",
}
DETAILS = ("mean", "p90", "max")
WAITS = ("mean wait", "90% wait less than", "longest wait")
ORDER = (
    "AI changes the order only: no case leaves the list. Moving one case forward moves others back; triage moves "
    "waiting, it does not remove it."
)
GUESS = (
    "Sensitivity and false alarms are the scenario's. On another scanner or another laboratory's slides a model may do "
    "far worse."
)


def ai_sections(run: Told, without: Told | None) -> list[Section]:
    """One section where the scenario has an AI, else none. `without`: the same cases, the AI's word not heeded."""
    groups = [name for name in GROUPS if run.get("cases", "ai", name).mean > 0]
    if not groups:
        return []
    effect = ai_effect(run.summaries, without.summaries) if without else None
    waits = {name: [_least(run, name, detail) for detail in DETAILS] for name in groups}
    rows = [
        (
            GROUPS[name],
            whole(run.get("cases", "ai", name).mean * 7 / run.scenario.days),
            *(run.said(hours, "wait", "ai", name, detail) for detail in DETAILS),
            run.said(share, "on_time", "ai", name),
        )
        for name in groups
    ]
    grids = [Grid("Waiting with AI triage", ("group", "cases a week", *WAITS, "on time"), rows)]
    if effect and without:
        grids.append(_changes(effect, run, without, groups))
    drawn = {GROUPS[name]: wait for name, wait in waits.items() if np.isfinite(wait).any()}
    return [
        Section(
            "ai",
            "AI triage: who gains, who waits",
            _said(effect)
            if effect
            else ["Flagged cases go first; everybody else waits for it. Both sides stand here."],
            [Picture("Waiting by AI group", charts.ai_chart(drawn))] if drawn else [],
            grids,
            [ORDER, GUESS],
        )
    ]


def _of(effect: AiEffect, measure: str, group: str, detail: str = "") -> Estimate:
    return effect.changes.get(FigureKey(measure, "ai", group, detail), NO_ESTIMATE)


def _least(run: Told, group: str, detail: str) -> float:
    """The wait; where open cases hide it, what it is over."""
    exact = run.get("wait", "ai", group, detail).mean
    return run.get("wait", "ai", group, detail + OVER).mean if np.isnan(exact) else exact


def _changes(effect: AiEffect, run: Told, without: Told, groups: list[str]) -> Grid:
    rows = [
        (
            GROUPS[name],
            *(change(_of(effect, "wait", name, detail), hours) for detail in DETAILS[:2]),
            *(one.said(hours, "wait", "ai", name, "max").split(" (")[0] for one in (without, run)),
            change(_of(effect, "on_time", name), points),
        )
        for name in groups
    ]
    caption = "What the AI changes: with it less without it, for the same cases"
    return Grid(caption, ("group", *WAITS[:2], "longest without", "longest with", "on time"), rows)


def _said(effect: AiEffect) -> list[str]:
    """Both sides in a sentence each."""
    means = {what: _of(effect, "wait", name, "mean") for name, what in SIDES.items()}
    said = [
        f"{what} wait {_longer(found)}, against the same without AI."
        for what, found in means.items()
        if np.isfinite(found.mean)
    ]
    longest = _of(effect, "wait", "unflagged", "max")
    if np.isfinite(longest.mean):
        said.append(f"The longest wait of a case that is not flagged changes by {change(longest, hours)}.")
    return said


def _longer(found: Estimate) -> str:
    if not found.excludes_zero:
        return f"neither longer nor shorter, as far as can be told: {change(found, hours)}"
    if found.mean > 0:
        return f"{between(found, hours)} longer"
    return f"{between(Estimate(-found.mean, -found.high, -found.low, found.n), hours)} less"
