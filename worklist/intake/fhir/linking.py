"""Joins what came in parts: a ServiceRequest with its Specimens and Tasks, whichever was here first.

Parts are kept in the store, and a ServiceRequest is told to the list anew, whole, whenever one of its parts changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.orm import Session

from worklist.intake.events import Order
from worklist.intake.fhir.faults import Fault, Severity
from worklist.intake.fhir.parts import Part, newer
from worklist.store.tables import FhirPartRow

_LOCK: Final = 4_081_727
"""Key of the PostgreSQL lock under which one process at a time joins parts."""
_TICK: Final = timedelta(microseconds=1)


@dataclass
class Joined:
    """What a part leads to."""

    orders: list[Order] = field(default_factory=list)
    ended: list[Order] = field(default_factory=list)
    """What specimens stood for alone, taken back now that their request is here."""
    faults: list[Fault] = field(default_factory=list)
    repeated: bool = False
    """The very same was here before."""


def join(session: Session, source: str, part: Part) -> Joined:
    """Keeps a part, within the session's change, and says which orders are to be applied after it."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    row = _row(session, source, part.name)
    known = _part(row)
    changed = known is None or known.digest != part.digest
    found = Joined(repeated=not changed)
    if known and not newer(part, known):
        words = "a newer version is here already; this one changes nothing that it told"
        found.faults.append(Fault("information", "informational", part.kind, words))
        changed = False
    else:
        _keep(session, row, part)
    row.asked = row.asked or (part.kind == "ServiceRequest" and part.standing == "stands")
    requests = [row] if part.kind == "ServiceRequest" else _requests_of(session, row)
    for request in requests:
        _tell(session, request, part, found, changed=changed)
    if not requests:
        _without_request(row, part, found)
    return found


def _row(session: Session, source: str, name: str) -> FhirPartRow:
    row = session.scalar(select(FhirPartRow).where(FhirPartRow.source == source, FhirPartRow.name == name))
    if row is None:
        row = FhirPartRow(source=source, name=name, request="", accession_number="", order_number="")
        row.asked = row.alone = False
        session.add(row)
    return row


def _part(row: FhirPartRow) -> Part | None:
    return Part.model_validate_json(row.told) if row.told else None


def _keep(session: Session, row: FhirPartRow, part: Part) -> None:
    row.told = part.model_dump_json()
    row.request = part.request or row.request
    row.accession_number, row.order_number = part.accession_number, part.order_number
    for name in part.specimens:
        specimen = _row(session, row.source, name)
        specimen.request = specimen.request or part.name
    session.flush()


def _requests_of(session: Session, row: FhirPartRow) -> Sequence[FhirPartRow]:
    ways: list[ColumnElement[bool]] = []
    if row.request:
        ways += [FhirPartRow.name == row.request, FhirPartRow.order_number == row.request]
        ways += [FhirPartRow.accession_number == row.request]
    if row.accession_number:
        ways.append(FhirPartRow.accession_number == row.accession_number)
    return _rows(session, row.source, "ServiceRequest", or_(*ways)) if ways else []


def _parts_of(session: Session, request: FhirPartRow, kind: str) -> list[tuple[FhirPartRow, Part]]:
    names = [it for it in (request.name, request.order_number, request.accession_number) if it]
    ways: list[ColumnElement[bool]] = [FhirPartRow.request.in_(names)]
    if request.accession_number:
        ways.append(FhirPartRow.accession_number == request.accession_number)
    return [(row, part) for row in _rows(session, request.source, kind, or_(*ways)) if (part := _part(row))]


def _rows(session: Session, source: str, kind: str, which: ColumnElement[bool]) -> Sequence[FhirPartRow]:
    of_kind = or_(FhirPartRow.name.startswith(f"{kind}/"), FhirPartRow.name.startswith(f"{kind}?"))
    if kind == "Specimen":
        of_kind = or_(of_kind, FhirPartRow.name.contains("#"))
    else:
        of_kind = of_kind & ~FhirPartRow.name.contains("#")
    wanted = select(FhirPartRow).where(FhirPartRow.source == source, FhirPartRow.told.is_not(None), of_kind, which)
    return session.scalars(wanted.order_by(FhirPartRow.id)).all()


