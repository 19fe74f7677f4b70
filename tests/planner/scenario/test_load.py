"""Scenario files: what is read is what was meant, and what is written is read back the same."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import ScenarioError
from planner.scenario.check import check
from planner.scenario.load import (
    change,
    dump_scenario,
    json_schema,
    load_scenario,
    read_scenario,
    ready_scenarios,
    scenario_hash,
)
from tests.support.planner_scenarios import single_queue, small_lab

QUEUE = """
name: queue
arrivals: [{name: cases, per_week: {value: 100}}]
resources: {reader: {units: [{count: 1, grade: doctor}]}}
costs: {grades: {doctor: {per_hour: 700}}}
steps: {read: {needs: reader, time: {kind: exponential, mean: 10}, next: end}}
"""


def test_a_scenario_written_and_read_again_is_the_same():
    for scenario in (single_queue(urgent_share=0.1), small_lab()):
        assert read_scenario(dump_scenario(scenario)) == scenario


def test_every_ready_scenario_can_be_loaded_and_checked_and_has_a_title():
    titles = ready_scenarios()
    assert {"region-hovedstaden", "small-lab", "single-queue"} <= set(titles)
    assert all(titles.values())
    for name in titles:
        assert all(finding.message for finding in check(load_scenario(name)))


def test_times_of_the_day_and_norway_are_what_they_look_like():
    scenario = read_scenario(
        QUEUE.replace("name: queue", "name: queue\ncountry: NO")
        + "rosters: {late: {hours: {mon-fri: 12:00-20:00}}}\n"
        + "profiles: {office: {rates: {mon-fri: {08:00-15:00: 1e0}}}}\n"
    )
    assert scenario.country == "NO"
    assert scenario.rosters["late"].week_minutes()[0] == (720, 1200)
    courier = QUEUE.replace("next: end}}", "next: go}, go: {does: delay, departures: {at: {mon: 16:30}}, next: end}}")
    assert read_scenario(courier).steps["go"].departures.week_minutes() == [990]  # type: ignore[union-attr]


def test_a_file_may_extend_another_and_change_values_by_path(tmp_path: Path):
    (tmp_path / "base.yaml").write_text(QUEUE)
    (tmp_path / "two.yaml").write_text("extends: base.yaml\ndays: 5\nchange: {resources.reader.units.0.count: 2}\n")
    (tmp_path / "more.yaml").write_text(
        "extends: two.yaml\ntitle: More\nchange: {arrivals.cases.per_week.value: 200}\n"
    )
    more = load_scenario(tmp_path / "more.yaml")
    assert (more.name, more.title, more.days) == ("more", "More", 5)
    assert more.resources["reader"].units[0].count == 2
    assert more.arrivals[0].per_week is not None
    assert more.arrivals[0].per_week.value == 200
    (tmp_path / "mine.yaml").write_text("extends: single-queue\n")
    assert load_scenario(tmp_path / "mine.yaml").steps == load_scenario("single-queue").steps


def test_a_text_by_itself_extends_a_ready_scenario_and_no_file(tmp_path: Path):
    text = "extends: single-queue\ntitle: Mine\nchange: {arrivals.cases.per_week.value: 200}\n"
    mine = read_scenario(text, "mine.yaml")
    assert (mine.name, mine.title) == ("mine", "Mine")
    assert mine.arrivals[0].per_week is not None
    assert mine.arrivals[0].per_week.value == 200
    assert mine.steps == load_scenario("single-queue").steps
    (tmp_path / "base.yaml").write_text(QUEUE)
    for base in (str(tmp_path / "base.yaml"), "../ready/single-queue", "[single-queue]"):
        with pytest.raises(ScenarioError, match=r"build on those that come with Forrang only .*write the plan out"):
            read_scenario(f"extends: {base}\n", "mine.yaml")


def test_a_change_reaches_fields_places_and_names_and_can_add():
    lab = small_lab()
    changed = change(
        lab,
        {
            "resources.scanner.units.0.count": 6,
            "resources.scanner.units.1": {"site": "south"},
            "resources.pathologist.units.Ane.speed": 2,
            "arrivals.south-skin.per_week.value": 99,
            "steps.microtomy.batch": {"size": 2},
        },
    )
    scanner = changed.resources["scanner"].units
    assert (scanner[0].count, scanner[1].site, len(scanner)) == (6, "south", 2)
    assert changed.resources["pathologist"].units[0].speed == 2
    assert changed.arrivals[2].per_week is not None
    assert changed.arrivals[2].per_week.value == 99
    assert change(changed, {"steps.microtomy.batch.size": 3}).steps["microtomy"].batch.size == 3  # type: ignore[union-attr]
    assert lab == small_lab()


def test_a_name_that_two_entries_have_is_not_guessed_at():
    twins = change(small_lab(), {"resources.pathologist.units.1.name": "Ane"})
    with pytest.raises(ScenarioError, match=r"2 entries are called 'Ane'; say the place"):
        change(twins, {"resources.pathologist.units.Ane.speed": 2})


@given(count=st.integers(1, 10_000), rate=st.floats(0, 1e6), days=st.integers(1, 3660))
@settings(max_examples=30, deadline=None)
def test_the_hash_follows_the_content_and_nothing_else(count: int, rate: float, days: int):
    queue = single_queue(days=days)
    changes = {"resources.reader.units.0.count": count, "arrivals.routine.per_week.value": rate}
    one, two = change(queue, changes), change(queue, dict(reversed(changes.items())))
    assert scenario_hash(one) == scenario_hash(two) == scenario_hash(read_scenario(dump_scenario(one)))
    assert (scenario_hash(one) == scenario_hash(queue)) == (one == queue)


def test_the_schema_describes_every_top_field():
    assert set(json_schema()["properties"]) == set(type(single_queue()).model_fields)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "is empty"),
        ("# only a comment", "is empty"),
        ("- a\n- b", "must be a group of fields"),
        ("name: [a", "line "),
        ("name: a\nname: b", "line 2, column 1: 'name' is given twice"),
        ("name: *nobody", "undefined alias"),
        ("\x00", "is not YAML"),
        ("start: 2026-99-99", "is not YAML"),
        ("name: x", "arrivals: is missing"),
    ],
)
def test_what_is_not_a_scenario_is_named_by_file_and_place(text: str, wanted: str, tmp_path: Path):
    file = tmp_path / "odd.yaml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as error:
        load_scenario(file)
    assert "odd.yaml: " in str(error.value)
    assert wanted in str(error.value)


def test_a_missing_file_a_folder_and_a_picture_are_named(tmp_path: Path):
    with pytest.raises(ScenarioError, match=r"no-such: no such file, nor a ready scenario; .*single-queue"):
        load_scenario("no-such")
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_scenario(tmp_path)
    (tmp_path / "picture.yaml").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(ScenarioError, match="cannot be read as a text file"):
        load_scenario(tmp_path / "picture.yaml")


def test_scenarios_that_extend_each_other_are_refused(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("extends: b.yaml")
    (tmp_path / "b.yaml").write_text("extends: a.yaml")
    with pytest.raises(ScenarioError, match=r"extends itself, by way of a\.yaml > b\.yaml"):
        load_scenario(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("change: {days: 3}", "nothing to change"),
        ("extends: 3", "extends: must be the name"),
        ("extends: single-queue\nchange: [1]", "change: must be a group"),
        (
            "extends: single-queue\nchange: {resources.redaer.units.0.count: 3}",
            "there is no 'redaer'; there are reader",
        ),
        ("extends: single-queue\nchange: {arrivals.nobody.per_week: 3}", "there is no entry 'nobody'"),
        ("extends: single-queue\nchange: {days.one: 3}", "is a single value"),
        ("extends: single-queue\nchange: {resources.reader.units.0.cuont: 3}", "perhaps 'count'"),
    ],
)
def test_a_wrong_change_names_its_path(text: str, wanted: str, tmp_path: Path):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(ScenarioError) as error:
        load_scenario(tmp_path / "x.yaml")
    assert wanted in str(error.value)
