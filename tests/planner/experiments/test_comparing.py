"""Comparisons on common random numbers: honest about chance, right about direction, and clear about why."""

import dataclasses

import pytest

from planner.errors import PlannerError
from planner.experiments.bottleneck import bottleneck
from planner.experiments.compare import Against, compare
from planner.experiments.sensitivity import sensitivity
from planner.experiments.wording import amount
from planner.experiments.wording import change as said
from planner.measures.figures import FigureKey
from planner.replications.replicate import Experiment, replicate, replicate_all
from planner.scenario.load import change
from planner.scenario.scenario import Scenario
from tests.support.planner_scenarios import single_queue

MEAN = FigureKey("turnaround", "all", "", "mean")
OPEN = FigureKey("backlog", "all", "", "mean")


def two_stations(**changes: object) -> Scenario:
    """A busy writer, then an idle reader; both paid; with a deadline of six hours."""
    data = single_queue(servers=1, utilisation=0.85, days=20).model_dump(mode="json") | {
        "name": "two-stations",
        "follow_up_days": 10,
        "pathways": {"routine": {"deadline": {"hours": 6}}},
        "resources": {
            "writer": {"units": [{"grade": "clerk"}]},
            "reader": {"units": [{"count": 3, "grade": "doctor"}]},
        },
        "steps": {
            "write": {"needs": "writer", "time": {"kind": "exponential", "mean": 10}, "next": "read"},
            "read": {"needs": "reader", "time": {"kind": "exponential", "mean": 10}, "next": "end"},
        },
        "costs": {"grades": {"clerk": {"per_hour": 200}, "doctor": {"per_hour": 700}}},
    }
    return change(Scenario.model_validate(data), changes)


PAIRS = 12
"""Replications: enough for a clear difference where there is one."""


@pytest.fixture(scope="module")
def base() -> Experiment:
    return replicate(two_stations(), PAIRS, jobs=1)


def against(base: Experiment, scenario: Scenario) -> Against:
    return compare(base, [replicate(scenario, PAIRS, jobs=1)]).others[0]


def test_a_second_writer_is_found_better_dearer_and_quicker_where_it_was_slow(base: Experiment) -> None:
    found = against(base, two_stations(**{"resources.writer.units.0.count": 2}))
    by_key = {one.key: one for one in found.figures}
    assert by_key[FigureKey("turnaround", "all", "", "p90")].change.high < 0
    assert by_key[FigureKey("cost", "all")].change.low > 0
    assert by_key[FigureKey("utilisation", "resource", "writer @ main")].change.high < 0
    assert found.stages[0].stage == "write"
    assert found.stages[0].wait.high < 0
    assert found.stages[0].work.mean == pytest.approx(0, abs=1e-3)
    assert [one.sentence for one in found.changes] == ["resources.writer.units.0.count: 1, now 2"]
    assert found.pairs == PAIRS
    told = " ".join(found.verdict)
    assert "Where the time of a case went: write -" in told
    unclear = [sentence for sentence in found.verdict if "no clear difference" in sentence]
    assert not [one for one in unclear if one.startswith(("Turnaround", "Open cases", "Cost"))], (
        "nearly all are on time"
    )


def test_the_stages_differences_sum_to_that_of_the_turnaround(base: Experiment) -> None:
    quicker = replicate(two_stations(**{"resources.writer.units.0.speed": 1.4}), PAIRS, jobs=1)
    whole = quicker.estimates[MEAN].mean - base.estimates[MEAN].mean
    parts = sum(stage.total.mean for stage in compare(base, [quicker]).others[0].stages)
    assert parts == pytest.approx(whole, rel=1e-6)


def test_the_same_scenario_is_said_to_be_the_same(base: Experiment) -> None:
    found = against(base, two_stations())
    assert found.verdict[0] == "The two scenarios do not differ in anything that is simulated."
    assert not [one for one in found.figures if one.is_clear]
    assert found.stages == ()


def test_a_difference_that_may_be_chance_is_called_so(base: Experiment) -> None:
    """A step of another name draws other times of the same law."""
    same = two_stations().model_dump(mode="json")["steps"]
    renamed = {"write": same["write"] | {"next": "report"}, "report": same["read"]}
    found = against(base, two_stations(steps=renamed))
    turnaround = next(one for one in found.verdict if one.startswith("Turnaround, half"))
    assert f"no clear difference in {PAIRS} replications" in turnaround
    assert not next(one for one in found.figures if one.key.measure == "turnaround").is_clear


def test_one_replication_tells_no_difference() -> None:
    one, other = replicate_all([two_stations(), two_stations(**{"resources.writer.units.0.count": 2})], 1, jobs=1)
    assert compare(one, [other]).others[0].verdict == (
        "One replication cannot tell a difference from luck: run at least two, better twenty.",
    )


