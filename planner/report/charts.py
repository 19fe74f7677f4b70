"""The charts of one run: on time, turnaround, stages, the week, the backlog, AI's two sides."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import numpy.typing as npt

from planner.report.look import BLUE, FAINT, GREY, INK, LINES, ORANGE, RED, ROW_PX, SKY, styled, table

Floats = npt.NDArray[np.float64]
Spec = dict[str, Any]
"""A Vega-Lite specification."""
DAY_HOURS = 24
WEEK = [f"{day} {hour:02d}:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun") for hour in range(24)]
NAMES_OF_DAYS = "['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun', ''][floor(datum.value / 24)]"
_WEEK_AXIS = alt.Axis(
    values=list(range(0, 168, DAY_HOURS)), labelExpr=NAMES_OF_DAYS, labelAlign="left", labelOffset=4, title=None
)
STAGE_PARTS = ("waiting", "work or transport")
FEWEST_ON_SHIFT = 0.01
"""With fewer on shift on average an hour of the week counts as closed."""
TOO_LONG_SHARE = 0.995
"""The histogram ends where so many cases are answered; the table says the rest."""


class Bar(NamedTuple):
    """A named figure with its interval; `target` where there is one."""

    name: str
    mean: float
    low: float
    high: float
    target: float = float("nan")


def on_time_chart(bars: Sequence[Bar]) -> Spec:
    """Share on time by group, with its interval and a tick at its target."""
    rows = table([bar._asdict() | {"missed": bar.high < bar.target} for bar in bars])
    least = min(0.0 if bar.low < 0.5 else 0.5 for bar in bars)
    across = alt.X("mean:Q", title="share of cases answered on time", axis=alt.Axis(format="%"))
    base = alt.Chart(rows).encode(y=alt.Y("name:N", sort=None, title=None))
    shown = [alt.Tooltip("name:N", title="pathway"), *_tooltips(".1%"), alt.Tooltip("target:Q", format=".0%")]
    colour = alt.condition("datum.missed", alt.value(RED), alt.value(BLUE))
    chart = alt.layer(
        base.mark_rule(strokeWidth=5, opacity=0.35, strokeCap="round")
        .encode(x=across.scale(domain=[least, 1]), x2="high:Q", color=colour, tooltip=shown)
        .transform_calculate(mean="datum.low"),
        base.mark_point(filled=True, size=90, opacity=1).encode(x=across, color=colour, tooltip=shown),
        base.transform_filter("isValid(datum.target)")
        .mark_tick(color=INK, thickness=2, size=20)
        .encode(x=alt.X("target:Q"), tooltip=shown),
    ).properties(width="container", height=ROW_PX * len(bars))
    return styled(chart, "Share of cases on time by pathway, with 95% intervals and the target")


def turnaround_chart(counts: Mapping[str, npt.NDArray[np.int64]], marks: Mapping[str, tuple[float, float]]) -> Spec:
    """How long cases take, a histogram a group; `marks`: the median and the 90th percentile in hours."""
    last = max(_quantile_bin(count, TOO_LONG_SHARE) for count in counts.values())
    width = next(step for step in (1, 2, 4, 6, 12, 24, 48, 96) if last / step <= 60 or step == 96)
    unit, in_hours = ("hours", 1) if last <= 72 else ("days", DAY_HOURS)
    ends = [0, (last + width) / in_hours]
    lowest = list(counts)[-1]
    charts = [
        alt.layer(
            _histogram(count, last, width, in_hours, unit if name == lowest else "", ends),
            _marks(marks[name], in_hours, ends[1]),
        ).properties(width="container", height=80, title=alt.Title(name, anchor="start", fontSize=12, color=INK))
        for name, count in counts.items()
    ]
    return styled(alt.vconcat(*charts, spacing=4), "How long cases take from receipt to answer, by pathway")


def _histogram(
    count: npt.NDArray[np.int64], last: int, width: int, in_hours: int, unit: str, ends: list[float]
) -> alt.Chart:
    starts = range(0, last + 1, width)
    bins = [
        {
            "from": at / in_hours,
            "to": (at + width) / in_hours,
            "share": float(count[at : at + width].sum() / count.sum()),
        }
        for at in starts
    ]
    axis = alt.Axis(tickMinStep=1, tickCount=12, title=f"{unit} from receipt" if unit else None, labels=bool(unit))
    chart: alt.Chart = (
        alt.Chart(table(bins))
        .mark_bar(color=SKY, binSpacing=1, orient="vertical")
        .encode(
            x=alt.X("from:Q", axis=axis, scale=alt.Scale(domain=ends, nice=False)),
            x2="to:Q",
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format=".0%", tickCount=3)),
            tooltip=[
                alt.Tooltip("from:Q", format=".3~f", title="from"),
                alt.Tooltip("to:Q", format=".3~f"),
                alt.Tooltip("share:Q", format=".2%"),
            ],
        )
    )
    return chart


def _marks(hours: tuple[float, float], in_hours: int, end: float) -> alt.Chart:
    names = ["half are answered", "90% are answered"]
    lines = [{"at": at / in_hours, "what": what} for what, at in zip(names, hours, strict=True) if at / in_hours <= end]
    chart: alt.Chart = (
        alt.Chart(table(lines or [{"at": None, "what": names[0]}]))
        .mark_rule(strokeWidth=2)
        .encode(
            x="at:Q",
            color=alt.Color("what:N", title=None, scale=alt.Scale(domain=names, range=[BLUE, ORANGE])),
            tooltip=["what:N", alt.Tooltip("at:Q", format=".1f")],
        )
    )
    return chart


def _quantile_bin(count: npt.NDArray[np.int64], share: float) -> int:
    """Last hour that is shown of a histogram."""
    return int(np.searchsorted(np.cumsum(count), share * count.sum())) if count.sum() else 0


def stage_chart(stages: Mapping[str, Sequence[float]]) -> Spec:
    """Hours a case, waiting and in work, by stage in the order of the process."""
    rows = table(
        [
            {"stage": name, "what": what, "hours": hours, "order": order}
            for name, both in stages.items()
            for order, (what, hours) in enumerate(zip(STAGE_PARTS, both, strict=True))
        ]
    )
    chart = (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            y=alt.Y("stage:N", sort=list(stages), title=None),
            x=alt.X("hours:Q", title="mean hours a case, on the way that decided its answer"),
            color=alt.Color("what:N", title=None, scale=alt.Scale(domain=list(STAGE_PARTS), range=[ORANGE, BLUE])),
            order="order:Q",
            tooltip=[alt.Tooltip("stage:N"), alt.Tooltip("what:N"), alt.Tooltip("hours:Q", format=".2f")],
        )
        .properties(width="container", height=(ROW_PX - 6) * len(stages))
    )
    return styled(chart, "Mean hours a case waits and is worked on, by stage")


def queue_chart(weeks: Mapping[str, Floats]) -> Spec:
    """Things in line by hour of the week, a line a station."""
    rows = [
        {"station": name, "hour": hour, "when": WEEK[hour], "waiting": float(value)}
        for name, week in weeks.items()
        for hour, value in enumerate(week)
    ]
    lines = (
        alt.Chart(table(rows))
        .mark_line(interpolate="step-after", strokeWidth=1.8)
        .encode(
            x=alt.X("hour:Q", axis=_WEEK_AXIS, scale=alt.Scale(domain=[0, 168], nice=False)),
            y=alt.Y("waiting:Q", title="things waiting"),
            color=alt.Color(
                "station:N",
                title=None,
                sort=None,
                scale=alt.Scale(domain=list(weeks), range=LINES[: len(weeks)]),
                legend=alt.Legend(columns=3, symbolType="stroke", symbolStrokeWidth=3),
            ),
            tooltip=[alt.Tooltip("station:N"), alt.Tooltip("when:N"), alt.Tooltip("waiting:Q", format=".1f")],
        )
        .properties(width="container", height=280)
    )
    return styled(lines, "Things waiting by hour of the week, for the stations with the longest lines")


def utilisation_chart(busy: Mapping[str, Floats], rostered: Mapping[str, Floats]) -> Spec:
    """Share of those on shift that work, by hour of the week and resource; white where none is on shift."""
    rows = [
        {
            "resource": name,
            "hour": hour,
            "end": hour + 1,
            "when": WEEK[hour],
            "busy": float(busy[name][hour]),
            "rostered": float(on[hour]),
            "share": float(min(1.0, busy[name][hour] / on[hour])),
        }
        for name, on in rostered.items()
        for hour in range(168)
        if on[hour] > FEWEST_ON_SHIFT
    ]
    shown = [
        alt.Tooltip("resource:N"),
        alt.Tooltip("when:N"),
        alt.Tooltip("share:Q", format=".0%", title="busy share"),
        alt.Tooltip("busy:Q", format=".1f", title="busy"),
        alt.Tooltip("rostered:Q", format=".1f", title="on shift"),
    ]
    chart = (
        alt.Chart(table(rows))
        .mark_rect()
        .encode(
            x=alt.X("hour:Q", axis=_WEEK_AXIS, scale=alt.Scale(domain=[0, 168], nice=False)),
            x2="end:Q",
            y=alt.Y("resource:N", sort=None, title=None),
            color=alt.Color(
                "share:Q",
                title="busy share of those on shift",
                scale=alt.Scale(
                    domain=[0, 0.5, 0.8, 1], range=["#eef3f8", "#a9cbe2", "#f0b56b", RED], interpolate="rgb"
                ),
                legend=alt.Legend(format=".0%", gradientLength=260, values=[0, 0.5, 0.8, 1]),
            ),
            tooltip=shown,
        )
        .properties(width="container", height=24 * len(rostered))
    )
    return styled(chart, "How busy each resource is, by hour of the week")


def bar_chart(bars: Sequence[Bar], title: str, described: str) -> Spec:
    """Bars with intervals."""
    base = alt.Chart(table([bar._asdict() for bar in bars])).encode(y=alt.Y("name:N", sort=None, title=None))
    chart = alt.layer(
        base.mark_bar(color=SKY).encode(x=alt.X("mean:Q", title=title), tooltip=["name:N", *_tooltips(".2f")]),
        base.mark_rule(color=INK).encode(x="low:Q", x2="high:Q"),
    ).properties(width="container", height=(ROW_PX - 6) * len(bars))
    return styled(chart, described)


def backlog_chart(days: Sequence[Bar], warm_up: int, measured: int) -> Spec:
    """Open cases by day, with the spread over the replications; warm-up and follow-up shaded."""
    rows = table(
        [{"day": day - warm_up, "mean": bar.mean, "low": bar.low, "high": bar.high} for day, bar in enumerate(days)]
    )
    ends = [("warm-up", -warm_up, 0), ("follow-up", measured, len(days) - warm_up)]
    shades = [{"what": what, "from": start, "to": end} for what, start, end in ends if end > start]
    across = alt.X("day:Q", title="day of the measured time", scale=alt.Scale(nice=False))
    base = alt.Chart(rows).encode(x=across)
    layers: list[alt.Chart] = [
        base.mark_area(color=SKY, opacity=0.35).encode(y=alt.Y("low:Q", title="open cases"), y2="high:Q"),
        base.mark_line(color=BLUE).encode(y="mean:Q", tooltip=["day:Q", *_tooltips(".0f")]),
    ]
    if shades:
        area = alt.Chart(table(shades)).encode(x=alt.X("from:Q"))
        layers.insert(0, area.mark_rect(color=GREY, opacity=0.13).encode(x2="to:Q"))
        layers.append(
            area.mark_text(align="left", baseline="top", dx=5, dy=4, color=FAINT, fontSize=12).encode(
                y=alt.value(0), text="what:N"
            )
        )
    chart = alt.layer(*layers).properties(width="container", height=240)
    return styled(chart, "Open cases by day, warm-up and follow-up shaded")


def ai_chart(groups: Mapping[str, Sequence[float]]) -> Spec:
    """Hours waited by what the AI said and what was true: mean, 90th percentile, longest."""
    names = ("mean", "90% wait less", "longest")
    data = table(
        [
            {"group": name, "what": what, "hours": hours}
            for name, waits in groups.items()
            for what, hours in zip(names, waits, strict=True)
        ]
    )
    base = alt.Chart(data).encode(
        y=alt.Y("group:N", sort=None, title=None),
        x=alt.X("hours:Q", title="hours waited in all"),
    )
    chart = alt.layer(
        base.mark_line(color=GREY, strokeWidth=2).encode(detail="group:N"),
        base.mark_point(filled=True, size=80, opacity=1).encode(
            color=alt.Color(
                "what:N", title=None, sort=None, scale=alt.Scale(domain=list(names), range=[BLUE, ORANGE, RED])
            ),
            shape=alt.Shape(
                "what:N",
                title=None,
                sort=None,
                scale=alt.Scale(domain=list(names), range=["circle", "diamond", "triangle-right"]),
            ),
            tooltip=["group:N", "what:N", alt.Tooltip("hours:Q", format=".1f")],
        ),
    ).properties(width="container", height=ROW_PX * len(groups))
    return styled(chart, "Hours waited by AI group: mean, 90th percentile and longest")


def _tooltips(form: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("mean:Q", format=form),
        alt.Tooltip("low:Q", format=form, title="interval from"),
        alt.Tooltip("high:Q", format=form, title="interval to"),
    ]
