"""What differs between two scenarios is told by path, and nothing else is."""

from planner.scenario.difference import FieldChange, differences
from planner.scenario.load import change
from tests.support.planner_scenarios import single_queue, small_lab

LAB = small_lab()


def test_changed_fields_are_told_with_both_values_and_by_name_where_there_is_one() -> None:
    changes = {
        "resources.scanner.units.0.count": 3,
        "resources.pathologist.units.Bo.speed": 1.5,
        "arrivals.south-skin.per_week.value": 20,
    }
    assert {found.path: found.after for found in differences(LAB, change(LAB, changes))} == {
        "resources.scanner.units.0.count": 3,
        "resources.pathologist.units.Bo.speed": 1.5,
        "arrivals.south-skin.per_week.value": 20,
    }
    assert differences(LAB, LAB) == ()


def test_names_titles_and_sources_are_no_difference() -> None:
    renamed = {"name": "other", "title": "Other", "steps.reading.source": "somebody", "note": {"by": "me"}}
    assert differences(LAB, change(LAB, renamed)) == ()


def test_what_is_new_or_gone_is_said_once() -> None:
    fewer = change(LAB, {"arrivals": [stream.model_dump() for stream in LAB.arrivals[1:]]})
    (gone,) = differences(LAB, fewer)
    (new,) = differences(fewer, LAB)
    assert gone.sentence == "arrivals.north-skin: gone"
    assert new.sentence == "arrivals.north-skin: new"


def test_a_sentence_has_both_values() -> None:
    assert FieldChange("a.b", 1, 2).sentence == "a.b: 1, now 2"
    assert FieldChange("a.b", None, 2).sentence == "a.b: none, now 2"


def test_a_distribution_of_another_kind_is_told_field_by_field() -> None:
    queue = single_queue()
    constant = change(queue, {"steps.read.time": {"kind": "constant", "value": 10}})
    assert [found.path for found in differences(queue, constant)] == [
        "steps.read.time.kind",
        "steps.read.time.mean",
        "steps.read.time.value",
    ]
