"""The section on the cheapest plan: what it changes, how surely it keeps its target, and cost against cases on time."""

from planner.experiments.frontier import Point
from planner.experiments.plans import Plan
from planner.report import charts_between as charts
from planner.report.page import Grid, Picture, Section
from planner.report.words import Interval, Say, between, change, money_in, number, points, share

FRESH = (
    "A plan that was picked as the best of many looks better than it is, since luck helped to pick it. So the plan was "
    "simulated anew with random numbers that no choice was made by, and the confidence rests on these alone. Intervals "
    "of plans that are not confirmed are too hopeful."
)
MODEL = (
    "The confidence is that the plan keeps the target in this model. How wrong the scenario's assumptions may be is "
    "another matter: “forrang plan sensitivity” shows which of them matter."
)


def optimise_section(plan: Plan) -> Section:
    """What came of looking for the cheapest plan."""
    say = money_in(plan.scenario.costs.currency) if plan.priced else number
    price = "cost a week" if plan.priced else "people and machines"
    best = set(map(id, plan.front))
    rows = [
        (_name(point), *_figures(point, say), point.state, "yes" if id(point) in best else "") for point in plan.points
    ]
    shown = [
        charts.Plan(
            _name(point), point.cost.mean, point.on_time.mean, point.on_time.low, point.on_time.high, point.state
        )
        for point in plan.points
    ]
    chart = charts.frontier_chart(shown, plan.target, plan.scenario.costs.currency if plan.priced else "heads")
    against = [
        ("on time", *_pair(plan.today.on_time, plan.best.on_time, share), change(plan.on_time_change, points)),
        (price, *_pair(plan.today.cost, plan.best.cost, say), change(plan.cost_change, say)),
    ]
    return Section(
        "plan",
        "The cheapest plan that keeps the target",
        plan.verdict,
        [Picture("Cost against cases on time: up is better, left is cheaper", chart)] if len(shown) > 1 else [],
        [
            Grid("What the plan changes", ("change", "in the scenario"), _changes(plan.best)),
            Grid("The plan against today, on the same replications", ("", "today", "the plan", "difference"), against),
            Grid("Plans that were simulated at full length", ("plan", "on time", price, "", "none beats it"), rows),
        ],
        [FRESH, MODEL],
    )


def _changes(point: Point) -> list[tuple[str, str]]:
    if not point.words:
        return [("everything as today", "")]
    if len(point.words) == len(point.changes):
        return [
            (words, f"{path}={value}") for words, (path, value) in zip(point.words, point.changes.items(), strict=True)
        ]
    return [(words, "") for words in point.words]


def _name(point: Point) -> str:
    return "; ".join(point.words) or "today"


def _figures(point: Point, say: Say) -> tuple[str, str]:
    return between(point.on_time, share), say(point.cost.mean)


def _pair(today: Interval, best: Interval, say: Say) -> tuple[str, str]:
    return between(today, say), between(best, say)
