"""Slides that arrived: into the case they belong to, or on the unmatched list until it is known."""

import hashlib
from pathlib import Path

from sqlalchemy import select, update

from worklist.cases import CaseSlide
from worklist.intake.change import Change
from worklist.intake.events import Applied, SlideArrival
from worklist.store.look_alikes import look_alikes
from worklist.store.rows import settle, to_slide_row
from worklist.store.store import locked_case_if_any
from worklist.store.tables import CaseRow, OperationRow, SlideRow, UnmatchedSlideRow
from worklist.trail.identity_guard import find_identity


def put_slide(change: Change, arrival: SlideArrival) -> Applied:
    """Puts the slide where it belongs. `arrival` has been cleaned."""
    why_not = path_refusal(arrival.path)
    if why_not:
        words = f"A slide of {arrival.source} cannot be taken in: {why_not}."
        change.ask("refused message", path_mark(arrival.path), words)
        return Applied(outcome="refused", message=why_not)
    path = str(arrival.path)
    holding = change.session.scalar(select(SlideRow).where(SlideRow.path == path).limit(1))
    if holding is not None:
        number = holding.case.accession_number
        return Applied(outcome="unchanged", accession_number=number, message=f"is a slide of case {number} already")
    waiting = change.session.scalar(select(UnmatchedSlideRow).where(UnmatchedSlideRow.path == path).with_for_update())
    if waiting is not None and waiting.matched_case is not None:
        number = waiting.matched_case
        return Applied(outcome="unchanged", accession_number=number, message=f"was matched to case {number} before")
    told = arrival.accession_number
    case = None if told is None else locked_case_if_any(change.session, told)
    if _is_same_file(change, arrival, case):
        return _same_file(change, arrival, waiting)
    if case is None or case.signed_out_utc is not None:
        return _wait(change, arrival, waiting, case)
    _join(change, case, _slide_of(arrival))
    if waiting is not None:
        _matched(change, waiting, case.accession_number)
    change.record(case.accession_number, "slide", slide=case.slides[-1].id)
    words = f"joined the case as failed: {arrival.unreadable}" if arrival.unreadable else "joined the case"
    return Applied(outcome="matched", accession_number=case.accession_number, message=words)


def take_waiting(change: Change, case: CaseRow) -> int:
    """Puts the slides that wait for this open case into it; how many those are."""
    of_case = select(UnmatchedSlideRow).where(
        UnmatchedSlideRow.accession_number == case.accession_number, UnmatchedSlideRow.matched_utc.is_(None)
    )
    rows = change.session.scalars(of_case.order_by(UnmatchedSlideRow.id).with_for_update()).all()
    for row in rows:
        join_waiting(change, case, row)
    return len(rows)


def join_waiting(change: Change, case: CaseRow, waiting: UnmatchedSlideRow) -> None:
    """Puts one slide of the unmatched list into a case. A slide that is there already is not doubled."""
    if all(slide.path != waiting.path for slide in case.slides):
        _join(
            change,
            case,
            _slide_of(waiting),
        )
    _matched(change, waiting, case.accession_number)


def path_refusal(path: Path) -> str | None:
    """Why a file's path cannot be kept; None where it can."""
    kind = find_identity(str(path))
    if kind:
        return f"its name or its folder's holds {kind}; rename it by the case's number"
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return "its name is not in UTF-8; rename it"
    return None


def path_mark(path: Path) -> str:
    """What stands for a path where it may not be shown."""
    return f"file {hashlib.sha256(str(path).encode(errors='surrogateescape')).hexdigest()[:16]}"


def _slide_of(told: SlideArrival | UnmatchedSlideRow) -> CaseSlide:
    return CaseSlide(
        path=Path(told.path),
        slide_id=told.slide_id,
        block=told.block,
        stain=told.stain,
        scanner=told.scanner,
        arrived_utc=told.arrived_utc,
        state="failed" if told.unreadable else "unscored",
        reason=told.unreadable,
    )


def _join(change: Change, case: CaseRow, slide: CaseSlide) -> None:
    row = to_slide_row(slide, change.now_utc)
    case.slides.append(row)
    settle(case)
    change.session.flush()


