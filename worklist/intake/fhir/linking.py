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
from worklist.intake.fhir.parts import Part, joined
from worklist.store.tables import FhirPartRow

_LOCK: Final = 4_081_727
"""Key of the PostgreSQL lock under which one process at a time joins parts."""
_LONGEST: Final = 64
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Remembered:
    """A part that is kept, or was already."""

    row: FhirPartRow
    part: Part
    """As it stands now: the newest version."""
    cause: str
    """Digest of the resource that came."""
    repeated: bool
    """The very same was here before."""
    faults: tuple[Fault, ...] = ()


@dataclass
class Told:
    """What the parts of one ServiceRequest, or a specimen alone, lead to."""

    parts: frozenset[str]
    """Names of the parts that led to it."""
    repeated: bool
    orders: list[Order] = field(default_factory=list)
    ended: list[Order] = field(default_factory=list)
    """What specimens stood for alone, taken back now that their request is here."""
    faults: list[Fault] = field(default_factory=list)


def remember(session: Session, source: str, part: Part) -> Remembered:
    """Keeps a part within the session's change, joined with what its other versions told."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    row = _row(session, source, part.name)
    known = _part(row)
    asks = part.kind == "ServiceRequest" and part.standing == "stands" and not row.asked
    row.asked = row.asked or asks
    now = joined(part, known) if known else part
    _keep(session, row, now)
    repeated = known is not None and now == joined(known, known) and not asks
    faults: tuple[Fault, ...] = ()
    if now.digest != part.digest:
        words = "a newer version is here already; what that one tells stays"
        faults = (Fault("information", "informational", part.kind, words),)
    return Remembered(row, now, part.digest, repeated=repeated, faults=faults)


def tell(session: Session, remembered: Sequence[Remembered]) -> list[Told]:
    """What is to be told to the list after these parts: each ServiceRequest that they belong to, once and whole."""
    of_request: dict[int, tuple[FhirPartRow, list[Remembered]]] = {}
    found = []
    for it in remembered:
        requests = [it.row] if it.part.kind == "ServiceRequest" else _requests_of(session, it.row)
        for request in requests:
            of_request.setdefault(request.id, (request, []))[1].append(it)
        if not requests:
            found.append(_without_request(it))
    for request, causes in of_request.values():
        found.append(_tell(session, request, causes))
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


def _tell(session: Session, row: FhirPartRow, causes: Sequence[Remembered]) -> Told:
    """The order of a ServiceRequest as all its parts tell it, and an end to what its specimens stood for alone."""
    told = Told(frozenset(it.part.name for it in causes), all(it.repeated for it in causes))
    request = _part(row)
    if request is None or request.standing == "no order":
        return told
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
        told.faults.append(Fault(severity, "incomplete", "ServiceRequest.identifier", words))
        return told
    stamp = _stamp(row, [request, *own, *tasks], changed=not told.repeated)
    order = compose(request, own, tasks, accession, row.source, stamp, causes[0].cause[:16])
    told.orders = [_as_it_was_asked(order), order] if order.action == "cancel" and row.asked else [order]
    row.composed_utc = stamp
    for specimen_row, part in specimens:
        if specimen_row.alone and part.accession_number == accession:
            told.ended.append(_alone(row.source, part, taken_back=True))
    return told


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
        order_number=request.name.partition("/")[2][-_LONGEST:] or request.name[-_LONGEST:],
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


def _without_request(it: Remembered) -> Told:
    """A specimen whose request is not here: with an accession number it is a case that nobody may miss."""
    told = Told(frozenset((it.part.name,)), it.repeated)
    words = "kept until its ServiceRequest comes"
    if it.part.kind == "Specimen" and it.part.accession_number and it.part.standing == "stands":
        it.row.alone = True
        told.orders = [_alone(it.row.source, it.part, taken_back=False)]
        words = "its ServiceRequest is not here yet: the case is on the list as routine until it comes"
    told.faults.append(Fault("information", "incomplete", f"{it.part.kind}.request", words))
    return told


def _alone(source: str, part: Part, *, taken_back: bool) -> Order:
    return Order(
        action="cancel" if taken_back else "new",
        source=source,
        message_id=f"{part.name} alone {part.digest[:16]}{' joined' if taken_back else ''}",
        sent_utc=part.sent_utc,
        order_number=part.name[-_LONGEST:],
        accession_number=part.accession_number,
        specimens=(part.specimen,) if part.specimen else (),
        received_utc=part.received_utc,
    )
