"""Tables and sentences of what was measured from a log, of today's open cases foreseen, and of the years ahead."""

from datetime import datetime

from planner.ahead.forecast import Forecast
from planner.ahead.workforce import WorkforceForecast, YearAhead
from planner.ahead.workforce_plan import WorkforcePlan
from planner.calibration.back_test import BackTest
from planner.calibration.bounds import Bounded
from planner.calibration.calibrate import Calibration
from planner.measures.intervals import Estimate
from planner.report.page import Grid
from planner.report.words import NONE, Say, between, hours, number, share, whole

LATER = "later"
POOR_FIT = 0.05
"""A fit is called poor where a sample of it would lie so far off less often than this."""


def bounded(found: Bounded, say: Say) -> str:
    """A counted number with its interval."""
    return between(Estimate(found.value, found.low, found.high, 0), say)


def arrival_grid(found: Calibration) -> Grid:
    """Cases a week by stream."""
    rows = [
        (one.stream, whole(one.cases), bounded(one.per_week, number), number(one.dispersion)) for one in found.streams
    ]
    return Grid("Arrivals", ("stream", "cases in the log", "a week", "spread (1: Poisson)"), rows)


def step_grid(found: Calibration) -> Grid:
    """Service times by step, and how well they fit."""
    rows = [
        (
            one.field.removeprefix("steps."),
            whole(one.fit.n),
            f"{number(one.before)} min",
            bounded(one.fit.mean, lambda value, like=None: f"{number(value, like)} min"),
            one.fit.kind,
            "poor" if one.fit.ks_p < POOR_FIT else "good",
        )
        for one in found.steps
    ]
    return Grid("Service times", ("step", "measured", "mean before", "mean now", "distribution", "fit"), rows)


def back_test_grid(found: BackTest) -> Grid:
    """Foreseen and happened."""
    say: dict[str, Say] = {"on time": share, "turnaround p50": hours, "turnaround p90": hours}
    rows = [
        (
            one.measure,
            bounded(one.foreseen, say.get(one.measure, number)),
            say.get(one.measure, number)(one.happened),
            "yes" if one.holds else "no",
        )
        for one in found.checks
    ]
    return Grid(f"The last {found.weeks} weeks foreseen", ("what", "foreseen", "happened", "inside"), rows)


def forecast_sentences(found: Forecast) -> list[str]:
    """How many will be late, and when the list clears."""
    first, middle, last = (_when(moment) for moment in found.clears)
    return [
        f"Of {len(found.cases)} open cases about {bounded(found.expected_misses, whole)} will miss their deadline.",
        f"The list is cleared by {middle} as likely as not (eight of ten futures: {first} to {last}).",
    ]


def forecast_grid(found: Forecast, most: int) -> Grid:
    """The cases in most danger first."""
    rows = [
        (
            one.case,
            one.pathway,
            one.step,
            _when(one.due) if one.due else NONE,
            bounded(one.misses, share) if one.misses else NONE,
            _when(one.signed_out),
            f"{_when(one.earliest)} to {_when(one.latest)}",
        )
        for one in found.cases[:most]
    ]
    caption = "Open cases" if len(found.cases) <= most else f"The {most} open cases in most danger"
    return Grid(
        caption, ("case", "pathway", "at", "due", "chance to miss it", "signed out", "eight of ten futures"), rows
    )


def _when(moment: datetime | None) -> str:
    return f"{moment:%a %-d %b %H:%M}" if moment else LATER


def workforce_sentences(found: WorkforceForecast) -> list[str]:
    """When it runs short, and what recruitment would hold it."""
    last = found.years[-1].year
    short = (
        f"From {found.short_from} on it is more likely than not that there is less capacity than work."
        if found.short_from
        else f"Until {last} it is likelier that the capacity suffices than not."
    )
    with_it = share(found.plan.hold_with)
    needed = (
        "No recruitment that could be looked for holds the capacity every year."
        if found.recruits_needed is None
        else f"{found.recruits_needed} recruits a year would hold it every year to {last}, with {with_it} probability."
    )
    return [short, needed]


def workforce_grids(found: WorkforceForecast) -> list[Grid]:
    """All together by year; then the years in which each subspecialty first runs short."""
    heads = ("year", "people", "capacity, hours a week", "demand, hours a week", "chance of too little")
    whole_grid = Grid(
        f"{found.plan.resource} by year (nine of ten futures)", heads, [_year(one) for one in found.years]
    )
    rows = [
        (
            name,
            *(bounded(years[place].people, whole) for place in (0, -1)),
            str(next((one.year for one in years if one.short.value > 0.5), NONE)),
        )
        for name, years in found.by_subspecialty.items()
    ]
    first, last = found.years[0].year, found.years[-1].year
    heads_of_parts = ("subspecialty", f"people {first}", f"people {last}", "short from, without help")
    return [whole_grid, Grid("By subspecialty", heads_of_parts, rows)] if rows else [whole_grid]


def _year(one: YearAhead) -> tuple[str, ...]:
    return (
        str(one.year),
        bounded(one.people, whole),
        bounded(one.capacity, whole),
        bounded(one.demand, whole),
        bounded(one.short, share),
    )


def plan_grid(plan: WorkforcePlan) -> Grid:
    """What was assumed."""
    rows = [(name.replace("_", " "), f"{one.value:g}", one.mark, one.source) for name, one in plan.assumptions()]
    return Grid("Assumptions", ("what", "value", "known", "source"), rows)