def _matched(change: Change, waiting: UnmatchedSlideRow, accession_number: str | None) -> None:
    waiting.matched_utc, waiting.matched_case = change.now_utc, accession_number
    waiting.matched_by = change.actor.name
    asked = (OperationRow.kind == "unmatched slide", OperationRow.subject == path_mark(Path(waiting.path)))
    settled = {"closed_utc": change.now_utc, "closed_by": change.actor.name}
    change.session.execute(update(OperationRow).where(*asked, OperationRow.closed_utc.is_(None)).values(settled))


def _wait(
    change: Change, arrival: SlideArrival, waiting: UnmatchedSlideRow | None, signed_out: CaseRow | None
) -> Applied:
    """Puts the slide on the unmatched list, or brings its entry up to date."""
    reason = _why_it_waits(change, arrival, signed_out)
    row = waiting or UnmatchedSlideRow(path=str(arrival.path), arrived_utc=arrival.arrived_utc)
    before = (row.accession_number, row.reason, row.unreadable)
    row.accession_number, row.slide_id, row.block = arrival.accession_number, arrival.slide_id, arrival.block
    row.stain, row.scanner, row.reason = arrival.stain, arrival.scanner, reason
    row.unreadable = arrival.unreadable
    told = Applied(outcome="unmatched", accession_number=arrival.accession_number, message=reason)
    if waiting is not None and before == (row.accession_number, row.reason, row.unreadable):
        return told.model_copy(update={"outcome": "unchanged"})
    change.session.add(row)
    change.session.flush()
    change.record(arrival.accession_number, "unmatched slide", unmatched=row.id)
    if signed_out is not None:
        words = (
            f"A slide of case {signed_out.accession_number} came after {signed_out.signed_out_by} had signed it out."
        )
        todo = " Tell that person, or reopen the case: the slide waits on the unmatched list."
        change.ask("late slide", signed_out.accession_number, words + todo)
    elif arrival.accession_number is None:
        words = f"A slide of {arrival.source} came without its case: {reason}. Match it with `forrang intake match`."
        change.ask("unmatched slide", path_mark(arrival.path), words)
    return told


def _why_it_waits(change: Change, arrival: SlideArrival, signed_out: CaseRow | None) -> str:
    if signed_out is not None:
        reason = f"its case was signed out by {signed_out.signed_out_by}"
    elif arrival.accession_number is not None:
        reason = "no case of its number has come yet"
        for other in look_alikes(change.session, [arrival.accession_number]).values():
            reason += f"; case {other} has, which differs by capitals alone: match it, if it is that one's"
    else:
        reason = arrival.problem or "neither its name nor its attributes tell its case"
    return f"{reason}; {arrival.unreadable}" if arrival.unreadable else reason


def _is_same_file(change: Change, arrival: SlideArrival, case: CaseRow | None) -> bool:
    """Whether the file is a slide of its case already, or waits for it already, under another name."""
    if arrival.same_as is None or arrival.accession_number is None:
        return False
    path = str(arrival.same_as)
    if case is not None and any(slide.path == path for slide in case.slides):
        return True
    waits = (UnmatchedSlideRow.path == path, UnmatchedSlideRow.accession_number == arrival.accession_number)
    twin = select(UnmatchedSlideRow.id).where(*waits, UnmatchedSlideRow.matched_utc.is_(None))
    return change.session.scalar(twin) is not None


def _same_file(change: Change, arrival: SlideArrival, waiting: UnmatchedSlideRow | None) -> Applied:
    """The file is kept in mind under its second name, and is not a second slide of the case."""
    number, first = arrival.accession_number, arrival.same_as
    words = f"is the same file as {first.name if first else ''}, a slide of case {number} already; not added twice"
    row = waiting or UnmatchedSlideRow(path=str(arrival.path), arrived_utc=arrival.arrived_utc)
    row.accession_number, row.slide_id, row.reason = number, arrival.slide_id, words
    change.session.add(row)
    _matched(change, row, number)
    change.ask("same slide twice", number or "", f"{arrival.path.name} {words}. Remove one of the two files.")
    change.record(number, "same slide twice")
    return Applied(outcome="unchanged", accession_number=number, message=words)
