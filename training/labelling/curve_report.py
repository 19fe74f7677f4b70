"""What choosing saves, as a table and as a figure."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

import altair as alt

from planner.report.look import BLUE, ORANGE, styled, table
from training.judging.html import Section, figure_svg, grid, note, page, said
from training.labelling.label_curve import Saved
from training.labelling.measure_curve import MeasuredCurve

HEAD = ("labels", "AUC at random", "AUC suggested", "labels that do as well")
NAMES = ("at random", "suggested")


def curve_rows(found: MeasuredCurve) -> list[Sequence[str]]:
    """The table's rows: mean AUC and its 95% interval over seeds, and how many suggested labels reach as much."""
    saved = {one.by_chance: one for one in found.saved}
    rows: list[Sequence[str]] = []
    for point in found.points:
        one = saved.get(point.labels)
        enough = "" if one is None else _enough(one, found.points[-1].labels)
        rows.append((str(point.labels), _range(point.random), _range(point.suggested), enough))
    return rows


def _enough(saved: Saved, most: int) -> str:
    if not isfinite(saved.by_choice):
        return f"more than {most}"
    high = f"{saved.high:.0f}" if isfinite(saved.high) else f"more than {most}"
    return f"{saved.by_choice:.0f} ({saved.low:.0f}-{high}), {saved.share:.0%} saved"


def curve_figure(found: MeasuredCurve) -> dict[str, Any]:
    """AUC over labels with bands, as a Vega-Lite specification."""
    rows = [
        {"labels": point.labels, "way": name, "AUC": mean, "low": low, "high": high}
        for point in found.points
        for name, (mean, low, high) in zip(NAMES, (point.random, point.suggested), strict=True)
    ]
    base = alt.Chart(table(rows)).encode(
        x=alt.X("labels:Q", title="labels"),
        color=alt.Color(
            "way:N",
            title=None,
            legend=alt.Legend(symbolOpacity=1),
            scale=alt.Scale(domain=list(NAMES), range=[ORANGE, BLUE]),
        ),
    )
    band = base.mark_area(opacity=0.25).encode(y=alt.Y("low:Q", title="AUC", scale=alt.Scale(zero=False)), y2="high:Q")
    line = base.mark_line(point=True).encode(y="AUC:Q")
    every = alt.Chart(table([{"all": found.all_auc}])).mark_rule(strokeDash=[4, 4], color="#6b727b").encode(y="all:Q")
    drawn = alt.layer(band, line, every).properties(width=560, height=300)
    return styled(drawn, "AUC over the number of labels, chosen at random and suggested")


def curve_page(found: MeasuredCurve) -> str:
    """The report."""
    told = (
        f"The {found.pool_tiles} tiles of {found.pool_patients} patients in `train` were labelled step by step, "
        f"{found.seeds} times at random and as often as suggested, each pair from the same start, and judged on "
        f"{found.judged_tiles} tiles of {found.judged_patients} patients in `{found.judged_on}`."
    )
    small = (
        "Bands and intervals: 95% over seeds, for these patients. Dashed: all labels. Features: EfficientNet-Lite0 "
        "from ImageNet, which saw none of these labels; a logistic regression is fitted each round."
    )
    parts = [said(told), figure_svg(curve_figure(found)), note(small)]
    rows = grid("AUC, and how many suggested labels reach what that many at random do", HEAD, curve_rows(found))
    return page("What choosing saves", [Section("AUC over labels", parts), Section("Figures", [rows])])


def _range(triple: tuple[float, float, float]) -> str:
    return f"{triple[0]:.4f} ({triple[1]:.4f}-{triple[2]:.4f})"
