"""A reader finds again what they drew, and nobody finds another's."""

import pytest

from tests.support.departments import ANNA, BO
from tests.support.people import person
from worklist.errors import NotAllowedError
from worklist.reading.drawn import Drawn, drawn_by
from worklist.reading.verdict import give_verdict

SQUARE = {
    "type": "Feature",
    "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, 9], [0, 0]]]},
    "properties": {"classification": {"name": "positive"}},
}


def test_a_reader_finds_what_they_drew_last_and_not_what_others_did(department):
    give_verdict(department, ANNA, "26-1", "a.svs", "uncertain")
    give_verdict(department, ANNA, "26-1", "a.svs", "positive", regions=[SQUARE], comment="left edge")
    give_verdict(department, BO, "26-1", "a.svs", "negative")
    drawn = drawn_by(department, ANNA, "26-1")
    assert drawn == {"a.svs": Drawn("positive", {"type": "FeatureCollection", "features": [SQUARE]}, "left edge")}
    assert drawn_by(department, BO, "26-1")["a.svs"].regions is None
    assert drawn_by(department, ANNA, "26-2") == {}


def test_who_never_reads_has_drawn_nothing(department):
    with pytest.raises(NotAllowedError):
        drawn_by(department, person("cleo", "coordinator"), "26-1")
