"""The charts of an evaluation report, each in the look of the planner's."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from planner.report.look import BLUE, GREEN, GREY, ORANGE, styled, table
from training.judging.curves import Curve, NetBenefit, Reliability
from training.judging.robustness import Robustness
from training.judging.triage_value import TriageValue

SIDE_PX = 340
WIDE_PX = 560
SMALL_PX = 220
Spec = dict[str, Any]


def roc_chart(curve: Curve, own: tuple[float, float]) -> Spec:
    """Sensitivity over false alarms with its band; own: the operating point (false-positive fraction, sensitivity)."""
    x = alt.X("x:Q", title="false-positive fraction", scale=alt.Scale(domain=[0, 1]))
    y = alt.Y("y:Q", title="sensitivity", scale=alt.Scale(domain=[0, 1]))
    point = alt.Chart(table([{"x": own[0], "y": own[1]}])).mark_point(filled=True, size=90, color=ORANGE, opacity=1)
    label = alt.Chart(table([{"x": own[0], "y": own[1], "said": "operating point"}])).mark_text(
        align="left", dx=10, dy=12
    )
    chart = _diagonal() + _banded(curve, x, y) + point.encode(x="x:Q", y="y:Q")
    chart += label.encode(x="x:Q", y="y:Q", text="said:N")
    return styled(chart.properties(width=SIDE_PX, height=SIDE_PX), "Sensitivity over the false-positive fraction")


def reliability_chart(found: Reliability) -> Spec:
    """What was found over what was said; points above the line were said too low."""
    curve = found.curve
    rows = table(
        [
            {"x": float(x), "y": float(y), "low": float(low), "high": float(high), "tiles": int(tiles)}
            for x, y, low, high, tiles in zip(curve.x, curve.y, curve.low, curve.high, found.tiles, strict=True)
        ]
    )
    base = alt.Chart(rows).encode(
        x=alt.X("x:Q", title="probability that the model says", scale=alt.Scale(domain=[0, 1]))
    )
    y = alt.Y("y:Q", title="share that is positive", scale=alt.Scale(domain=[0, 1]))
    bars = base.mark_rule(color=BLUE, strokeWidth=1.5).encode(y=alt.Y("low:Q"), y2="high:Q")
    points = base.mark_circle(color=BLUE, opacity=1).encode(
        y=y, size=alt.Size("tiles:Q", title="tiles", scale=alt.Scale(range=[20, 300]), legend=None)
    )
    chart = _diagonal() + bars + points
    return styled(chart.properties(width=SIDE_PX, height=SIDE_PX), "Share of positives over the probability said")


def net_benefit_chart(found: NetBenefit) -> Spec:
    """Net benefit of acting on the model, on everybody, on nobody."""
    curve = found.model
    top = float(max(np.nanmax(curve.high), found.everyone.max()))
    bottom = -0.25 * top
    x = alt.X("x:Q", title="chance of disease from which on one would act")
    y = alt.Y("y:Q", title="net benefit, true positives a tile", scale=alt.Scale(domain=[bottom, top]))
    lines = {"on all": found.everyone, "on none": np.zeros(len(curve.x))}
    rows = [
        {"x": float(at), "y": float(value), "acting": name}
        for name, values in lines.items()
        for at, value in zip(curve.x, values, strict=True)
        if value >= bottom
    ]
    rows += [
        {"x": float(at), "y": float(value), "acting": "on the model"}
        for at, value in zip(curve.x, curve.y, strict=True)
    ]
    colour = alt.Color(
        "acting:N",
        title="acting",
        scale=alt.Scale(domain=["on the model", *lines], range=[BLUE, ORANGE, GREY]),
    )
    drawn = alt.Chart(table(rows)).mark_line(strokeWidth=2).encode(x=x, y=y, color=colour)
    return styled(
        (_band(curve) + drawn).properties(width=WIDE_PX, height=240), "Net benefit over the chance one acts from"
    )


def robustness_chart(found: Robustness) -> Spec:
    """AUC, sensitivity and specificity over the strength of one disturbance, each with its interval."""
    names = {"auc": "AUC", "sensitivity": "sensitivity", "specificity": "specificity"}
    rows = [
        {"x": point.strength, "figure": said, "y": value, "low": low, "high": high}
        for point in found.points
        for name, said in names.items()
        for value, low, high in [point.figures[name]]
    ]
    base = alt.Chart(table(rows)).encode(
        x=alt.X("x:Q", title=found.disturbance.unit, scale=alt.Scale(zero=False, reverse=found.disturbance.reverse)),
        color=alt.Color(
            "figure:N",
            scale=alt.Scale(domain=list(names.values()), range=[BLUE, ORANGE, GREEN]),
            legend=alt.Legend(title=None, symbolOpacity=1),
        ),
    )
    y = alt.Y("y:Q", title=None, scale=alt.Scale(domain=[0, 1]))
    lines = base.mark_line(strokeWidth=2, point=True).encode(y=y)
    bands = base.mark_area(opacity=0.12).encode(y=alt.Y("low:Q"), y2="high:Q")
    return styled((bands + lines).properties(width=SIDE_PX, height=SMALL_PX), f"Figures over {found.disturbance.name}")


def triage_chart(found: Sequence[TriageValue]) -> Spec:
    """Hours that diseased cases and others wait longer (above zero) or less, over the sensitivity."""
    rows = [
        {"x": one.point.sensitivity, "cases": said, "y": change.mean, "low": change.low, "high": change.high}
        for one in found
        for said, change in (("diseased", one.diseased), ("all others", one.others))
    ]
    base = alt.Chart(table(rows)).encode(
        x=alt.X("x:Q", title="sensitivity of the AI", scale=alt.Scale(zero=False)),
        color=alt.Color(
            "cases:N", title=None, scale=alt.Scale(domain=["diseased", "all others"], range=[BLUE, ORANGE])
        ),
    )
    lines = base.mark_line(strokeWidth=2, point=True).encode(y=alt.Y("y:Q", title="hours of wait more"))
    bars = base.mark_rule(strokeWidth=1.5).encode(y="low:Q", y2="high:Q")
    zero = alt.Chart(table([{"y": 0.0}])).mark_rule(color=GREY, strokeDash=[4, 4]).encode(y="y:Q")
    return styled(
        (zero + bars + lines).properties(width=WIDE_PX, height=240), "Change of the mean wait over sensitivity"
    )


def _diagonal() -> alt.Chart:
    ends = table([{"x": 0.0, "y": 0.0}, {"x": 1.0, "y": 1.0}])
    drawn: alt.Chart = alt.Chart(ends).mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1).encode(x="x:Q", y="y:Q")
    return drawn


def _rows(curve: Curve) -> list[dict[str, Any]]:
    columns = zip(curve.x, curve.y, curve.low, curve.high, strict=True)
    return [{"x": float(x), "y": float(y), "low": float(low), "high": float(high)} for x, y, low, high in columns]


def _band(curve: Curve) -> alt.Chart:
    area = alt.Chart(table(_rows(curve))).mark_area(color=BLUE, opacity=0.15)
    drawn: alt.Chart = area.encode(x="x:Q", y="low:Q", y2="high:Q")
    return drawn


def _banded(curve: Curve, x: alt.X, y: alt.Y) -> alt.LayerChart:
    line = alt.Chart(table(_rows(curve))).mark_line(color=BLUE, strokeWidth=2).encode(x=x, y=y)
    drawn: alt.LayerChart = _band(curve) + line
    return drawn
