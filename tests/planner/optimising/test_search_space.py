"""What a plan may change: counts by how busy they are, rosters that fit, choices of process, in words."""

import pytest

from planner.errors import ScenarioError
from planner.optimising.search_space import carried, changes_of, choice_of, derive, today, too_busy, vary, words_of
from planner.scenario.load import change, load_scenario
from tests.support.planner_scenarios import single_queue, small_lab

SERVERS = "resources.reader.units.0.count"


def test_the_region_may_have_more_scanners_and_pathologists_and_other_rosters() -> None:
    region = load_scenario("region-hovedstaden")
    space = {knob.name: knob for knob in derive(region)}
    scanners = space["resources.scanner.units.2.count"]
    assert "Slide scanners at Hvidovre: 2 more (5)" in [option.words for option in scanners.options]
    assert not any(name.startswith("resources.scanner") and name.endswith("roster") for name in space)
    late = [option.changes for option in space["resources.histotechnician.units.0.roster"].options]
    assert {"resources.histotechnician.units.0.roster": "late"} in late
    assert changes_of(tuple(space.values()), today(tuple(space.values()))) == {}
    for knob in space.values():
        for option in knob.options:
            assert bool(option.words) == bool(option.changes)


def test_nobody_is_taken_away_who_is_needed_and_nobody_added_who_is_idle() -> None:
    busy, idle = (single_queue(servers=10, utilisation=share) for share in (0.92, 0.3))
    assert [option.changes.get(SERVERS, 10) for option in derive(busy)[0].options] == [10, 11, 12, 13, 14, 15]
    assert [option.changes.get(SERVERS, 10) for option in derive(idle)[0].options] == [8, 9, 10]


def test_a_variant_is_a_choice_with_all_that_it_changes() -> None:
    region, digital = load_scenario("region-hovedstaden"), load_scenario("region-digital-second-opinion")
    knob = choice_of(region, digital)
    changed = change(region, knob.options[1].changes)
    step = changed.steps["second-opinion"]
    assert step.model_dump(exclude={"title", "time"}) == digital.steps["second-opinion"].model_dump(
        exclude={"title", "time"}
    )
    assert words_of((knob,), (1,)) == ("digital second opinion",)
    assert words_of((knob,), (0,)) == ()


def test_the_start_carries_the_load_as_far_as_the_space_goes() -> None:
    queue = single_queue(servers=5, utilisation=1.3)
    space = (vary(queue, SERVERS, [4, 6, 7, 8]),)
    assert too_busy(queue)
    assert changes_of(space, carried(queue, space)) == {SERVERS: 7}
    narrow = (vary(queue, SERVERS, [6]),)
    assert changes_of(narrow, carried(queue, narrow)) == {SERVERS: 6}


def test_any_field_may_be_varied_and_a_wrong_value_is_told_by_its_field() -> None:
    lab = small_lab()
    knob = vary(lab, "resources.technician.units.2.roster", ["day", "late"])
    assert [option.changes for option in knob.options] == [{}, {"resources.technician.units.2.roster": "day"}]
    assert "technician" in knob.options[1].words
    with pytest.raises(ScenarioError, match=r"resources\.technician\.units\.2\.roster: unknown 'nights'"):
        vary(lab, "resources.technician.units.2.roster", ["nights"])
    with pytest.raises(ScenarioError, match="there is no"):
        vary(lab, "resources.nobody.units.0.count", [1])
