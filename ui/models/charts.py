"""The charts of the models' pages, as Vega-Lite; frames and text take the app's theme."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import altair as alt

from planner.report.look import AnyChart, table
from training.judging.side_by_side import Findings, Line, ModelFindings
from training.judging.subgroups import Group
from ui.shell.language import language, t
from ui.shell.look import BLUE, GREEN, GREY, ORANGE, PURPLE

COLOURS: Final = (BLUE, ORANGE, GREEN, PURPLE)
"""Lines differ in their dashes too."""
DASHES: Final = ([1, 0], [7, 4], [2, 3], [10, 3, 2, 3])
HEIGHT: Final = 300
Spec = dict[str, Any]

_DANISH: Final = {"number": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " kr."]}}


def roc_chart(findings: Findings) -> Spec:
    """Sensitivity over false alarms of one or two models, with bands over patients and each one's own threshold."""
    x = alt.X("x:Q", title=t("false alarms among the others"), scale=_unit())
    y = alt.Y("y:Q", title=t("positive tiles that are found"), scale=_unit())
    rows = _lines({it.label: it.roc for it in findings.models})
    own = [
        {"x": 1 - it.evaluation.specificity, "y": it.evaluation.sensitivity, "model": it.label}
        for it in findings.models
    ]
    points = alt.Chart(table(own)).mark_point(filled=True, size=90, opacity=1, shape="diamond")
    points = points.encode(x=x, y=y, color=_colour(findings), tooltip=["model:N", "x:Q", "y:Q"])
    return plain(_diagonal() + _drawn(rows, x, y, findings) + points)


def reliability_chart(findings: Findings) -> Spec:
    """What came true over what was said, in ten bins."""
    x = alt.X("x:Q", title=t("probability that the model says"), scale=_unit())
    y = alt.Y("y:Q", title=t("share that is positive"), scale=_unit())
    rows = _lines({it.label: it.reliability for it in findings.models})
    base = alt.Chart(table(rows)).encode(x=x, color=_colour(findings))
    bars = base.mark_rule(strokeWidth=1.5, opacity=0.6).encode(y="low:Q", y2="high:Q")
    shape = alt.Shape("model:N", legend=None, scale=alt.Scale(domain=_names(findings), range=["circle", "square"]))
    points = base.mark_point(filled=True, opacity=1, size=60).encode(y=y, shape=shape)
    return plain(_diagonal() + bars + points)


def benefit_chart(findings: Findings) -> Spec:
    """Net benefit of acting on each model, on all and on nobody."""
    first = findings.models[0]
    rows = _lines({it.label: it.net_benefit for it in findings.models})
    top = max(row["high"] for row in rows)
    bottom = -0.25 * top
    x = alt.X("x:Q", title=t("chance of disease one acts from"), axis=alt.Axis(tickCount=8))
    y = alt.Y("y:Q", title=t("net benefit a tile"), scale=alt.Scale(domain=[bottom, top]))
    everyone = [
        {"x": at, "y": value}
        for at, value in zip(first.net_benefit.x, first.benefit_of_all, strict=True)
        if value >= bottom
    ]
    simple = [
        (t("on all"), everyone),
        (t("on none"), [{"x": at, "y": 0.0} for at in first.net_benefit.x]),
    ]
    drawn = _drawn(rows, x, y, findings)
    for said, line in simple:
        drawn += alt.Chart(table(line)).mark_line(color=GREY, strokeWidth=1.2, strokeDash=[4, 4]).encode(x=x, y=y)
        end = alt.Chart(table([{**line[-1], "said": said}]))
        drawn += end.mark_text(color=GREY, align="right", dx=-4, dy=-8, clip=True).encode(x=x, y=y, text="said:N")
    return plain(drawn)


def groups_chart(model: ModelFindings) -> Spec:
    """Each group's AUC with its interval; small groups are hollow."""
    there = [it for it in model.groups if it.auc[0] == it.auc[0]]
    rows = [
        {"group": group_name(it), "auc": it.auc[0], "low": it.auc[1], "high": it.auc[2], "small": it.small}
        for it in there
    ]
    base = alt.Chart(table(rows)).encode(y=alt.Y("group:N", sort=None, title=None, axis=alt.Axis(labelLimit=260)))
    span = base.mark_rule(strokeWidth=3, color=COLOURS[0], opacity=0.5).encode(
        x=alt.X("low:Q", title="AUC", scale=alt.Scale(zero=False)), x2="high:Q"
    )
    fill = alt.condition("datum.small", alt.value("transparent"), alt.value(COLOURS[0]))
    point = base.mark_point(size=70, color=COLOURS[0], opacity=1).encode(x="auc:Q", fill=fill)
    whole = alt.Chart(table([{"auc": model.evaluation.auc}])).mark_rule(color=GREY, strokeDash=[4, 4]).encode(x="auc:Q")
    return plain(alt.layer(whole, span, point), height=28 * len(rows) + 40)


