"""The charts between runs: differences, why they differ, what one unit more does, frontier, sensitivity."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import altair as alt

from planner.report.charts import Bar, Spec
from planner.report.look import FAINT, GREEN, GREY, INK, LINES, ORANGE, RED, ROW_PX, SKY, styled, table

GAIN, LOSS, UNSURE = "better", "worse", "could be chance"


def difference_chart(bars: Sequence[Bar], title: str, described: str, *, form: str, more_is_better: bool) -> Spec:
    """Paired differences with their intervals around zero; those whose interval holds zero are grey."""
    rows = table([bar._asdict() | {"what": verdict(bar, more_is_better=more_is_better)} for bar in bars])
    base = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=None, title=None),
        color=alt.Color("what:N", title=None, scale=alt.Scale(domain=[GAIN, LOSS, UNSURE], range=[GREEN, RED, GREY])),
    )
    shown = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("mean:Q", format=form),
        alt.Tooltip("low:Q", format=form, title="interval from"),
        alt.Tooltip("high:Q", format=form, title="interval to"),
    ]
    across = alt.X("low:Q", title=title, axis=alt.Axis(format=form))
    chart = alt.layer(
        alt.Chart(table([{"zero": 0}])).mark_rule(color=INK).encode(x="zero:Q"),
        base.mark_rule(strokeWidth=5, opacity=0.35, strokeCap="round").encode(x=across, x2="high:Q", tooltip=shown),
        base.mark_point(filled=True, size=80, opacity=1).encode(x="mean:Q", tooltip=shown),
    ).properties(width="container", height=ROW_PX * len(bars))
    return styled(chart, described)


def verdict(bar: Bar, *, more_is_better: bool) -> str:
    """Better or worse where the interval keeps clear of zero."""
    if bar.low <= 0 <= bar.high:
        return UNSURE
    return GAIN if (bar.mean > 0) == more_is_better else LOSS


class Plan(NamedTuple):
    """A point of the frontier: a plan, its cost a week and its share on time with interval."""

    name: str
    cost: float
    mean: float
    low: float
    high: float
    state: str


def frontier_chart(plans: Sequence[Plan], target: float, currency: str) -> Spec:
    """Cost a week against share on time; the plans that no other beats in both are joined."""
    best = set(pareto(plans))
    rows = table([plan._asdict() | {"best": number in best} for number, plan in enumerate(plans)])
    base = alt.Chart(rows).encode(
        x=alt.X(
            "cost:Q",
            title=f"cost a week, {currency}",
            scale=alt.Scale(zero=False, padding=24),
            axis=alt.Axis(format=",.0f", tickCount=5),
        ),
    )
    up = alt.Y("mean:Q", title="share on time", scale=alt.Scale(zero=False), axis=alt.Axis(format="%"))
    states = list(dict.fromkeys(plan.state for plan in plans))
    colours = alt.Scale(domain=states, range=LINES[: len(states)])
    legend = alt.Legend() if len(states) > 1 else None
    shown = ["name:N", alt.Tooltip("cost:Q", format=",.0f")]
    shown += [alt.Tooltip(f"{end}:Q", format=".1%") for end in ("mean", "low", "high")]
    goal = alt.Chart(table([{"target": target, "text": f"target {target:.0%}"}]))
    chart = alt.layer(
        goal.mark_rule(color=INK, strokeDash=[5, 4]).encode(y=alt.Y("target:Q")),
        goal.mark_text(align="left", baseline="bottom", dx=4, dy=-3, color=FAINT).encode(
            x=alt.value(0), y="target:Q", text="text:N"
        ),
        base.transform_filter("datum.best").mark_line(color=SKY, strokeWidth=2, interpolate="step-after").encode(y=up),
        base.mark_rule(color=GREY, opacity=0.6).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_point(filled=True, size=80, opacity=1).encode(
            y=up, tooltip=shown, color=alt.Color("state:N", title=None, sort=None, scale=colours, legend=legend)
        ),
    ).properties(width="container", height=320)
    return styled(chart, "Cost a week against the share of cases on time, plan by plan")


def pareto(plans: Sequence[Plan]) -> list[int]:
    """Numbers of the plans that no other beats in cost and on-time share both, cheapest first."""
    found: list[int] = []
    for number in sorted(range(len(plans)), key=lambda it: (plans[it].cost, -plans[it].mean)):
        if not found or plans[number].mean > plans[found[-1]].mean:
            found.append(number)
    return found


class Swing(NamedTuple):
    """What a number's low and high value make of the on-time share, as differences from the base."""

    name: str
    low_value: str
    high_value: str
    at_low: float
    at_high: float


def tornado_chart(swings: Sequence[Swing], title: str, *, form: str) -> Spec:
    """In the order given. nan: not tried."""
    rows = table(
        [
            {"name": swing.name, "what": what, "value": value, "change": change}
            for swing in swings
            for what, value, change in (
                ("lower value", swing.low_value, swing.at_low),
                ("higher value", swing.high_value, swing.at_high),
            )
            if math.isfinite(change)
        ]
    )
    chart = alt.layer(
        alt.Chart(rows)
        .mark_bar(opacity=0.85, height={"band": 0.7})
        .encode(
            y=alt.Y("name:N", sort=None, title=None),
            x=alt.X("change:Q", title=title, axis=alt.Axis(format=form), stack=False),
            color=alt.Color(
                "what:N",
                title=None,
                sort=None,
                scale=alt.Scale(domain=["lower value", "higher value"], range=[SKY, ORANGE]),
            ),
            tooltip=["name:N", "what:N", "value:N", alt.Tooltip("change:Q", format=form)],
        ),
        alt.Chart(table([{"zero": 0}])).mark_rule(color=INK).encode(x="zero:Q"),
    ).properties(width="container", height=ROW_PX * len(swings))
    return styled(chart, "How far the on-time share moves when one assumed number is lower or higher")
