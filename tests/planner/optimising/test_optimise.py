"""The cheapest plan: a textbook's queue with a known answer, targets out of reach, ties, and honest fresh seeds."""

import math

import pytest

from planner.errors import PlannerError
from planner.measures.figures import FigureKey
from planner.optimising.optimise import Budget, optimise
from planner.optimising.plans import Plan, Seeds
from planner.optimising.search_space import changes_of, choice, derive, vary
from planner.scenario.load import change
from planner.scenario.scenario import Scenario
from tests.support.planner_scenarios import single_queue

SERVERS = "resources.reader.units.0.count"
LITTLE = Budget(trials=7, confirmations=10)
LEAST = Budget(trials=2, confirmations=3)
PRICE = 52_000


def priced_queue(servers: int, load: float, deadline_hours: float) -> Scenario:
    """M/M/c with a deadline and a price for each server; `load` in servers (Erlang)."""
    queue = single_queue(servers=servers, utilisation=load / servers, days=20, warm_up_days=3)
    return change(
        queue,
        {
            "pathways.routine.deadline": {"hours": deadline_hours},
            "costs.machines_per_year": {"reader": {"value": PRICE}},
            "follow_up_days": 1,
        },
    )


def on_time(servers: int, load: float, deadline_hours: float, service_hours: float = 1 / 6) -> float:
    """P(wait + service <= deadline) of M/M/c (Erlang C; e.g. Gross et al., Fundamentals of Queueing Theory, 2.3.2)."""
    top = load**servers / math.factorial(servers) * servers / (servers - load)
    waits = top / (sum(load**n / math.factorial(n) for n in range(servers)) + top)
    mu, drain = 1 / service_hours, (servers - load) / service_hours
    late = (1 - waits) * math.exp(-mu * deadline_hours) + waits * (
        drain * math.exp(-mu * deadline_hours) - mu * math.exp(-drain * deadline_hours)
    ) / (drain - mu)
    return 1 - late


def asked(
    queue: Scenario, target: float = 0.9, budget: Budget = LITTLE, most: int = 8, seed: int | None = None
) -> Plan:
    space = [vary(queue, SERVERS, list(range(1, most + 1)))]
    return optimise(queue, target=target, space=space, budget=budget, jobs=1, seed=seed)


@pytest.mark.parametrize("servers", [3, 8])
def test_the_cheapest_number_of_servers_is_that_of_erlangs_formula(servers: int) -> None:
    load, deadline = 3.6, 0.5
    need = next(c for c in range(4, 20) if on_time(c, load, deadline) >= 0.9)
    assert on_time(need - 1, load, deadline) < 0.87
    assert on_time(need, load, deadline) > 0.91
    queue = priced_queue(servers, load, deadline)
    plan = asked(queue)
    assert plan.reached
    assert plan.best.changes == {SERVERS: need}
    assert plan.best.on_time.mean == pytest.approx(on_time(need, load, deadline), abs=0.015)
    assert plan.best.cost.mean == pytest.approx(need * PRICE / (365.25 / 7))
    assert plan.cost_change.mean == pytest.approx((need - servers) * PRICE / (365.25 / 7))
    assert plan.sure >= 0.95
    assert f"{abs(need - servers)} {'more' if need > servers else 'fewer'} ({need})" in plan.best.words[0]


def test_a_plan_with_more_work_than_hours_is_passed_over_without_simulating() -> None:
    queue = priced_queue(6, 3.6, 0.5)
    plan = asked(queue)
    simulated = {point.changes.get(SERVERS, 6) for point in plan.points}
    assert not simulated & {1, 2, 3}


def test_a_target_that_cannot_be_reached_is_said_to_be_so() -> None:
    queue = priced_queue(4, 3.6, 0.05)
    plan = asked(queue, most=6)
    assert not plan.reached
    assert plan.best.state == "not confirmed"
    assert plan.sure < 0.05
    assert plan.best.on_time.mean < 0.3
    assert "No plan within the space keeps 90.0%" in " ".join(plan.verdict)


def test_where_nothing_has_a_price_the_fewest_are_the_cheapest() -> None:
    queue = change(priced_queue(3, 3.6, 0.5), {"costs.machines_per_year": {}})
    plan = asked(queue)
    assert plan.reached
    assert plan.best.changes == {SERVERS: 5}
    assert not plan.priced
    assert "people and machines" in " ".join(plan.verdict)


