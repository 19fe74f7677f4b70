"""Visits, slides and offered loads, against sums that can be done by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.scenario.load import change
from planner.scenario.load_balance import load_balance
from planner.scenario.process_map import walk
from planner.scenario.visits import cases_per_week, expected_visits
from tests.support.planner_scenarios import single_queue, small_lab


def test_a_case_of_the_small_laboratory_brings_what_its_tree_and_its_loops_say():
    lab = small_lab()
    visits = expected_visits(lab, lab.arrivals[0], walk(lab))
    seen = {place.step: found for place, found in visits.items()}
    specimens, blocks, slides = 1.5, 1.5 * 1.5, 1.5 * 1.5 * 2
    assert seen["cut-up"].things == pytest.approx(specimens)
    assert seen["microtomy"].things == pytest.approx(blocks)
    assert seen["staining"].things == pytest.approx(slides)
    assert seen["scanning"].things == pytest.approx(slides / 0.98)
    assert seen["specimens-together"].things == pytest.approx(1)
    assert seen["reading"].things == pytest.approx(1 / 0.8)
    assert seen["stain"].things == pytest.approx(0.25 * 1.9)
    assert seen["scanning"].slides == pytest.approx(1)
    assert seen["microtomy"].slides == pytest.approx(0)
    assert seen["slides-together"].slides == pytest.approx(2)
    assert seen["specimens-together"].slides == pytest.approx(slides)
    more = 1.9 * sum(loop * 0.2**loop for loop in range(100))
    assert seen["reading"].slides == pytest.approx(slides + more * 0.8)


def test_the_whole_is_where_its_parts_end():
    lab = small_lab()
    sites = {place.sites for place in walk(lab).ways["south-skin"] if place.step == "reading"}
    assert sites == {("north",)}


def test_a_queue_is_as_busy_as_it_was_made():
    for servers in (1, 3):
        balance = load_balance(single_queue(servers=servers, utilisation=0.7, urgent_share=0.3))
        assert balance.groups == {("reader", "main"): pytest.approx(0.7)}
        assert balance.pools[0].utilisation == pytest.approx(0.7)


def test_hours_count_part_time_absence_breaks_downtime_speed_set_up_and_slides():
    lab = change(
        small_lab(),
        {
            "resources.scanner.units.0.full_time": 0.5,
            "resources.scanner.units.0.absence": 0.1,
            "resources.scanner.units.0.roster": "day",
            "resources.scanner.units.0.speed": 2,
        },
    )
    balance = load_balance(lab)
    there = 2 * 5 * 7.5 * 0.5 * 0.9 * 200 / 203
    things = sum(load.things for load in balance.lines if load.line.step == "scanning")
    mean_minutes = 2 / 20 + lab.steps["scanning"].time.mean  # type: ignore[union-attr]
    assert balance.groups["scanner", "north"] == pytest.approx(things * mean_minutes / 60 / 2 / there)
    reading = next(load for load in balance.lines if load.line == ("reading", "north", "breast"))
    slides = 6 * 1.5 + 0.8 * 1.9 * 0.2 / 0.64
    assert reading.hours / reading.things == pytest.approx((6 + 0.5 * slides) / 60)


def test_season_growth_and_replay_set_the_weekly_number():
    queue = single_queue(days=365)
    stream = queue.arrivals[0]
    assert stream.per_week is not None
    assert cases_per_week(queue, stream) == pytest.approx(stream.per_week.value)
    summer = change(queue, {"arrivals.routine.months": [0] * 6 + [2] * 6, "arrivals.routine.growth_per_year": 0.1})
    grown = cases_per_week(summer, summer.arrivals[0]) / stream.per_week.value
    assert grown == pytest.approx(2 * 184 / 365 * 1.1**0.75, rel=0.002)
    replay = {"per_week": None, "replay_hours": [1, 2, 3, 1e6]}
    listed = change(queue, {f"arrivals.routine.{field}": value for field, value in replay.items()})
    assert cases_per_week(listed, listed.arrivals[0]) == pytest.approx(3 * 7 / 365)


UNITS = st.lists(
    st.builds(
        lambda skills, count, speed: {"skills": skills, "count": count, "speed": speed, "site": "north"},
        st.lists(st.sampled_from(["skin", "breast"]), unique=True),
        st.integers(1, 3),
        st.sampled_from([0.5, 1.0, 2.0]),
    ),
    min_size=1,
    max_size=4,
)


@given(UNITS)
@settings(max_examples=12, deadline=None)
def test_all_the_work_is_spread_and_nobody_gets_busier_by_help(units: list[dict[str, object]]):
    able_to_all = {"skills": [], "site": "north"}
    one = load_balance(change(small_lab(), {"resources.pathologist.units": [*units, able_to_all]}))
    two = load_balance(change(small_lab(), {"resources.pathologist.units": [*units, able_to_all, able_to_all]}))
    busiest = [
        max(pool.utilisation for pool in found.pools if pool.who[0].resource == "pathologist") for found in (one, two)
    ]
    assert busiest[1] <= busiest[0] + 1e-9
    lines = [line for pool in one.pools if pool.who[0].resource == "pathologist" for line in pool.lines]
    assert sorted(lines) == [("reading", "north", "breast"), ("reading", "north", "skin")]
    if all(unit["speed"] == 1.0 for unit in units):
        hours = sum(load.hours for load in one.lines if load.line.step == "reading")
        done = sum(
            pool.utilisation
            * 168
            * sum([*(int(str(unit["count"])) for unit in units), 1][who.unit] for who in pool.who)
            for pool in one.pools
            if pool.who[0].resource == "pathologist"
        )
        assert done == pytest.approx(hours)
