"""The order of the list: invariants 1 to 3 of the design, each a property that a wrong rule would break."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worklist.cases import Case, CaseSlide
from worklist.priority.policy import Policy
from worklist.priority.rank import RankedCase, rank

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
CLINICAL = Policy(use_ai=False)


def scored(score: float, name: str = "a.svs") -> CaseSlide:
    return CaseSlide(path=Path(name), state="scored", score=score, flagged=score >= 0.5)


SLIDES = st.one_of(
    st.just(()),
    st.just((CaseSlide(path=Path("a.svs")),)),
    st.just((CaseSlide(path=Path("a.svs"), state="failed", reason="a.svs is empty"),)),
    st.just((CaseSlide(path=Path("a.svs"), state="rejected", reason="a.svs is blurred"),)),
    st.floats(0, 1).map(lambda score: (scored(score),)),
    st.floats(0, 1).map(lambda score: (scored(score), CaseSlide(path=Path("b.svs")))),
)


def case(number: int, due_hours: float, slides: tuple[CaseSlide, ...] = (), **fields: object) -> Case:
    deadline = NOW + timedelta(hours=due_hours)
    told: dict[str, object] = {
        "accession_number": f"P{number:03}",
        "pathway": "breast",
        "pathway_name": "kræftpakke bryst",
        "received_utc": min(deadline, NOW) - timedelta(hours=1),
        "deadline_utc": deadline,
        "slides": slides,
    }
    return Case.model_validate(told | fields)


@st.composite
def lists(draw: st.DrawFn) -> list[Case]:
    size = draw(st.integers(0, 14))
    return [
        case(
            number,
            draw(st.integers(20, 60) | st.integers(-72, 240)),
            draw(SLIDES),
            urgency=draw(st.integers(1, 3)),
            received_utc=NOW - timedelta(hours=draw(st.integers(0, 400))),
        )
        for number in range(size)
    ]


policies = st.builds(
    Policy,
    raise_working_hours=st.sampled_from([0.0, 4.0, 16.0, 80.0]),
    protect_working_hours=st.sampled_from([0.0, 8.0, 24.0]),
    max_wait_working_days=st.sampled_from([1.0, 5.0, 100.0]),
)


def order(ranked: list[RankedCase]) -> list[str]:
    return [it.case.accession_number for it in ranked]


def place(ranked: list[RankedCase], accession_number: str) -> int:
    return order(ranked).index(accession_number)


@given(lists(), policies)
def test_every_open_case_is_on_the_list_exactly_once(cases: list[Case], policy: Policy) -> None:
    ranked = rank(cases, NOW, policy)
    assert sorted(order(ranked)) == sorted(it.accession_number for it in cases)
    assert [it.rank for it in ranked] == list(range(1, len(cases) + 1))
    assert sorted(it.clinical_rank for it in ranked) == list(range(1, len(cases) + 1))


def test_only_a_sign_out_takes_a_case_off_the_list() -> None:
    closed = case(1, 8).model_copy(update={"signed_out_utc": NOW, "signed_out_by": "reader"})
    assert order(rank([closed, case(2, 8)], NOW, Policy())) == ["P002"]


@given(lists(), policies)
def test_whoever_stands_ahead_of_a_case_behind_it_clinically_was_raised_by_a_flag(
    cases: list[Case], policy: Policy
) -> None:
    ranked = rank(cases, NOW, policy)
    for behind in ranked:
        passed_it = [it for it in ranked[: behind.rank - 1] if it.clinical_rank > behind.clinical_rank]
        assert all(it.case.ai_state == "flagged" and it.ai_raise > timedelta() for it in passed_it)
        assert behind.overtaken_by == len(passed_it)
        assert behind.rank == behind.clinical_rank + behind.overtaken_by - behind.overtakes


@given(lists(), policies, st.data())
def test_a_higher_score_never_lowers_a_case(cases: list[Case], policy: Policy, data: st.DataObject) -> None:
    cases += [case(100 + step, 24 + 3 * step) for step in range(12)]
    flagged = [it for it in cases if it.ai_state == "flagged"]
    chosen = data.draw(st.sampled_from(flagged or cases) | st.sampled_from(cases))
    raised_score = data.draw(st.just(1.0) | st.floats(chosen.ai_score or 0, 1))
    others = [it for it in cases if it is not chosen]
    raised = chosen.model_copy(update={"slides": (*chosen.slides, scored(raised_score, "new.svs"))})
    before, after = rank(cases, NOW, policy), rank([*others, raised], NOW, policy)
    assert place(after, chosen.accession_number) <= place(before, chosen.accession_number)
    name = chosen.accession_number
    assert [it for it in order(after) if it != name] == [it for it in order(before) if it != name]


@given(lists(), policies)
def test_without_scores_or_without_ai_the_order_is_the_clinical_order(cases: list[Case], policy: Policy) -> None:
    bare = [it.model_copy(update={"slides": ()}) for it in cases]
    clinical = order(rank(bare, NOW, policy))
    assert order(rank(cases, NOW, policy.model_copy(update={"use_ai": False}))) == clinical
    assert [it.case.accession_number for it in sorted(rank(cases, NOW, policy), key=clinical_rank)] == clinical


def clinical_rank(it: RankedCase) -> int:
    return it.clinical_rank


@given(lists(), policies)
def test_the_unknown_keep_their_clinical_place_among_the_scored_low(cases: list[Case], policy: Policy) -> None:
    not_flagged = [it for it in rank(cases, NOW, policy) if it.case.ai_state != "flagged"]
    ranks = [it.clinical_rank for it in not_flagged]
    assert ranks == sorted(ranks)


@given(lists(), policies)
def test_nothing_overtakes_a_protected_case_nor_one_due_long_before(cases: list[Case], policy: Policy) -> None:
    ranked = rank(cases, NOW, policy)
    for behind in ranked:
        for ahead in ranked[: behind.rank - 1]:
            if ahead.clinical_rank > behind.clinical_rank:
                assert not behind.protected
                assert ahead.time_left - behind.time_left <= timedelta(hours=policy.raise_working_hours)


def test_a_case_that_has_waited_too_long_is_not_overtaken_under_any_stream_of_flagged_cases() -> None:
    policy = Policy(raise_working_hours=2000, protect_working_hours=0, max_wait_working_days=2)
    waiting = case(0, 24 * 20, received_utc=NOW - timedelta(days=7))
    flagged = [case(number, 24 * 21, (scored(1.0),)) for number in range(1, 50)]
    assert order(rank([*flagged, waiting], NOW, policy))[0] == "P000"
    fresh = waiting.model_copy(update={"received_utc": NOW - timedelta(hours=1)})
    assert order(rank([*flagged, fresh], NOW, policy))[-1] == "P000"


@given(lists(), policies, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_the_input(cases: list[Case], policy: Policy, random: Random) -> None:
    shuffled = list(cases)
    random.shuffle(shuffled)
    assert rank(shuffled, NOW, policy) == rank(cases, NOW, policy)


@given(lists(), policies, st.data())
def test_a_case_that_is_due_earlier_never_stands_lower(cases: list[Case], policy: Policy, data: st.DataObject) -> None:
    if not cases:
        return
    chosen = data.draw(st.sampled_from(cases))
    earlier = chosen.deadline_utc - timedelta(hours=data.draw(st.integers(1, 200)))
    moved = chosen.model_copy(update={"deadline_utc": earlier})
    others = [it for it in cases if it is not chosen]
    before, after = rank(cases, NOW, policy), rank([*others, moved], NOW, policy)
    assert place(after, chosen.accession_number) <= place(before, chosen.accession_number)


@given(lists(), policies, st.data())
def test_a_case_of_more_urgent_pathway_never_stands_lower(
    cases: list[Case], policy: Policy, data: st.DataObject
) -> None:
    if not cases:
        return
    chosen = data.draw(st.sampled_from(cases))
    moved = chosen.model_copy(update={"urgency": 1})
    others = [it for it in cases if it is not chosen]
    before, after = rank(cases, NOW, policy), rank([*others, moved], NOW, policy)
    assert place(after, chosen.accession_number) <= place(before, chosen.accession_number)


def test_the_stronger_the_score_the_more_a_case_may_pass() -> None:
    def clinical_place_kept(score: float) -> bool:
        """Against a case that is due a working day, 8 hours, before it."""
        pair = [case(1, 27.5), case(2, 51.5, (scored(score),))]
        return order(rank(pair, NOW, Policy(raise_working_hours=16))) == ["P001", "P002"]

    assert clinical_place_kept(0.49)
    assert clinical_place_kept(0.5)
    assert not clinical_place_kept(0.51)
    assert not clinical_place_kept(1.0)


def test_the_clinical_order_is_time_left_then_urgency_then_receipt_then_accession_number() -> None:
    cases = [
        case(5, 30),
        case(4, 30),
        case(3, 30, received_utc=NOW - timedelta(days=2)),
        case(2, 30, urgency=1),
        case(1, -30, urgency=5),
    ]
    assert order(rank(cases, NOW, CLINICAL)) == ["P001", "P002", "P003", "P004", "P005"]


@settings(max_examples=30)
@given(st.integers(2, 40))
def test_the_reason_counts_the_places_that_the_ai_raised_a_case(others: int) -> None:
    cases = [case(number, 48 + 3, received_utc=NOW - timedelta(hours=2)) for number in range(others)]
    ranked = rank([*cases, case(999, 48 + 3, (scored(0.94),))], NOW, Policy())
    assert ranked[0].case.accession_number == "P999"
    assert ranked[0].reason == (
        f"1st: 2 working days 3 h left of kræftpakke bryst; AI 0.94 raised it by {others} "
        f"{'place' if others == 1 else 'places'}"
    )
    assert ranked[1].reason.endswith("no slides yet: keeps its clinical place; 1 flagged case raised past it")


def test_a_spoilt_slide_is_named_with_its_reason_and_keeps_the_clinical_place() -> None:
    slides = (scored(0.2), CaseSlide(path=Path("b.svs"), state="failed", reason="b.svs is cut short: copy it again"))
    (only,) = rank([case(1, 3, slides)], NOW, Policy())
    assert only.reason == (
        "1st: 3 working hours left of kræftpakke bryst; AI could not read 1 of 2 slides: "
        "b.svs is cut short: copy it again; keeps its clinical place"
    )


def test_two_cases_of_one_accession_number_and_a_time_without_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="one accession number"):
        rank([case(1, 3), case(1, 4)], NOW, Policy())
    with pytest.raises(ValueError, match="time zone"):
        rank([case(1, 3)], NOW.replace(tzinfo=None), Policy())
