"""The sections on a comparison: what changed in the plan, what that changed for the cases, how surely, and why."""

import math
from collections.abc import Sequence

from planner.experiments.compare import Against, Difference
from planner.experiments.wording import named
from planner.measures.figures import FigureKey
from planner.report import charts_between as charts
from planner.report.page import Grid, Picture, Section
from planner.report.sections_cases import bar
from planner.report.story import Told, plan_names
from planner.report.words import Say, between, change, hours, money_in, number, points, share, signed, working_hours

MOST_STAGES = 10
SHARES = ("on_time", "utilisation")
TIMES = ("turnaround",)
MOST_CHANGES = 20
PAIRED = (
    "The cases and days are the same in both, and the difference is taken replication by replication, so that chance "
    "touches both alike; its 95% interval is narrow therefore."
)


def compare_section(base: Told, against: Against, names: tuple[str, str], place: int) -> Section:
    """One variant against the base; `names`: what the two are called."""
    rows = [_row(base, one) for one in against.figures]
    changes = [(it.path, *it.sentence.removeprefix(f"{it.path}: ").rsplit(", now ", 1)) for it in against.changes]
    changes = [row if len(row) == 3 else (row[0], "", row[1]) for row in changes]
    return Section(
        f"against-{place}",
        f"{names[1]}, against “{names[0]}”",
        against.verdict,
        [*_on_time(base, against), *_stages(against)],
        [
            Grid("Figures", ("figure", "base", "here", "difference", ""), rows),
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


def plans_section(runs: Sequence[Told]) -> Section:
    """All plans side by side, and what each costs for what it keeps."""
    names, what = promised(runs[0])
    currency = runs[0].scenario.costs.currency
    say = money_in(currency)
    titles = plan_names(runs)
    rows = [
        (
            title,
            between(run.on_time(names), share),
            change(run.on_time_gain(runs[0], names), points) if run is not runs[0] else "",
            run.said(hours, "turnaround", detail="p90"),
            say(run.get("cost").mean),
            run.said(say, "cost_per_on_time"),
        )
        for title, run in zip(titles, runs, strict=True)
    ]
    heads = ("plan", f"{what} on time", "against the first", "90% answered within", "cost a week", "per case on time")
    plans = [
        charts.Plan(title, run.get("cost").mean, *_ends(run, names), title)
        for title, run in zip(titles, runs, strict=True)
        if run.get("cost").mean > 0 and names
    ]
    pictures = []
    if len(plans) > 1:
        target = max(map(runs[0].target, names))
        pictures.append(Picture("Cost against cases on time", charts.frontier_chart(plans, target, currency)))
    says = ["Up is more cases on time, left is cheaper. A line joins the plans that no other beats in both."]
    return Section("plans", "The plans side by side", says if pictures else [], pictures, [Grid("Plans", heads, rows)])


def promised(run: Told) -> tuple[list[str], str]:
    """The pathways that the comparison is about, and what their cases are called."""
    return (run.cancer, "cancer-pathway cases") if run.cancer else (run.promised, "cases with a deadline")


def _ends(run: Told, names: list[str]) -> tuple[float, float, float]:
    found = bar("", run.on_time(names))
    return found.mean, found.low, found.high


def compare_headline(runs: Sequence[Told]) -> list[str]:
    """The answer to: which plan."""
    names, what = promised(runs[0])
    say = money_in(runs[0].scenario.costs.currency)
    titles = plan_names(runs)
    said = []
    if names:
        best = max(range(1, len(runs)), key=lambda place: runs[place].on_time(names).mean)
        gain = runs[best].on_time_gain(runs[0], names)
        on_time = between(runs[best].on_time(names), share)
        if gain.low > 0:
            said.append(
                f"{titles[best]} keeps most {what} on time: {on_time}, {change(gain, points)} against “{titles[0]}”."
            )
        else:
            said.append(f"No plan keeps clearly more {what} on time than “{titles[0]}”.")
    for title, run in zip(titles, runs, strict=True):
        cost = run.get("cost").mean
        more = cost - runs[0].get("cost").mean
        extra = f" ({signed(say(more), more)})" if run is not runs[0] and more else ""
        price = f"{say(cost)} a week{extra}" if cost > 0 else ""
        kept = f"{between(run.on_time(names), share)} on time" if names else ""
        said.append(f"{title}: {', '.join(filter(None, (kept, price)))}.")
    return said
