"""The store keeps every case, through restarts, repeats and conflicts."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.support.cases import MODEL, NOW, case, kept, scored
from tests.support.people import SYSTEM, pathologist
from worklist.cases import Case, CaseSlide
from worklist.errors import ChangedCaseError, SignedOutError, UnknownCaseError
from worklist.store.store import Store


def test_a_case_comes_back_from_a_closed_store_as_it_went_in(store: Store, store_url: str) -> None:
    told = case("P1", "/slides/æøå 1.svs", "/slides/2.svs")
    assert store.add_cases([told], SYSTEM).new == 1
    store.close()
    assert Store(store_url).cases() == [kept(told)]


def test_times_of_another_zone_are_kept_as_the_same_instant_in_utc(store: Store) -> None:
    received = datetime(2026, 11, 18, 11, 0, tzinfo=timezone(timedelta(hours=1)))
    store.add_cases([case("P1", received_utc=received)], SYSTEM)
    kept = store.case("P1").received_utc
    assert kept == received
    assert kept.utcoffset() == timedelta(0)


def test_the_same_case_twice_is_one_case(store: Store) -> None:
    first, second = store.add_cases([case("P1", "/a.svs")], SYSTEM), store.add_cases([case("P1", "/a.svs")], SYSTEM)
    assert (first.new, second.new, second.unchanged) == (1, 0, 1)
    assert len(store.cases()) == 1


def test_further_slides_join_their_case_and_take_no_result_away(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    store.record_result(scored("/a.svs"), SYSTEM)
    assert store.add_cases([case("P1", "/a.svs", "/b.svs")], SYSTEM).extended == 1
    assert [slide.state for slide in store.case("P1").slides] == ["scored", "unscored"]
    assert store.add_cases([case("P1", "/b.svs")], SYSTEM).unchanged == 1


def test_another_content_under_a_known_number_is_told_by_its_number_and_the_stored_case_stands(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    added = store.add_cases([case("P1", "/a.svs", site="Herlev"), case("P2")], SYSTEM)
    (conflict,) = added.conflicts
    assert conflict.accession_number == "P1"
    assert str(conflict) == conflict.message
    assert conflict.message.startswith("case P1: is on the list already")
    assert "site: Rigshospitalet on the list, Herlev now" in conflict.message
    assert (added.new, added.extended, added.unchanged) == (1, 0, 0)
    assert store.case("P1") == kept(case("P1", "/a.svs"))


def test_what_a_file_leaves_empty_is_no_other_content_and_times_are_told_plainly(store: Store) -> None:
    store.add_cases([case("P1", subspecialty="")], SYSTEM)
    assert store.add_cases([case("P1", site="", subspecialty="")], SYSTEM).unchanged == 1
    assert store.case("P1").site == "Rigshospitalet"
    earlier = NOW - timedelta(days=2)
    (conflict,) = store.add_cases([case("P1", received_utc=earlier, subspecialty="mamma")], SYSTEM).conflicts
    assert "received: 2026-11-17 10:30 UTC on the list, 2026-11-16 10:30 UTC now" in conflict.message
    assert "subspecialty: nothing on the list, mamma now" in conflict.message


def test_the_further_slides_of_an_open_case_join_it_though_its_other_content_is_a_conflict(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    store.record_result(scored("/a.svs", 0.1), SYSTEM)
    added = store.add_cases([case("P1", "/b.svs", site="Herlev")], SYSTEM)
    assert (len(added.conflicts), added.extended) == (1, 1)
    assert "only its further slides were added" in added.conflicts[0].message
    assert store.case("P1").site == "Rigshospitalet"
    assert store.case("P1").ai_state == "partly scored"


def test_another_deadline_table_does_not_make_the_same_case_a_conflict(store: Store) -> None:
    store.add_cases([case("P1")], SYSTEM)
    assert store.add_cases([case("P1", deadline_utc=NOW, urgency=1)], SYSTEM).unchanged == 1


def test_a_result_reaches_every_case_that_holds_the_slide_and_repeating_it_changes_nothing(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs"), case("P2", "/a.svs", "/b.svs")], SYSTEM)
    assert store.record_result(scored("/a.svs"), SYSTEM) == 2
    once = store.cases()
    assert once[0].slides[0] == scored("/a.svs")
    assert store.record_result(scored("/a.svs"), SYSTEM) == 2
    assert store.cases() == once
    assert store.record_result(scored("/nowhere.svs"), SYSTEM) == 0


def test_a_new_result_replaces_the_old_one_whole(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    store.record_result(scored("/a.svs"), SYSTEM)
    spoilt = CaseSlide(
        path=Path("/a.svs"), state="rejected", reason="rescan: out of focus", scored_utc=NOW, arrived_utc=NOW
    )
    store.record_result(spoilt, SYSTEM)
    assert store.case("P1").slides == (spoilt,)


@pytest.mark.parametrize("model", [MODEL, "idc-screen@2.0.0"])
def test_a_failure_takes_no_flag_away_and_the_next_score_takes_the_failure_away(store: Store, model: str) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    store.record_result(scored("/a.svs"), SYSTEM)
    failed = CaseSlide(path=Path("/a.svs"), state="failed", reason="a.svs: the disk is away", model=model)
    for _ in range(2):
        store.record_result(failed, SYSTEM)
    (kept,) = store.case("P1").slides
    assert kept == scored("/a.svs").model_copy(update={"later_failure": "a.svs: the disk is away"})
    assert store.case("P1").ai_state == "flagged"
    assert "the disk is away" in (store.case("P1").ai_caveat or "")
    store.record_result(scored("/a.svs", 0.2), SYSTEM)
    assert store.case("P1").slides == (scored("/a.svs", 0.2),)


def test_only_a_named_person_signs_out_and_the_case_is_still_there(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    with pytest.raises(SignedOutError, match="no name"):
        store.sign_out("P1", pathologist(" "))
    store.sign_out("P1", pathologist("A. Reader"))
    assert store.sign_out("P1", pathologist("A. Reader")).signed_out_utc == NOW
    assert store.cases() == []
    (closed,) = store.cases(include_signed_out=True)
    assert (closed.signed_out_by, closed.is_open) == ("A. Reader", False)
    with pytest.raises(SignedOutError, match=r"A\. Reader signed it out"):
        store.sign_out("P1", pathologist("B. Other"))


def test_a_case_that_changed_since_its_reader_saw_it_is_not_signed_out(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs", "/b.svs")], SYSTEM)
    seen = store.case("P1")
    store.record_result(scored("/a.svs"), SYSTEM)
    store.add_cases([case("P1", "/late.svs")], SYSTEM)
    with pytest.raises(ChangedCaseError, match=r"case P1.*a\.svs is now flagged; late\.svs is new, unscored.*look"):
        store.sign_out("P1", pathologist("A. Reader"), seen=seen)
    assert store.case("P1").is_open
    again = store.case("P1")
    assert not store.sign_out("P1", pathologist("A. Reader"), seen=again).is_open
    assert not store.sign_out("P1", pathologist("A. Reader"), seen=again).is_open


def test_the_latest_signed_out_cases_are_read_and_all_are_counted(store: Store) -> None:
    store.add_cases([case(f"P{number}") for number in range(4)], SYSTEM)
    for number in (2, 0, 3):
        store.sign_out(f"P{number}", pathologist("A. Reader"), NOW + timedelta(minutes=number))
    done = store.signed_out(2)
    assert [it.accession_number for it in done.cases] == ["P3", "P2"]
    assert done.total == 3


def test_slides_that_come_after_the_sign_out_are_told_not_lost_in_silence(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    store.sign_out("P1", pathologist("A. Reader"))
    assert store.add_cases([case("P1", "/a.svs")], SYSTEM).unchanged == 1
    (conflict,) = store.add_cases([case("P1", "/late.svs")], SYSTEM).conflicts
    assert "tell that person" in conflict.message


def test_an_unknown_case_is_an_error_with_its_number(store: Store) -> None:
    with pytest.raises(UnknownCaseError, match="P404"):
        store.case("P404")
    with pytest.raises(UnknownCaseError, match="P404"):
        store.sign_out("P404", pathologist("reader"))


def test_an_error_halfway_through_an_intake_leaves_the_store_as_it_was(store: Store) -> None:
    def broken() -> list[Case]:
        raise OSError("the file went away")

    def some_then_break() -> object:
        yield case("P1")
        yield from broken()

    with pytest.raises(OSError, match="went away"):
        store.add_cases(some_then_break(), SYSTEM)  # type: ignore[arg-type]
    assert store.cases() == []
