"""Workforce forecasts against what can be reckoned by hand."""

import numpy as np
import pytest
from scipy import stats

from planner.ahead.workforce import workforce
from planner.ahead.workforce_plan import WorkforcePlan, load_workforce_plan
from planner.errors import ScenarioError
from planner.scenario.load import change
from tests.support.planner_scenarios import single_queue, small_lab

STEADY = {
    "resource": "server",
    "leave_within_5_years": {"value": 0},
    "recruits_per_year": {"value": 0},
    "training_posts": {"value": 0},
    "demand_growth_per_year": {"value": 0},
    "demand_growth_sd": {"value": 0},
}


def readers(age, count=40, utilisation=0.8):
    scenario = single_queue(servers=count, utilisation=utilisation)
    return change(scenario, {"resources.reader.units.0.age": age})


def plan(**changes):
    return WorkforcePlan.model_validate({**STEADY, "resource": "reader", **changes})


def test_where_nobody_leaves_and_nothing_grows_every_year_is_as_the_first():
    found = workforce(readers(30), plan(), years=5, replications=20)
    assert [one.year for one in found.years] == [2026, 2027, 2028, 2029, 2030, 2031]
    for one in found.years:
        assert one.people == (40, 40, 40)
        assert one.capacity.value == pytest.approx(40 * 168)
        assert one.demand.value == pytest.approx(0.8 * 40 * 168)
        assert one.short.value == 0
    assert found.short_from is None
    assert found.recruits_needed == 0


def test_people_retire_as_their_ages_say():
    found = workforce(readers(60), plan(), years=6, replications=500)
    retires = stats.norm(63, 3)
    for one in found.years:
        expected = 40 * retires.sf(60 + one.year - 2026) / retires.sf(60)
        assert one.people.value == pytest.approx(expected, rel=0.03)


def test_19_percent_leave_within_five_years():
    found = workforce(readers(30), plan(leave_within_5_years={"value": 0.19}), years=5, replications=500)
    assert found.years[5].people.value == pytest.approx(40 * 0.81, rel=0.02)


def test_training_posts_bring_what_their_length_and_shares_say():
    posts = {
        "training_posts": {"value": 10},
        "training_years": {"value": 5},
        "training_completed": {"value": 0.8},
        "training_stays": {"value": 0.5},
    }
    assert plan(**posts).trained_per_year == pytest.approx(0.8)
    found = workforce(readers(30), plan(**posts), years=10, replications=800)
    assert found.years[10].people.value == pytest.approx(48, rel=0.02)


def test_growth_makes_the_capacity_too_small_in_the_year_that_logarithms_say():
    found = workforce(readers(30), plan(demand_growth_per_year={"value": 0.045}), years=10, replications=10)
    assert found.short_from == 2026 + int(np.ceil(np.log(1 / 0.8) / np.log(1.045)))
    fuller = workforce(
        readers(30), plan(demand_growth_per_year={"value": 0.045}, fullest=0.9), years=10, replications=10
    )
    assert fuller.short_from < found.short_from


def test_the_recruitment_found_is_enough_and_one_less_is_not():
    ageing = plan(demand_growth_per_year={"value": 0.03}, newcomers_full_time={"value": 1})
    needed = workforce(readers(58), ageing, years=8, replications=100, seed=3).recruits_needed
    assert needed is not None

    def holds(recruits):
        with_them = ageing.model_copy(
            update={"recruits_per_year": ageing.recruits_per_year.model_copy(update={"value": recruits})}
        )
        return workforce(readers(58), with_them, years=8, replications=100, seed=3)

    assert all(one.short.value <= 0.1 for one in holds(needed).years)
    assert max(one.short.value for one in holds(max(0, needed - 3)).years) > 0.1


def test_subspecialties_have_their_own_people_and_their_own_work():
    found = workforce(small_lab(), WorkforcePlan(), years=3, replications=200)
    assert set(found.by_subspecialty) == {"skin", "breast"}
    assert found.by_subspecialty["skin"][0].people.value == 1
    parts = sum(part[0].demand.value for part in found.by_subspecialty.values())
    assert parts == pytest.approx(found.years[0].demand.value)
    assert found.plan.recruits_per_year.value == pytest.approx(0.06)


def test_every_assumption_says_where_it_comes_from():
    for name, quantity in WorkforcePlan().sized(50).assumptions():
        assert quantity.source, name
    marks = {name: quantity.mark for name, quantity in WorkforcePlan().assumptions()}
    assert marks["retirement_age"] == marks["demand_growth_per_year"] == "published"


def test_a_plan_file_changes_what_it_names_and_errors_name_the_field(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text("recruits_per_year: {value: 5, source: agreed, mark: measured}\nfullest: 0.9\n", encoding="utf-8")
    found = load_workforce_plan(path)
    assert (found.recruits_per_year.value, found.fullest) == (5, 0.9)
    assert found.retirement_age.value == 63
    path.write_text("training_years: {value: 0}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="training_years must be above 0"):
        load_workforce_plan(path)
    path.write_text("retirment_age: {value: 66}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="retirment_age"):
        load_workforce_plan(path)


def test_a_resource_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(ScenarioError, match=r"'pathologist': not in the scenario; there are reader"):
        workforce(single_queue(), WorkforcePlan())
