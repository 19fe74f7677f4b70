"""The section on the cheapest plan: what it changes, how surely it keeps its target, and cost against cases on time."""

from planner.optimising.frontier import Point
from planner.optimising.plans import Plan
from planner.report import charts_between as charts
from planner.report.page import Grid, Picture, Section
from planner.report.words import Interval, Say, between, change, number, points, share
from planner.scenario.difference import differences
from planner.scenario.load import change as change_scenario

FRESH = (
    "A plan that was picked as the best of many looks better than it is, since luck helped to pick it. So the plan was "
    "simulated anew with random numbers that no choice was made by, and the confidence rests on these alone. Intervals "
    "of plans that are not confirmed are too hopeful."
)
MODEL = (
    "The confidence is that the plan keeps the target in this model. How wrong the scenario's assumptions may be is "
    "another matter: the question “Which assumptions matter most?” (`forrang plan sensitivity`) shows which of them do."
)


def optimise_section(plan: Plan) -> Section:
    """What came of looking for the cheapest plan."""
    say = _money(plan.scenario.costs.currency) if plan.priced else number
    price = "cost a week" if plan.priced else "people and machines"
    best = set(map(id, plan.front))
    names = {id(point): _name(plan, point, place) for place, point in enumerate(plan.points)}
    rows = [
        (
            names[id(point)],
            between(point.on_time, share),
            say(point.cost.mean),
            point.state if point.state != "today" else "",
            "yes" if id(point) in best else "",
        )
        for point in plan.points
    ]
    shown = [
        charts.Plan(
            names[id(point)], point.cost.mean, point.on_time.mean, point.on_time.low, point.on_time.high, point.state
        )
        for point in plan.points
    ]
    chart = charts.frontier_chart(shown, plan.target, plan.scenario.costs.currency if plan.priced else "heads")
    against = [
        ("on time", *_pair(plan.today.on_time, plan.best.on_time, share), change(plan.on_time_change, points)),
        (price, *_pair(plan.today.cost, plan.best.cost, say), change(plan.cost_change, say)),
    ]
    words = [(names[id(point)], "; ".join(point.words) or "nothing") for point in plan.points]
    return Section(
        "plan",
        "The cheapest plan that keeps the target",
        plan.verdict,
        [Picture("Cost against cases on time: up is better, left is cheaper", chart)] if len(shown) > 1 else [],
        [
            Grid("The plan against today, on the same replications", ("", "today", "the plan", "difference"), against),
            Grid("Plans that were simulated at full length", ("plan", "on time", price, "", "none beats it"), rows),
            Grid("What each of them changes", ("plan", "changes"), words, folded=True),
            Grid("What the plan changes in the scenario", ("where", "today", "the plan"), _changes(plan), folded=True),
        ],
        [FRESH, MODEL],
    )


def _changes(plan: Plan) -> list[tuple[str, str, str]]:
    after = change_scenario(plan.scenario, plan.best.changes)
    return [(one.path, str(one.before), str(one.after)) for one in differences(plan.scenario, after)]


def _name(plan: Plan, point: Point, place: int) -> str:
    """`the plan`, `plan 3 (7 changes)`; a single change by its words."""
    if point is plan.best:
        return "the plan"
    if len(point.words) < 2:
        return "".join(point.words) or "today"
    return f"plan {place} ({len(point.words)} changes)"


def _money(currency: str) -> Say:
    """Whole amounts: plans may differ by little."""
    return lambda value, _=None: f"{value:,.0f} {currency}"


def _pair(today: Interval, best: Interval, say: Say) -> tuple[str, str]:
    return between(today, say), between(best, say)
