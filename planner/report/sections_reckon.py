"""The sections on what one unit more does, and on the assumptions that matter most."""

import numpy as np

from planner.experiments.bottleneck import Bottleneck
from planner.experiments.number_words import number_words
from planner.experiments.sensitivity import Sensitivity
from planner.experiments.wording import named
from planner.report import charts_between as charts
from planner.report.page import Grid, Picture, Section
from planner.report.sections_cases import bar
from planner.report.words import change, money_in, points

MOST_BARS = 20


def bottleneck_section(found: Bottleneck) -> Section:
    """One unit more of each resource. The target is a share."""
    say = money_in(found.base.scenario.costs.currency)
    what = named(found.target)
    rows = [(one.label, change(one.effect, points), change(one.cost, say), _clear(one.better)) for one in found.tried]
    bars = [bar(one.label, one.effect) for one in found.tried if np.isfinite(one.effect.mean)][:MOST_BARS]
    described = "What one more of each resource changes, with 95% intervals"
    chart = charts.difference_chart(bars, f"{what}: change", described, form="+.1%", more_is_better=True)
    return Section(
        "bottleneck",
        "What one more would do",
        found.verdict,
        [Picture(f"{what}: change with one more", chart)] if bars else [],
        [Grid("One more of each", ("one more", what, "cost a week", ""), rows)],
    )


def sensitivity_section(found: Sensitivity) -> Section:
    """The tornado. The target is a share."""
    what = named(found.target)
    rows = [
        (
            number_words(one.assumption.path),
            f"{one.low_value}: {change(one.low, points)}" if one.low_value else "",
            f"{one.high_value}: {change(one.high, points)}" if one.high_value else "",
            _clear(one.is_clear),
            one.assumption.source,
            one.assumption.path,
        )
        for one in found.effects
    ]
    swings = [
        charts.Swing(number_words(one.assumption.path), one.low_value, one.high_value, one.low.mean, one.high.mean)
        for one in found.effects[:MOST_BARS]
    ]
    chart = charts.tornado_chart(swings, f"{what}: change", form="+.1%")
    heads = ("assumed number", f"× {found.lower:g}", f"× {found.upper:g}", "", "note", "in the YAML")
    return Section(
        "sensitivity",
        "The assumptions that matter most",
        found.verdict,
        [Picture(f"{what}: change when a number is lower or higher", chart)] if swings else [],
        [Grid("Assumptions", heads, rows)],
    )


def _clear(clear: bool) -> str:  # noqa: FBT001 (a plain yes or no)
    return "clear" if clear else "could be chance"