def learning_chart(epochs: Sequence[Mapping[str, Any]]) -> Spec:
    """Loss and validation AUC of a training, epoch by epoch."""
    rows = [
        {"epoch": it["epoch"], "value": float(it[key]), "of": said, "fit": str(it["fit"])}
        for it in epochs
        for key, said in (("validation_auc", t("AUC on validation")), ("loss", t("loss in training")))
    ]
    base = alt.Chart(table(rows)).mark_line(point=True, strokeWidth=2)
    several = len({it["fit"] for it in epochs}) > 1
    legend = alt.Legend(orient="right", title=t("fit")) if several else None
    chart = base.encode(
        color=alt.Color("fit:N", legend=legend, scale=alt.Scale(range=list(COLOURS))),
        strokeDash=alt.StrokeDash("fit:N", legend=None, scale=alt.Scale(range=list(DASHES))),
        x=alt.X("epoch:Q", title=t("epoch"), axis=alt.Axis(tickMinStep=1, format="d")),
        y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False)),
        column=alt.Column("of:N", title=None),
    )
    return plain(chart.properties(width=300, height=170).resolve_scale(y="independent"), height=None)


def weeks_chart(rows: Sequence[tuple[date, str, float]], title: str, limits: Mapping[str, float]) -> Spec:
    """A figure week by week, a line a series; `limits`: what a level is called, and from where it begins."""
    data = [{"week": week.isoformat(), "series": series, "value": value} for week, series, value in rows]
    weeks = sorted({week.isoformat() for week, *_ in rows})
    names = list(dict.fromkeys(series for _, series, _ in rows))
    base = alt.Chart(table(data)).mark_line(point=True, strokeWidth=2)
    chart: AnyChart = base.encode(
        x=alt.X("week:T", title=t("week of"), axis=alt.Axis(format="%-d/%-m", values=weeks)),
        y=alt.Y("value:Q", title=title),
        color=alt.Color(
            "series:N",
            title=None,
            legend=alt.Legend(orient="top", labelLimit=0),
            scale=alt.Scale(domain=names, range=_cycled(COLOURS, len(names))),
        ),
        strokeDash=alt.StrokeDash(
            "series:N", title=None, legend=None, scale=alt.Scale(domain=names, range=_cycled(DASHES, len(names)))
        ),
        tooltip=["week:T", "series:N", alt.Tooltip("value:Q", format=".3f")],
    )
    for said, value in limits.items():
        place = alt.Chart(table([{"value": value, "said": said}]))
        chart = chart + place.mark_rule(color=GREY, strokeDash=[4, 4]).encode(y="value:Q")
        chart = chart + place.mark_text(align="left", baseline="bottom", dx=4, color=GREY).encode(
            y="value:Q", x=alt.value(0), text="said:N"
        )
    return plain(chart, height=240)


def group_name(group: Group) -> str:
    """Kind and name, as people say them."""
    return f"{t(group.kind)}: {t(group.name)}"


def plain(chart: AnyChart, height: int | None = HEIGHT) -> Spec:
    """The specification without a look of its own, so that the app's theme gives it one."""
    sized = chart if height is None else chart.properties(height=height)
    spec: Spec = sized.to_dict()
    spec["config"] = {"locale": _DANISH} if language() == "da" else {}
    spec.pop("background", None)
    return spec


def _drawn(rows: Sequence[Mapping[str, Any]], x: alt.X, y: alt.Y, findings: Findings) -> alt.LayerChart:
    base = alt.Chart(table([dict(row) for row in rows])).encode(x=x, color=_colour(findings))
    band = base.mark_area(opacity=0.15, clip=True).encode(y="low:Q", y2="high:Q")
    names = _names(findings)
    dash = alt.StrokeDash("model:N", legend=None, scale=alt.Scale(domain=names, range=_cycled(DASHES, len(names))))
    drawn: alt.LayerChart = band + base.mark_line(strokeWidth=2, clip=True).encode(y=y, strokeDash=dash)
    return drawn


def _colour(findings: Findings) -> alt.Color:
    names = _names(findings)
    legend = alt.Legend(orient="top", title=None, symbolOpacity=1) if len(names) > 1 else None
    return alt.Color("model:N", scale=alt.Scale(domain=names, range=_cycled(COLOURS, len(names))), legend=legend)


def _names(findings: Findings) -> list[str]:
    return [it.label for it in findings.models]


def _cycled(values: Sequence[Any], count: int) -> list[Any]:
    return [values[number % len(values)] for number in range(count)]


def _lines(curves: Mapping[str, Line]) -> list[dict[str, Any]]:
    return [
        {"model": name, "x": x, "y": y, "low": low, "high": high}
        for name, line in curves.items()
        for x, y, low, high in zip(line.x, line.y, line.low, line.high, strict=True)
    ]


def _unit() -> alt.Scale:
    return alt.Scale(domain=[0, 1])


def _diagonal() -> alt.Chart:
    ends = table([{"x": 0.0, "y": 0.0}, {"x": 1.0, "y": 1.0}])
    drawn: alt.Chart = alt.Chart(ends).mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1).encode(x="x:Q", y="y:Q")
    return drawn