def test_a_stage_that_one_scenario_lacks_counts_as_no_time_there(base: Experiment) -> None:
    detour = {"write": {**two_stations().steps["write"].model_dump(mode="json"), "next": [{"to": "post"}]}}
    post = {"does": "delay", "time": {"kind": "constant", "value": 3, "unit": "hours"}, "next": "read"}
    steps = detour | {"post": post, "read": two_stations().steps["read"].model_dump(mode="json")}
    stage = next(one for one in against(base, two_stations(steps=steps)).stages if one.stage == "post")
    assert (stage.work.low, stage.work.high) == (pytest.approx(3), pytest.approx(3))


def test_runs_of_different_seeds_are_not_compared(base: Experiment) -> None:
    with pytest.raises(PlannerError, match="run both with the same seed"):
        compare(base, [dataclasses.replace(base, seed=99)])


def test_the_busy_resource_is_the_bottleneck_and_the_idle_one_is_not() -> None:
    found = bottleneck(two_stations(), 6, OPEN, jobs=1)
    first, second = found.tried
    assert (first.label, first.better, first.path) == ("writer @ main", True, "resources.writer.units.0.count")
    assert first.effect.high < 0
    assert first.cost.mean == pytest.approx(200 * 168)
    assert first.gain_per_cost == pytest.approx(-first.effect.mean / first.cost.mean)
    assert abs(second.effect.mean) < abs(first.effect.mean) / 10
    assert found.verdict[0].startswith("The bottleneck is writer @ main")


def test_people_are_doubled_by_their_first_skill() -> None:
    units = [
        {"name": "Ane", "skills": ["skin"]},
        {"name": "Bo", "skills": ["breast", "skin"]},
        {"name": "Cy", "count": 4, "skills": ["skin"]},
    ]
    found = bottleneck(two_stations(**{"resources.reader.units": units}), 2, OPEN, jobs=1)
    assert {one.path: one.subspecialty for one in found.tried} == {
        "resources.writer.units.0.count": "",
        "resources.reader.units.1.count": "breast",
        "resources.reader.units.2.count": "skin",
    }


def test_the_busy_steps_time_and_the_demand_matter_most() -> None:
    found = sensitivity(two_stations(), 5, OPEN, lower=0.9, upper=1.1, jobs=1)
    order = [one.assumption.path for one in found.effects]
    assert set(order[:2]) == {"arrivals.*.per_week", "steps.write.time"}
    assert order[2] == "steps.read.time"
    writing = next(one for one in found.effects if one.assumption.path == "steps.write.time")
    assert (writing.low_value, writing.high_value) == ("9", "11")
    assert writing.low.high < 0 < writing.high.low
    assert not [path for path in order if path.startswith("costs.")]
    assert "What moves Open cases, mean most:" in found.verdict


def test_prices_are_varied_where_the_target_is_a_cost() -> None:
    found = sensitivity(two_stations(), 2, FigureKey("cost", "all"), only=["costs.*"], jobs=1)
    assert found.effects[0].assumption.path == "costs.grades.doctor.per_hour"
    assert found.effects[0].high.mean == pytest.approx(0.2 * 3 * 700 * 168)


def test_nothing_to_vary_no_such_figure_and_no_value_are_named_errors() -> None:
    with pytest.raises(PlannerError, match=r"is marked assumed and matches nothing\.\*"):
        sensitivity(two_stations(), 2, OPEN, only=["nothing.*"], jobs=1)
    with pytest.raises(PlannerError, match="either side of 1"):
        sensitivity(two_stations(), 2, OPEN, lower=1.2, upper=1.3, jobs=1)
    with pytest.raises(PlannerError, match="no figure 'happiness'"):
        bottleneck(two_stations(), 2, FigureKey("happiness", "all"), jobs=1)
    with pytest.raises(PlannerError, match="has no value to watch"):
        bottleneck(single_queue(days=3), 2, jobs=1)


def test_an_interruption_leaves_what_was_tried_and_says_so() -> None:
    def stop(done: int, wanted: int, note: str) -> None:
        if done == 5:
            raise KeyboardInterrupt

    found = bottleneck(two_stations(), 2, OPEN, jobs=1, on_progress=stop)
    assert found.interruption
    assert found.verdict[0] == "It ended early: it was interrupted."


def test_figures_are_told_in_their_units() -> None:
    assert amount(FigureKey("on_time", "all"), 0.8432) == "84.3%"
    assert said(FigureKey("on_time", "all"), -0.021) == "-2.1 points"
    assert said(MEAN, 0.1) == "+6.0 min"
    assert said(MEAN, -26.14) == "-26.1 h"
    assert amount(FigureKey("cost", "all"), 1234567.8) == "1,234,568"


def test_a_plan_that_falls_behind_is_said_to_grow_and_not_averaged(base: Experiment) -> None:
    found = against(base, two_stations(**{"resources.reader.units.0.count": 1, "resources.reader.units.0.speed": 0.5}))
    assert "More comes in than can be done here" in found.verdict[0]
    assert "no mean to compare" in found.verdict[0]
    assert not [one for one in found.figures if one.key == OPEN]
    assert not [sentence for sentence in found.verdict if sentence.startswith(("In no single stage", "Where the time"))]
