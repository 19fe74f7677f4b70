"""The sections on the cases of one run: who is on time, how long answers take, where the time goes."""

from collections.abc import Iterator

import numpy as np

from planner.measures.intervals import Estimate
from planner.report import charts
from planner.report.charts import Bar
from planner.report.page import Grid, Picture, Section
from planner.report.story import Told
from planner.report.words import NONE, hours, share, whole

ON_TIME_BY_PATHWAY = "On time by pathway"
HOURS_BY_STAGE = "Hours a case by stage"
MOST_PATHWAYS = 8
"""Histograms that are drawn."""
GROUPINGS = {"subspecialty": "subspecialty", "site": "site of receipt", "specimen": "specimen type"}
ON_TIME = (
    "Each dot is the share of a pathway's cases answered by their deadline; the bar around it is its 95% interval; "
    "the dark tick is the target. Red: clearly below the target."
)
TURNAROUND = (
    "From receipt to answer, in hours and days of the calendar: nights, weekends and holidays count. "
    "Deadlines are mostly in working days."
)
CENSORED = (
    "All cases received in the measured days count, finished or not; “over” says that cases still open hide the "
    "figure. The histogram shows finished cases."
)
WAYS = "Where a case falls into blocks and slides, the slowest part counts: it decided when the answer came."


def bar(name: str, found: Estimate, target: float = float("nan")) -> Bar:
    """A figure as a bar; without an interval, its ends are the mean."""
    low, high = (found.mean, found.mean) if np.isnan(found.low) else (found.low, found.high)
    return Bar(name, found.mean, low, high, target)


def on_time_section(run: Told) -> Iterator[Section]:
    """On time by pathway, with targets; none where nothing has a deadline."""
    if not run.promised:
        return
    found = {name: run.get("on_time", "pathway", name) for name in run.promised}
    bars = [bar(run.pathway(name), found[name], run.target(name)) for name in found]
    rows = [
        (
            run.pathway(name),
            run.said(share, "on_time", "pathway", name),
            share(run.target(name)),
            _met(found[name], run.target(name)),
            whole(run.cases_per_week([name]).mean),
            run.said(hours, "turnaround", "pathway", name, "p90"),
        )
        for name in found
    ]
    heads = ("pathway", "on time", "target", "target met?", "cases a week", "90% answered within")
    undecided = run.get("undecided").mean
    note = (
        f"{share(undecided)} of the cases with a deadline were open and not yet due at the end; they count neither way."
    )
    yield Section(
        "on-time",
        "Who gets an answer on time",
        [ON_TIME],
        [Picture("Share on time by pathway", charts.on_time_chart(bars))],
        [Grid(ON_TIME_BY_PATHWAY, heads, rows), *_further(run)],
        [note] if undecided > 0.001 else [],
    )


def _met(found: Estimate, target: float) -> str:
    if np.isnan(found.low):
        return NONE
    return "yes" if found.low >= target else "no" if found.high < target else "too close to call"


def _further(run: Told) -> Iterator[Grid]:
    for by, what in GROUPINGS.items():
        names = [name for name in run.groups("on_time", by) if np.isfinite(run.get("on_time", by, name).mean)]
        if len(names) > 1:
            rows = [
                (
                    name,
                    run.said(share, "on_time", by, name),
                    whole(run.get("cases", by, name).mean * 7 / run.scenario.days),
                    run.said(hours, "turnaround", by, name, "p90"),
                )
                for name in names
            ]
            yield Grid(
                f"On time by {what}", (what, "on time", "cases a week", "90% answered within"), rows, folded=True
            )


def turnaround_section(run: Told) -> Iterator[Section]:
    """Histograms and quantiles of the turnaround."""
    kept = run.summaries[0].turnaround_counts
    counts = {name: np.sum([one.turnaround_counts[name] for one in run.summaries], axis=0) for name in kept}
    counts = {name: count for name, count in counts.items() if count.sum()}
    names = sorted(counts, key=lambda name: (name != "", -counts[name].sum()))[: MOST_PATHWAYS + 1]
    if len(names) == 2:
        names = names[:1]
    if not names:
        return
    labels = {name: run.pathway(name) if name else "All cases" for name in names}
    by = {name: ("pathway", name) if name else ("all", "") for name in names}
    marks = {
        labels[name]: (run.get("turnaround", *by[name], "p50").mean, run.get("turnaround", *by[name], "p90").mean)
        for name in names
    }
    details = ("mean", "p50", "p90")
    rows = [
        (
            labels[name],
            *(run.said(hours, "turnaround", *by[name], detail) for detail in details),
            run.said(hours, "turnaround", *by[name], "max").split(" (")[0],
            share(run.get("unfinished", *by[name]).mean),
        )
        for name in names
    ]
    heads = ("pathway", "mean", "half within", "90% within", "longest", "open at the end")
    chart = charts.turnaround_chart({labels[name]: counts[name] for name in names}, marks)
    yield Section(
        "turnaround",
        "How long answers take",
        [TURNAROUND],
        [Picture("Turnaround by pathway", chart)],
        [Grid("Turnaround", heads, rows)],
        [CENSORED],
    )


def stages_section(run: Told) -> Iterator[Section]:
    """Waiting and work by stage; none where the means do not exist."""
    measures = ("stage_wait", "stage_work")
    names = run.groups("stage_wait", "stage", "mean")
    means = {name: [run.get(measure, "stage", name, "mean").mean for measure in measures] for name in names}
    means = {name: both for name, both in means.items() if sum(both) > 0}
    if not means:
        return
    waiting, working = (sum(both[side] for both in means.values()) for side in (0, 1))
    rows = [
        (name, *(run.said(hours, measure, "stage", name, detail) for measure in measures for detail in ("mean", "p90")))
        for name in means
    ]
    heads = ("stage", "waiting, mean", "waiting, 90% less than", "work, mean", "work, 90% less than")
    says = (
        f"Of {hours(waiting + working)} for an average case, {share(waiting / (waiting + working))} is waiting: for "
        "people, for machines, for a run to start, and through nights and weekends."
    )
    chart = charts.stage_chart(means)
    pictures = [Picture("Waiting and work by stage", chart)]
    yield Section("stages", "Where the time goes", [says], pictures, [Grid(HOURS_BY_STAGE, heads, rows)], [WAYS])
