"""The sections on a comparison: what changed in the plan, what that changed for the cases, how surely, and why."""

import math

from planner.experiments.compare import Against, Difference
from planner.experiments.wording import named
from planner.measures.figures import FigureKey
from planner.report import charts_between as charts
from planner.report.page import Grid, Picture, Section
from planner.report.sections_cases import bar
from planner.report.story import Told
from planner.report.words import Say, between, change, hours, money_in, number, points, share, signed, working_hours

MOST_STAGES = 10
SHARES = ("on_time", "utilisation")
TIMES = ("turnaround",)
MOST_CHANGES = 20
PAIRED = (
    "The cases and days are the same in both, and the difference is taken replication by replication, so that chance "
    "touches both alike; its 95% interval is narrow therefore."
)


def compare_section(base: Told, against: Against, place: int) -> Section:
    """One variant against the base."""
    other = Told(against.other)
    title = other.scenario.title or other.scenario.name
    rows = [_row(base, one) for one in against.figures]
    changes = [(it.path, *it.sentence.removeprefix(f"{it.path}: ").rsplit(", now ", 1)) for it in against.changes]
    changes = [row if len(row) == 3 else (row[0], "", row[1]) for row in changes]
    return Section(
        f"against-{place}",
        f"{title}, against the base",
        against.verdict,
        [*_on_time(base, against), *_stages(against)],
        [
            Grid("Figures", ("figure", "base", title, "difference", ""), rows),
            Grid(
                f"What is changed in the scenario ({len(changes)})",
                ("where", "base", "here"),
                changes,
                folded=len(changes) > MOST_CHANGES,
            ),
        ],
        [f"Both were run on the same {against.pairs} replications. {PAIRED}"],
    )


def _row(base: Told, one: Difference) -> tuple[str, str, str, str, str]:
    say, say_change = sayings(one.key, base.scenario.costs.currency)
    clear = "clear" if one.is_clear else "could be chance"
    return (
        named_for(base, one.key),
        between(one.base, say),
        between(one.other, say),
        change(one.change, say_change),
        "the same" if one.change.low == one.change.high == 0 else clear,
    )


def named_for(run: Told, key: FigureKey) -> str:
    """The figure's name, pathways by their titles."""
    return named(key._replace(group=run.pathway(key.group))) if key.by == "pathway" else named(key)


def sayings(key: FigureKey, currency: str) -> tuple[Say, Say]:
    """How the figure is said, and how a difference of it."""
    if key.measure in SHARES:
        return share, points
    if key.measure in TIMES:
        return hours, hours
    if key.measure == "overtime":
        return working_hours, working_hours
    if key.measure.startswith("cost"):
        return money_in(currency), money_in(currency)
    return number, number


def _on_time(base: Told, against: Against) -> list[Picture]:
    found = [one for one in against.figures if one.key.measure == "on_time" and one.key.by in ("all", "pathway")]
    bars = [bar(base.pathway(one.key.group) if one.key.group else "all cases", one.change) for one in found]
    bars = [one for one in bars if math.isfinite(one.mean)]
    if not bars:
        return []
    described = "Difference of the share on time by pathway, with 95% intervals"
    chart = charts.difference_chart(
        bars, "change of the share on time (right is better)", described, form="+.1%", more_is_better=True
    )
    return [Picture("On time: what changes", chart)]


def _stages(against: Against) -> list[Picture]:
    bars = [bar(one.stage, one.total) for one in against.stages[:MOST_STAGES] if math.isfinite(one.total.mean)]
    if not bars:
        return []
    described = "Difference of mean hours a case by stage, with 95% intervals"
    chart = charts.difference_chart(
        bars, "change of hours a case (left is better)", described, form="+.1f", more_is_better=False
    )
    return [Picture("Why: the stages where time was gained or lost", chart)]


def plans_section(runs: list[Told]) -> Section:
    """All plans side by side, and what each costs for what it keeps."""
    names = runs[0].cancer or runs[0].promised
    what = "cancer cases on time" if runs[0].cancer else "on time"
    currency = runs[0].scenario.costs.currency
    say = money_in(currency)
    rows = [
        (
            run.scenario.title or run.scenario.name,
            between(run.on_time(names), share),
            run.said(hours, "turnaround", detail="p90"),
            run.said(say, "cost"),
            run.said(say, "cost_per_on_time"),
        )
        for run in runs
    ]
    heads = ("plan", what, "90% are answered within", "cost a week", "cost per case on time")
    target = max(map(runs[0].target, names), default=0.9)
    plans = [
        charts.Plan(run.scenario.title or run.scenario.name, run.get("cost").mean, *_ends(run, names), "plan")
        for run in runs
        if run.get("cost").mean > 0 and names
    ]
    chart = charts.frontier_chart(plans, target, currency) if len(plans) > 1 else None
    return Section(
        "plans",
        "The plans side by side",
        ["Up is more cases on time, left is cheaper. The line joins the plans that no other beats in both."]
        if chart
        else [],
        [Picture("Cost against cases on time", chart)] if chart else [],
        [Grid("Plans", heads, rows)],
    )


def _ends(run: Told, names: list[str]) -> tuple[float, float, float]:
    found = bar("", run.on_time(names))
    return found.mean, found.low, found.high


def compare_headline(runs: list[Told]) -> list[str]:
    """The answer to: which plan."""
    names = runs[0].cancer or runs[0].promised
    what = "cancer-pathway cases" if runs[0].cancer else "cases with a deadline"
    say = money_in(runs[0].scenario.costs.currency)
    said = []
    for run in runs:
        title, cost = run.scenario.title or run.scenario.name, run.get("cost").mean
        on_time = f"{between(run.on_time(names), share)} of {what} on time" if names else ""
        price = f"{say(cost)} a week" if cost > 0 else ""
        more = cost - runs[0].get("cost").mean
        extra = f" ({signed(say(more), more)})" if run is not runs[0] and abs(more) > 0 else ""
        said.append(f"{title}: {', '.join(filter(None, (on_time, price + extra)))}.")
    return said