def test_of_plans_at_the_same_cost_that_with_fewest_changes_is_taken() -> None:
    queue = priced_queue(5, 3.6, 0.5)
    note = choice(queue, "an idle change", {"note": {"written": "down"}})
    space = [vary(queue, SERVERS, [4, 5, 6]), note]
    plan = optimise(queue, space=space, budget=LITTLE, jobs=1)
    assert plan.reached
    assert plan.best.words == ()
    assert plan.best.state == "confirmed"


def test_the_same_seed_gives_the_same_plan_and_another_other_replications() -> None:
    queue = priced_queue(4, 3.6, 0.5)
    once, again, other = (asked(queue, seed=seed, budget=LEAST, most=6) for seed in (5, 5, 6))
    assert once.best == again.best
    assert once.points == again.points
    assert once.best.on_time != other.best.on_time


def test_confirmation_is_on_seeds_that_nothing_was_chosen_by() -> None:
    for seed in range(50):
        seeds = Seeds.of(seed)
        assert len({seed, *seeds}) == 4
        assert all(0 <= it < 2**63 for it in seeds)
    plan = asked(priced_queue(4, 3.6, 0.5))
    assert plan.experiment is not None
    assert plan.experiment.seed == plan.seeds.confirmation
    assert plan.experiment.seed not in plan.seeds[:2]
    assert len(plan.experiment.summaries) == LITTLE.confirmations == plan.best.on_time.n


def test_a_choice_of_process_is_taken_where_it_is_the_cheaper_way() -> None:
    queue = priced_queue(4, 3.6, 0.5)
    faster = choice(queue, "shorter answers", {"steps.read.time.mean": 5})
    plan = optimise(queue, space=[vary(queue, SERVERS, list(range(2, 9))), faster], budget=LITTLE, jobs=1)
    assert plan.reached
    assert "shorter answers" in plan.best.words
    assert plan.best.changes[SERVERS] == next(c for c in range(2, 9) if on_time(c, 1.8, 0.5, 1 / 12) >= 0.9)


def test_the_time_ends_the_search_and_it_is_said() -> None:
    ticks = iter(range(0, 10**9, 600))
    plan = optimise(priced_queue(4, 3.6, 0.5), space=None, budget=LITTLE, jobs=1, clock=lambda: float(next(ticks)))
    assert "single steps" in plan.spent.cut_short
    assert plan.best.state != "confirmed"
    assert "The time cut short" in " ".join(plan.verdict)


def test_an_interruption_keeps_what_there_is_and_confirms_nothing() -> None:
    def stop(done: int, wanted: int, doing: str) -> None:
        if doing.startswith("simulating"):
            raise KeyboardInterrupt

    queue = priced_queue(4, 3.6, 0.5)
    space = [vary(queue, SERVERS, [4, 5, 6])]
    with pytest.raises(KeyboardInterrupt):
        optimise(queue, space=space, budget=LITTLE, jobs=1, on_progress=stop)

    def stop_later(done: int, wanted: int, doing: str) -> None:
        if doing.startswith("confirming"):
            raise KeyboardInterrupt

    plan = optimise(queue, space=space, budget=LITTLE, jobs=1, on_progress=stop_later)
    assert plan.interruption
    assert not plan.reached
    assert "not confirmed" in " ".join(plan.verdict)


def test_what_cannot_be_asked_is_named() -> None:
    queue = priced_queue(4, 3.6, 0.5)
    with pytest.raises(PlannerError, match=r"target 1\.5 must lie between"):
        optimise(queue, target=1.5)
    with pytest.raises(PlannerError, match="no pathway 'routin'; there are routine, urgent"):
        optimise(queue, measure="routin")
    with pytest.raises(PlannerError, match="cannot be the goal"):
        optimise(queue, measure=FigureKey("cost", "all"))
    with pytest.raises(PlannerError, match="nothing to choose from"):
        optimise(queue, space=[])
    with pytest.raises(PlannerError, match="varied twice"):
        optimise(queue, space=[vary(queue, SERVERS, [4, 5]), vary(queue, SERVERS, [6])])
    with pytest.raises(PlannerError, match="has no value"):
        optimise(single_queue(servers=2, days=5), space=[vary(single_queue(servers=2), SERVERS, [1, 2])], jobs=1)


def test_the_space_that_is_found_changes_what_is_loaded() -> None:
    queue = priced_queue(4, 3.6, 0.5)
    (knob,) = derive(queue)
    assert changes_of((knob,), (0,)) == {}
    assert [option.changes.get(SERVERS, 4) for option in knob.options] == [4, 5, 6]
