"""An assumed number is said in words, whichever ready scenario holds it."""

from typing import get_args

import pytest

from planner.experiments.number_words import number_words
from planner.scenario.assumptions import assumptions
from planner.scenario.load import load_scenario, ready_scenarios
from planner.scenario.quantities import Mark


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("steps.reading.times.1.time", "reading: time by rule 2"),
        ("steps.second-reading.next.0.share", "second-reading: share that goes on by way 1"),
        ("resources.pathologist.units.*.absence", "pathologist: absence"),
        ("arrivals.*.per_week", "cases a week"),
        ("arrivals.tumour.per_week.value", "tumour: cases a week"),
        ("rosters.day.hours.mon-fri", "day: hours mon-fri"),
        ("resources.scanner.units.0.count", "scanner, group 1: how many"),
        ("resources.pathologist.units.Nielsen.absence", "pathologist, Nielsen: absence"),
        ("something.new", "something.new"),
    ],
)
def test_a_path_is_said_in_words(path: str, words: str) -> None:
    assert number_words(path) == words


def test_every_number_of_the_ready_scenarios_has_words_of_its_own() -> None:
    for name in ready_scenarios():
        paths = {it.path for it in assumptions(load_scenario(name), get_args(Mark))}
        words = {path: number_words(path) for path in paths}
        assert [path for path in paths if words[path] == path] == [], name
        assert len(set(words.values())) == len(paths), name
