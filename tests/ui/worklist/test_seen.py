"""What a visitor saw and chose: cases by number and drawing, and never another one."""

from datetime import UTC, datetime

from ui.worklist.seen import KEPT, Seen
from worklist.cases import Case

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


def case(number: str, **fields: object) -> Case:
    told = {"accession_number": number, "pathway": "p", "pathway_name": "p", "received_utc": NOW, "deadline_utc": NOW}
    return Case.model_validate(told | fields)


def test_an_act_is_about_the_case_as_its_drawing_showed_it() -> None:
    before = Seen().drawn([case("A"), case("B")])
    after = before.drawn([case("U"), case("A", site="Herlev"), case("B")])
    assert after.case("A", before.newest) == case("A")
    assert after.case("A", after.newest) == case("A", site="Herlev")
    assert after.case("U", before.newest) is None
    assert after.case("A", 99) is None


def test_the_same_cases_are_the_same_drawing_and_old_drawings_are_forgotten() -> None:
    seen = Seen().drawn([case("A")])
    assert seen.drawn([case("A")]) is seen
    first = seen.newest
    for number in range(KEPT):
        seen = seen.drawn([case(f"{number}")])
    assert len(seen.drawings) == KEPT
    assert seen.case("A", first) is None


def test_what_is_chosen_stays_chosen_when_the_list_moves_or_another_page_is_shown() -> None:
    seen = Seen().drawn([case("A"), case("B")]).ticked(["B"], 1, 1)
    seen = seen.drawn([case("U"), case("A"), case("B", site="Herlev")])
    assert seen.chosen == {"B": case("B", site="Herlev")}
    seen = seen.drawn([case("X"), case("Y")]).ticked(["Y"], 3, 2)
    assert list(seen.chosen) == ["B", "Y"]
    assert list(seen.ticked([], 3, 3).chosen) == ["B"]
    assert not seen.without_choice().chosen


def test_a_tick_that_is_late_or_of_a_forgotten_drawing_or_of_a_case_that_was_not_shown_does_nothing() -> None:
    seen = Seen().drawn([case("A"), case("B")]).ticked(["A"], 1, 5)
    assert seen.ticked(["B"], 1, 4) is seen
    assert seen.ticked(["B"], 77, 6) is seen
    assert seen.ticked(["A", "Z"], 1, 6).chosen == {"A": case("A")}
