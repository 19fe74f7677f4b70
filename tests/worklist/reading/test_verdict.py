"""A verdict stands against what the AI had said when it was given."""

import pytest

from tests.support.cases import scored
from tests.support.departments import ANNA, BO, CARL
from tests.support.people import SYSTEM, pathologist
from worklist.errors import IdentityError, NotAllowedError, RegionsError, UnknownSlideError
from worklist.reading.verdict import discordant, give_verdict, verdicts


def test_what_the_ai_had_said_is_kept_whatever_it_says_later(department):
    department.record_result(scored("a.svs", 0.9), SYSTEM)
    given = give_verdict(department, ANNA, "26-1", "a.svs", "negative")
    assert (given.ai_score, given.ai_flagged, given.model) == (0.9, True, "idc-screen@1.0.0")
    department.record_result(scored("a.svs", 0.1, "idc-screen@2.0.0"), SYSTEM)
    (kept,) = verdicts(department)
    assert (kept.ai_score, kept.ai_flagged, kept.model) == (0.9, True, "idc-screen@1.0.0")


def test_of_a_reader_the_later_verdict_counts_and_every_reader_has_one(department):
    for reader, verdict in ((ANNA, "negative"), (BO, "uncertain"), (ANNA, "positive"), (ANNA, "positive")):
        give_verdict(department, reader, "26-1", "a.svs", verdict)
    assert sorted((it.by, it.verdict) for it in verdicts(department)) == [("anna", "positive"), ("bo", "uncertain")]


def test_readers_and_ai_differ_and_the_worst_comes_first(department):
    for path, score in (("a.svs", 0.4), ("b.svs", 0.1)):
        department.record_result(scored(path, score), SYSTEM)
    for reader, slide, verdict in ((ANNA, "a.svs", "positive"), (BO, "a.svs", "negative"), (ANNA, "b.svs", "positive")):
        give_verdict(department, reader, "26-1", slide, verdict)
    give_verdict(department, ANNA, "26-2", "c.svs", "positive")
    give_verdict(department, BO, "26-2", "c.svs", "negative")
    department.record_result(scored("c.svs", 0.99), SYSTEM)
    give_verdict(department, pathologist("dora"), "26-2", "c.svs", "negative")
    found = [(it.slide, it.by, it.discord) for it in discordant(department)]
    assert found == [
        ("b.svs", "anna", "AI did not flag, reader positive"),
        ("a.svs", "anna", "AI did not flag, reader positive"),
        ("c.svs", "anna", "AI had no score, reader positive"),
        ("c.svs", "dora", "AI flagged, reader negative"),
    ]


def test_who_cannot_tell_is_not_in_discord(department):
    department.record_result(scored("a.svs", 0.9), SYSTEM)
    give_verdict(department, ANNA, "26-1", "a.svs", "uncertain")
    give_verdict(department, BO, "26-1", "a.svs", "not assessable")
    assert discordant(department) == []


def test_only_what_is_newer_is_listed_where_that_is_asked(department, clock):
    give_verdict(department, ANNA, "26-1", "a.svs", "positive")
    clock.advance(days=8)
    assert verdicts(department, since_utc=clock()) == []
    assert len(verdicts(department, "26-1")) == 1
    assert verdicts(department, "26-2") == []


def test_a_slide_that_is_not_there_is_named_with_those_that_are(department):
    for name in ("z.svs", ""):
        with pytest.raises(UnknownSlideError, match=r"a\.svs, b\.svs"):
            give_verdict(department, ANNA, "26-1", name, "positive")


def test_a_verdict_is_refused_whole_where_anything_is_wrong(department):
    with pytest.raises(RegionsError):
        give_verdict(department, ANNA, "26-1", "a.svs", "positive", regions=[])
    with pytest.raises(IdentityError):
        give_verdict(department, ANNA, "26-1", "a.svs", "positive", comment="010190-1234")
    with pytest.raises(NotAllowedError):
        give_verdict(department, CARL, "26-1", "a.svs", "positive")
    assert verdicts(department) == []