def _tell(session: Session, row: FhirPartRow, cause: Part, found: Joined, *, changed: bool) -> None:
    """The order of a ServiceRequest as all its parts tell it, and an end to what its specimens stood for alone."""
    request = _part(row)
    if request is None or request.standing == "no order":
        return
    specimens = _parts_of(session, row, "Specimen")
    own = [part for _, part in specimens if part.standing == "stands"]
    tasks = [part for _, part in _parts_of(session, row, "Task") if part.standing != "no order"]
    numbers = {part.accession_number for part in own if part.accession_number}
    accession = request.accession_number or (min(numbers) if len(numbers) == 1 else "")
    if not accession:
        words = "waits for an accession number, of its own or of its specimen"
        if numbers:
            words = f"its specimens have {len(numbers)} accession numbers; give it its own, and send one order a case"
        severity: Severity = "error" if numbers else "information"
        found.faults.append(Fault(severity, "incomplete", "ServiceRequest.identifier", words))
        return
    stamp = _stamp(row, [request, *own, *tasks], changed=changed)
    told = compose(request, own, tasks, accession, row.source, stamp, cause.digest[:16])
    if told.action == "cancel" and row.asked:
        found.orders.append(_as_it_was_asked(told))
    found.orders.append(told)
    row.composed_utc = stamp
    for specimen_row, part in specimens:
        if specimen_row.alone and part.accession_number == accession:
            found.ended.append(_alone(row.source, part, taken_back=True))


def _stamp(row: FhirPartRow, parts: Sequence[Part], *, changed: bool) -> datetime:
    """Later at every change, whatever the clocks of the parts say, so that the whole told last is what counts."""
    newest = max(part.sent_utc for part in parts)
    if row.composed_utc is None:
        return newest
    return max(newest, row.composed_utc + _TICK) if changed else row.composed_utc


def compose(
    request: Part,
    specimens: Sequence[Part],
    tasks: Sequence[Part],
    accession_number: str,
    source: str,
    stamp: datetime,
    cause: str,
) -> Order:
    """One order from a ServiceRequest and all that belongs to it. cause: digest of the part that led to it."""
    back = any(part.standing == "taken back" for part in (request, *tasks))
    received = [part.received_utc for part in specimens if part.received_utc]
    urgencies = [part.urgency for part in (request, *tasks) if part.urgency is not None]
    return Order(
        action="cancel" if back else "new",
        source=source,
        message_id=f"{request.name} {stamp.isoformat()} {cause}",
        sent_utc=stamp,
        order_number=request.order_number,
        accession_number=accession_number,
        pathway=request.pathway,
        specimens=tuple(part.specimen for part in specimens if part.specimen),
        received_utc=min(received, default=request.received_utc),
        urgency=min(urgencies, default=None),
        site=request.site,
        subspecialty=request.subspecialty,
    )


def _as_it_was_asked(told: Order) -> Order:
    """The order before it was taken back: the case is on the list, marked, even where its revocation came first."""
    before = {"action": "new", "message_id": f"{told.message_id} asked", "sent_utc": told.sent_utc - _TICK}
    return told.model_copy(update=before)


def _without_request(row: FhirPartRow, part: Part, found: Joined) -> None:
    """A specimen whose request is not here: with an accession number it is a case that nobody may miss."""
    if part.kind == "Specimen" and part.accession_number and part.standing == "stands":
        row.alone = True
        found.orders.append(_alone(row.source, part, taken_back=False))
        words = "its ServiceRequest is not here yet: the case is on the list as routine until it comes"
    else:
        words = "kept until its ServiceRequest comes"
    found.faults.append(Fault("information", "incomplete", f"{part.kind}.request", words))


def _alone(source: str, part: Part, *, taken_back: bool) -> Order:
    return Order(
        action="cancel" if taken_back else "new",
        source=source,
        message_id=f"{part.name} alone {part.digest[:16]}{' joined' if taken_back else ''}",
        sent_utc=part.sent_utc,
        order_number=part.name[-64:],
        accession_number=part.accession_number,
        specimens=(part.specimen,) if part.specimen else (),
        received_utc=part.received_utc,
    )
