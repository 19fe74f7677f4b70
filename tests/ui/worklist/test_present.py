"""What the list says of a case: words that match the state, and an unknown that never looks low."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.shell import language
from ui.worklist.present import (
    AI_WORDS,
    KNOWN_TO_AI,
    NOT_STATED,
    ai_badge,
    case_link,
    done_row,
    hidden_words,
    offers,
    row,
    share_left,
    site_time,
    summarise,
    time_badge,
    value_words,
)
from worklist.calendar import WorkingCalendar
from worklist.cases import Case, CaseSlide
from worklist.priority.policy import Policy
from worklist.priority.rank import rank
from worklist.store.filters import Filter
from worklist.store.overview import Alike

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
"""A Wednesday, 11:00 in Copenhagen."""
POLICY = Policy()


def scored(score: float, name: str = "a.tif") -> CaseSlide:
    return CaseSlide(path=Path(name), state="scored", score=score, flagged=score >= 0.5)


UNSCORED = CaseSlide(path=Path("u.tif"))
FAILED = CaseSlide(path=Path("f.tif"), state="failed", reason="f.tif is cut short")
REJECTED = CaseSlide(path=Path("r.tif"), state="rejected", reason="rescan")


def case(number: str, due_hours: float, *slides: CaseSlide, **fields: object) -> Case:
    told: dict[str, object] = {
        "accession_number": number,
        "pathway": "breast",
        "pathway_name": "Breast cancer",
        "received_utc": NOW - timedelta(days=1),
        "deadline_utc": NOW + timedelta(hours=due_hours),
        "slides": slides,
    }
    return Case.model_validate(told | fields)


def test_an_overdue_case_says_by_how_much() -> None:
    (ranked,) = rank([case("A", -26)], NOW, POLICY)
    badge = row(ranked, POLICY).time
    assert badge.tone == "overdue"
    assert badge.words == "Overdue by 1 working day 2 h"
    assert badge.detail == "due Tue 17 Nov 09:00"


def test_a_case_overdue_since_closing_time_is_overdue_though_no_working_time_has_passed() -> None:
    evening = datetime(2026, 11, 18, 19, 0, tzinfo=UTC)
    (ranked,) = rank([case("A", 5)], evening, POLICY)
    assert row(ranked, POLICY).time.words == "Overdue"


@pytest.mark.parametrize(
    ("fields", "reader", "words"),
    [
        ({"state": "received"}, "nobody", "Not scanned yet"),
        ({"state": "scanned"}, "nobody", "Waits for the AI"),
        ({"state": "scored"}, "nobody", "Ready to read"),
        ({"state": "unscored"}, "nobody", "Ready to read, without AI"),
        ({"state": "in reading", "assigned_to": "bo"}, "bo", "In reading"),
    ],
)
def test_who_has_a_case_and_what_it_waits_for_is_said_in_words(
    fields: dict[str, object], reader: str, words: str
) -> None:
    (ranked,) = rank([case("A", 2, **fields)], NOW, POLICY)
    shown = row(ranked, POLICY)
    assert (shown.reader, shown.state) == (reader, words)


def test_what_is_nearly_due_and_what_has_time_differ_in_tone_and_words() -> None:
    soon, later = rank([case("A", 2), case("B", 24 * 5)], NOW, POLICY)
    assert (row(soon, POLICY).time.tone, row(soon, POLICY).time.words) == ("soon", "2 working hours left")
    assert (row(later, POLICY).time.tone, row(later, POLICY).time.words) == ("ample", "3 working days left")


@pytest.mark.parametrize(
    ("slides", "words", "detail"),
    [
        ((), "No slides", "score unknown"),
        ((UNSCORED,), "Not read yet", "score unknown"),
        ((FAILED,), "Failed", "score unknown: not readable"),
        ((REJECTED,), "Rejected", "score unknown: quality"),
        ((scored(0.1), UNSCORED), "Partly read", "1 of 2 slides read, none flagged; the rest unknown"),
        ((scored(0.1),), "Not flagged", "score 0.10"),
        ((scored(0.9),), "Flagged", "score 0.90"),
        ((scored(0.9), FAILED), "Flagged", "score 0.90; 1 of 2 slides unread"),
    ],
)
def test_every_ai_state_has_words_of_its_own(slides: tuple[CaseSlide, ...], words: str, detail: str) -> None:
    badge = ai_badge(case("A", 8, *slides))
    assert (badge.words, badge.detail) == (words, detail)


@given(st.lists(st.sampled_from([UNSCORED, FAILED, REJECTED]), max_size=3, unique=True))
def test_what_the_ai_does_not_know_has_neither_a_number_nor_the_tone_of_a_low_score(slides: list[CaseSlide]) -> None:
    badge = ai_badge(case("A", 8, *slides))
    assert badge.tone not in ("clear", "flagged")
    assert not any(sign.isdigit() for sign in badge.detail)


def test_the_summary_counts_unknown_states_apart() -> None:
    cases = [
        case("A", -26, scored(0.9)),
        case("B", 8, scored(0.1)),
        case("C", 8, UNSCORED),
        case("D", 8, FAILED),
        case("E", 8),
        case("F", 8, scored(0.2), REJECTED),
    ]
    ranked = rank(cases, NOW, POLICY)
    told = [Alike("Breast", "", "", it.case.ai_state, it.case.state, 2, 2 * it.overdue) for it in ranked]
    summary = summarise(told)
    assert (summary.open, summary.overdue, summary.flagged, summary.unread) == (12, 2, 2, 8)
    assert set(AI_WORDS) > KNOWN_TO_AI


def test_a_raised_case_and_those_it_passed_say_where_the_clinical_order_has_them() -> None:
    cases = [case("A", 48, scored(0.1)), case("B", 72, scored(0.95))]
    raised, passed = rank(cases, NOW, POLICY)
    assert row(raised, POLICY).accession_number == "B"
    assert row(raised, POLICY).moved == "▲ raised from 2"
    assert row(passed, POLICY).moved == "▼ passed, from 1"
    assert [row(it, POLICY).moved for it in rank(cases, NOW, Policy(use_ai=False))] == ["", ""]


def test_the_reason_is_given_without_the_place_that_stands_beside_it() -> None:
    (ranked,) = rank([case("A", 24, scored(0.1))], NOW, POLICY)
    assert ranked.reason.startswith("1st: ")
    assert row(ranked, POLICY).reason == ranked.reason.removeprefix("1st: ")


@pytest.mark.parametrize(
    ("total", "shown", "words"),
    [(5, 5, ""), (5, 2, "3 of 5 cases hidden by filters"), (1, 0, "1 of 1 case hidden by filters")],
)
def test_what_filters_hide_is_said(total: int, shown: int, words: str) -> None:
    assert hidden_words(total, shown) == words


def test_a_filter_offers_what_there_is_with_its_number_and_keeps_what_is_chosen() -> None:
    alike = [
        Alike("Breast", "", "skin", "failed", "failed", 2, 0),
        Alike("Breast", "Herlev", "skin", "flagged", "scored", 3, 1),
    ]
    told = offers(alike, Filter(sites=frozenset({"Gone"})))
    assert told["sites"] == {"": 2, "Gone": 0, "Herlev": 3}
    assert told["pathways"] == {"Breast": 5}
    assert list(told["ai_states"]) == ["flagged", "failed"]
    assert value_words("sites", "") == NOT_STATED
    assert value_words("ai_states", "unscored") == "Not read yet"


def test_a_subspecialty_is_told_in_danish_where_it_has_a_name_and_else_as_it_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(language, "language", lambda: "da")
    told = [value_words("subspecialties", it) for it in ("haematology", "breast", "Mamma <b>", "")]
    assert told == ["hæmatologi", "bryst", "Mamma <b>", "ikke angivet"]


def test_the_line_of_time_left_is_full_at_receipt_and_empty_once_overdue() -> None:
    whole, half, late = rank([case("C", -1), case("B", 4), case("A", 4, received_utc=NOW)], NOW, POLICY)[::-1]
    assert [row(it, POLICY).left for it in (whole, late)] == [1.0, 0.0]
    assert 0 < row(half, POLICY).left < 1


def test_a_signed_out_case_says_who_and_when() -> None:
    done = case("A", 8, scored(0.2), signed_out_utc=NOW, signed_out_by="B. Kjær")
    assert done_row(done, POLICY).signed_out == "by B. Kjær, Wed 18 Nov 11:00"


def test_times_are_told_on_the_sites_clock() -> None:
    assert site_time(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), WorkingCalendar()) == "Thu 2 Jul 00:30"


def test_a_cases_address_survives_odd_numbers() -> None:
    assert case_link("P26/01&a=b Ø") == "case?case=P26%2F01%26a%3Db+%C3%98"


@pytest.mark.parametrize(
    ("due_hours", "tone", "words"),
    [
        (-26, "overdue", "Overdue by 1 working day"),
        (-0.001, "overdue", "Overdue"),
        (0.5, "soon", "30 working minutes left"),
        (POLICY.protect_working_hours, "soon", " left"),
        (POLICY.protect_working_hours + 24, "ample", " left"),
    ],
)
def test_the_time_left_has_its_class_by_the_working_time_to_the_deadline(
    due_hours: float, tone: str, words: str
) -> None:
    (ranked,) = rank([case("A", due_hours)], NOW, POLICY)
    badge = time_badge(ranked, POLICY)
    assert (badge.tone, words in badge.words) == (tone, True), badge.words
    assert badge.detail.startswith("due ")


def test_the_bar_of_the_time_left_is_full_at_receipt_falls_and_is_empty_once_overdue() -> None:
    shares = []
    for due_hours in (-26, 1, 3, 24):
        (ranked,) = rank([case("A", due_hours, received_utc=NOW)], NOW, POLICY)
        (waited,) = rank([case("A", due_hours)], NOW, POLICY)
        shares.append(share_left(waited, POLICY.calendar))
        assert share_left(ranked, POLICY.calendar) == (1.0 if due_hours > 0 else 0.0)
    assert shares[0] == 0.0
    assert shares == sorted(set(shares)), shares
    assert shares[-1] < 1.0


def test_a_forecast_is_told_of_a_case_that_is_not_late_yet_and_nothing_where_there_is_none() -> None:
    overdue, soon = rank([case("late", due_hours=-3), case("soon", due_hours=3)], NOW, POLICY)
    assert row(soon, POLICY, 0.724).late == "72% likely to be late"
    assert row(soon, POLICY, 0.0).late == "0% likely to be late"
    assert row(soon, POLICY).late == row(overdue, POLICY, 1.0).late == ""
