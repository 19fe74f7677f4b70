"""The sections on the department in one run: lines over the week, people and machines, backlog, cost."""

from collections.abc import Iterator

import numpy as np

from planner.measures.intervals import estimate
from planner.measures.warmup import check_warm_up
from planner.report import charts
from planner.report.page import Grid, Picture, Section
from planner.report.sections_cases import bar
from planner.report.story import Told
from planner.report.words import between, money_in, number, share, whole, working_hours

MOST_LINES = 6
"""Stations whose lines are drawn."""
MOST_ROWS = 15
"""Stations in the table, and bars of overtime."""
MOST_BUSY = 10
"""People and machines in the table that is not folded."""
OVERTIME_THAT_SHOWS = 0.05
"""Hours a week."""
WEEK = "How many cases, blocks or slides wait at the stations with the longest lines, hour by hour of an average week."
HEAT = "Orange and red hours are full: work that comes then waits. Blue hours have room. White: nobody is on shift."
BUSY = (
    "From 85% or 90% busy on, lines grow steeply with every further case. Work after the end of a shift counts as "
    "overtime; a share above 100% comes from it."
)
NO_MEAN = "There is no steady state, so no mean of times or lines is given."
BAND = "The band is the 95% interval of the day's mean. Cases received in the warm-up are not measured."


def queues_section(run: Told) -> Iterator[Section]:
    """The longest lines over the week."""
    weeks = run.week("queue_week")
    stations = sorted(weeks, key=lambda name: -float(weeks[name].mean()))
    drawn = {run.place(name): weeks[name] for name in stations[:MOST_LINES] if weeks[name].max() > 0}
    if not drawn:
        return
    rows = [
        (
            run.place(name),
            run.said(number, "queue", "station", name, "mean"),
            run.said(number, "queue", "station", name, "max"),
        )
        for name in stations[:MOST_ROWS]
        if run.get("queue", "station", name, "max").mean > 0
    ]
    yield Section(
        "queues",
        "Lines over the week",
        [WEEK],
        [Picture("Things waiting by hour of the week", charts.queue_chart(drawn))],
        [Grid("The longest lines", ("station", "waiting on average", "in the worst hour"), rows)],
    )


def resources_section(run: Told) -> Iterator[Section]:
    """How busy everybody is, when, and overtime."""
    busy, rostered = run.week("busy_week"), run.week("rostered_week")
    names = [name for name in run.groups("utilisation", "resource") if name in rostered and rostered[name].max() > 0]
    if not names:
        return
    names.sort(key=lambda name: -run.get("utilisation", "resource", name).mean)
    overtime = {name: run.get("overtime", "resource", name) for name in names}
    late = [bar(run.place(name), found) for name, found in overtime.items() if found.mean > OVERTIME_THAT_SHOWS]
    late = sorted(late, key=lambda one: -one.mean)[:MOST_ROWS]
    rows = [
        (
            run.place(name),
            run.said(share, "utilisation", "resource", name),
            f"{rostered[name].sum():,.0f} h",
            between(found, working_hours) if found.mean > OVERTIME_THAT_SHOWS else "none",
        )
        for name, found in overtime.items()
    ]
    heads = ("resource", "busy share of rostered time", "rostered a week", "overtime a week")
    grids = [Grid("The busiest" if len(rows) > MOST_BUSY else "People and machines", heads, rows[:MOST_BUSY])]
    if len(rows) > MOST_BUSY:
        grids.append(Grid(f"All {len(rows)} groups of people and machines", heads, rows, folded=True))
    in_order = [name for name in rostered if name in overtime]
    week = charts.utilisation_chart(*({run.place(name): of[name] for name in in_order} for of in (busy, rostered)))
    pictures = [Picture("How busy, by hour of the week", week)]
    if late:
        described = "Overtime by resource, with 95% intervals"
        pictures.append(Picture("Overtime", charts.bar_chart(late, "hours a week", described)))
    yield Section("resources", "People and machines", [HEAT], pictures, grids, [BUSY])


def backlog_section(run: Told) -> Iterator[Section]:
    """Open cases by day, warm-up shown; growth where there is overload."""
    days = np.stack([one.open_by_day for one in run.summaries])
    bars = [bar("", estimate(day)) for day in days.T]
    growth = run.growth
    if growth.growing:
        by = between(growth.per_day, number)
        says = f"The backlog grows by {by} cases a day: more comes in than can be done. {NO_MEAN}"
    else:
        mean = run.said(whole, "backlog", detail="mean")
        says = f"On average {mean} cases are open; the backlog shows no lasting growth."
    rows = [
        ("at the start of the measured time", run.said(whole, "backlog", detail="start")),
        ("at its end", run.said(whole, "backlog", detail="end")),
        ("growth a day", between(growth.per_day, number)),
        ("growth as a share of the cases received", between(growth.share, share)),
    ]
    scenario = run.scenario
    chart = charts.backlog_chart(bars, scenario.warm_up_days, scenario.days)
    yield Section(
        "backlog",
        "Backlog",
        [says, check_warm_up(run.summaries, scenario.warm_up_days).sentence],
        [Picture("Open cases by day", chart)],
        [Grid("Open cases", ("", "cases"), rows)],
        [BAND],
    )


def cost_section(run: Told) -> Iterator[Section]:
    """Cost a week by item, and volumes."""
    say = money_in(run.scenario.costs.currency)
    volumes = {"slides a week": "slides", "trips a week": "trips", "new storage, terabytes a year": "storage"}
    other = [(what, run.said(number, measure)) for what, measure in volumes.items() if run.get(measure).mean > 0]
    grids = [Grid("Volumes", ("what", "how much"), other)] if other else []
    if run.get("cost").mean > 0:
        items = [name for name in run.groups("cost", "item") if run.get("cost", "item", name).mean > 0]
        rows = [(item, run.said(say, "cost", "item", item)) for item in items]
        rows += [("all", run.said(say, "cost")), ("for each case on time", run.said(say, "cost_per_on_time"))]
        grids.insert(0, Grid("Cost a week", ("item", "cost"), rows))
    if grids:
        says = "Prices are those of the scenario; what it gives no price for is not counted."
        yield Section("cost", "What it costs", [says], grids=grids)
