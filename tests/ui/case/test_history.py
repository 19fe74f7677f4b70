"""What was done to a case, read from the trail of a case that went all the way."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.cases import NOW, case, scored
from tests.support.departments import ANNA, BO, CARL, RIE
from tests.support.people import SYSTEM, person
from ui.case.history import act_words, events
from ui.case.record import discord_words, opinion_words, rescan_state, verdict_row
from worklist.calendar import WorkingCalendar
from worklist.errors import NotAllowedError
from worklist.reading.assignment import assign, give_back, take
from worklist.reading.reading import reopen, start_reading, write_note
from worklist.reading.rescan import ask_rescan, rescans, withdraw_rescan
from worklist.reading.second_opinion import Question, answer, ask, opinions, withdraw
from worklist.reading.urgent import mark_urgent, unmark_urgent
from worklist.reading.verdict import give_verdict, verdicts
from worklist.store.store import Store
from worklist.trail.directory import add_first_admin, add_person
from worklist.trail.entries import of_case

CALENDAR = WorkingCalendar()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A case on which everything was done."""
    ticks = iter(range(10_000))
    opened = Store(
        f"sqlite:///{tmp_path_factory.mktemp('list') / 'w.db'}", lambda: NOW + timedelta(minutes=next(ticks))
    )
    add_first_admin(opened, "root", "chief", "Chief")
    for login, role in (("anna", "pathologist"), ("bo", "pathologist"), ("carl", "coordinator")):
        add_person(opened, person("chief", "admin"), login, login, role)
    opened.add_cases([case("26-1", "a.svs"), case("26-2", "c.svs")], SYSTEM)
    opened.record_result(scored("a.svs", 0.93), SYSTEM)
    opened.saw(ANNA, "see case", "26-1")
    mark_urgent(opened, CARL, "26-1", "the ward called", CALENDAR)
    unmark_urgent(opened, CARL, "26-1")
    assign(opened, CARL, "26-1", "bo")
    assign(opened, CARL, "26-1", "anna")
    give_back(opened, ANNA, "26-1")
    take(opened, ANNA, "26-1")
    start_reading(opened, ANNA, "26-1")
    withdraw_rescan(opened, ANNA, ask_rescan(opened, ANNA, "26-1", "a.svs", "stitching").id)
    question = Question("person", "bo", "digital", "DCIS?")
    withdraw(opened, ANNA, ask(opened, ANNA, "26-1", question, CALENDAR).id, "no need")
    answer(opened, BO, ask(opened, ANNA, "26-1", question, CALENDAR).id, "look again", agrees=False)
    give_verdict(opened, ANNA, "26-1", "a.svs", "negative", comment="<b>no</b>")
    write_note(opened, ANNA, "26-1", "one")
    write_note(opened, ANNA, "26-1", "two")
    opened.sign_out("26-1", ANNA)
    reopen(opened, CARL, "26-1", "a slide came late")
    yield opened
    opened.close()


def test_every_act_is_told_in_words_the_newest_first_and_looks_are_left_out(store: Store) -> None:
    told = events(of_case(store, ANNA, "26-1", 100))
    assert [(it.who, it.words) for it in told] == [
        ("carl", "reopened it: a slide came late"),
        ("anna", "signed it out"),
        ("anna", "wrote a note (2 ×)"),
        ("anna", "verdict: negative"),
        ("bo", "second opinion of bo: differs"),
        ("anna", "asked bo for a second opinion"),
        ("anna", "withdrew the question for a second opinion"),
        ("anna", "asked bo for a second opinion"),
        ("anna", "took the rescan back"),
        ("anna", "asked for a rescan: stitching"),
        ("anna", "began to read"),
        ("anna", "gave it to anna"),
        ("anna", "gave it back; anna had it"),
        ("carl", "gave it to anna; bo had it"),
        ("carl", "gave it to bo"),
        ("carl", "took the mark urgent off"),
        ("carl", "marked it urgent: the ward called"),
        ("a system", "the AI read a slide: score 0.93 (idc-screen@1.0.0)"),
        ("a system", "came in with 1 slide"),
    ]


def test_only_who_may_see_a_case_reads_its_history_and_only_its_own(store: Store) -> None:
    with pytest.raises(NotAllowedError):
        of_case(store, RIE, "26-1", 9)
    assert [it.act for it in of_case(store, CARL, "26-2", 9)] == ["take in"]
    assert len(of_case(store, CARL, "26-1", 3)) == 3


def test_an_act_that_nobody_foresaw_is_told_as_the_trail_has_it() -> None:
    assert act_words("match slide", {"slide": 3, "why": None}) == "match slide: slide 3"
    assert act_words("manage jobs", {}) == "manage jobs"
    for state, words in (("rejected", "quality"), ("failed", "could not be read"), ("unscored", "waits for the AI")):
        assert words in act_words("record finding", {"state": state, "score": None})


def test_a_verdict_against_the_ai_says_how_they_differ(store: Store) -> None:
    (it,) = verdicts(store, "26-1")
    slide, reader, ai = verdict_row(it, CALENDAR)
    assert slide == "a.svs"
    assert reader.startswith("Negative (anna, Wed 18 Nov")
    assert reader.endswith(": <b>no</b>")
    assert ai == "0.93: differs, the AI flagged it"
    assert discord_words("AI had no score, reader positive") == "the AI had no score"
    assert discord_words("AI did not flag, reader positive") == "the AI did not flag it"


def test_second_opinions_and_rescans_tell_where_they_are(store: Store) -> None:
    first, second = sorted(opinions(store, "26-1"), key=lambda it: it.id)
    assert opinion_words(first, CALENDAR).startswith("withdrawn Wed 18 Nov")
    assert opinion_words(second, CALENDAR).endswith("by bo: differs: look again")
    (again,) = rescans(store, "26-1")
    assert rescan_state(again, CALENDAR).startswith("Stripes do not fit together. Taken back Wed 18 Nov")
