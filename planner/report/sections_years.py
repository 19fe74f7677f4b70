"""The page on the years ahead: people, capacity against demand, and the chance that it falls short."""

import altair as alt

from planner.ahead.workforce import WorkforceForecast
from planner.report.charts import Spec
from planner.report.look import BLUE, ORANGE, RED, styled, table
from planner.report.page import Page, Picture, Section
from planner.report.tables_ahead import plan_grid, workforce_grids, workforce_sentences
from planner.scenario.scenario import Scenario

HOURS = (
    "The bands hold nine of ten futures. It is a count of hours, not a simulation of the queues: a department is late"
    " before it is full."
)
CHANCE = "How likely it is, year by year, that there is more work than hours. Over a half, it is likelier than not."
GUESSES = "Each of these is a number to replace by your own, on the command line: forrang plan workforce --plan FILE."
CAPACITY, DEMAND = "hours there are", "hours of work"


def workforce_page(scenario: Scenario, found: WorkforceForecast) -> Page:
    """The forecast as a page of its own."""
    main, *parts = workforce_grids(found)
    sections = [
        Section(
            "years", "Hours and work, year by year", [HOURS], [Picture("Hours a week by year", hours_chart(found))]
        ),
        Section("short", "The chance of too few", [CHANCE], [Picture("Chance of too few", short_chart(found))], [main]),
    ]
    if parts:
        sections.append(Section("subspecialties", "By subspecialty", grids=parts))
    sections.append(Section("assumptions", "What is assumed", [GUESSES], grids=[plan_grid(found.plan)]))
    years = len(found.years) - 1
    subtitle = f"Forrang planner · {years} years from {found.years[0].year} · {found.replications} replications"
    return Page(
        f"The years ahead: {scenario.title or scenario.name}", subtitle, workforce_sentences(found), sections, ""
    )


def hours_chart(found: WorkforceForecast) -> Spec:
    """Capacity and demand in hours a week, each with its band."""
    rows = [
        {"year": one.year, "what": what, "mean": of.value, "low": of.low, "high": of.high}
        for one in found.years
        for what, of in ((CAPACITY, one.capacity), (DEMAND, one.demand))
    ]
    colour = alt.Color("what:N", title=None, scale=alt.Scale(domain=[CAPACITY, DEMAND], range=[BLUE, ORANGE]))
    base = alt.Chart(table(rows)).encode(x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)), color=colour)
    up = alt.Y("low:Q", title="hours a week", scale=alt.Scale(zero=False))
    chart = alt.layer(
        base.mark_area(opacity=0.25).encode(y=up, y2="high:Q"),
        base.mark_line(point=True).encode(
            y="mean:Q",
            tooltip=["year:O", "what:N", *(alt.Tooltip(f"{it}:Q", format=",.0f") for it in ("mean", "low", "high"))],
        ),
    ).properties(width="container", height=300)
    return styled(chart, "Hours there are and hours of work by year, with bands that hold nine of ten futures")


def short_chart(found: WorkforceForecast) -> Spec:
    """Probability of less capacity than demand by year."""
    rows = [{"year": one.year, "chance": one.short.value} for one in found.years]
    half = alt.Chart(table([{"half": 0.5}])).mark_rule(strokeDash=[5, 4]).encode(y="half:Q")
    bars = (
        alt.Chart(table(rows))
        .mark_bar(color=RED)
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("chance:Q", title="chance of too few", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            tooltip=["year:O", alt.Tooltip("chance:Q", format=".0%")],
        )
    )
    return styled(
        alt.layer(bars, half).properties(width="container", height=200), "Chance by year that work exceeds hours"
    )
