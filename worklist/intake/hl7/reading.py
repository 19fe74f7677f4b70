"""One group of an order message as an order for the list: each thing is looked for where the mapping says it stands."""

import re
from collections import ChainMap
from collections.abc import Iterable
from collections.abc import Mapping as Table
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeVar

from pydantic import SecretStr

from worklist.calendar import WorkingCalendar
from worklist.cases import SpecimenKind
from worklist.intake.accession import accession_text, refusal
from worklist.intake.events import Order, OrderedSpecimen
from worklist.intake.hl7.faults import Fault, MessageFaultError, Place
from worklist.intake.hl7.groups import OrderGroup
from worklist.intake.hl7.mapping import SPECIMEN_KINDS, URGENCIES, Mapping, Spots
from worklist.intake.hl7.message import Message, Segment
from worklist.intake.hl7.times import read_time
from worklist.trail.identity_guard import find_identity

_Meaning = TypeVar("_Meaning")
Wish = Literal["new", "change", "cancel", "status"]

WISHES: Final[dict[str, Wish]] = {
    "NW": "new",
    "RO": "new",
    "SN": "new",
    "XO": "change",
    "XX": "change",
    "RP": "change",
    "RU": "change",
    "CA": "cancel",
    "OC": "cancel",
    "DC": "cancel",
    "OD": "cancel",
    "SS": "status",
}
"""What a control code (ORC-1, HL7 table 0119) asks for. A replaced order (RP, RU) is changed and never taken back:
the order that replaces it may be for the same case."""

_LONGEST: Final = 64
"""Characters of an accession number or an order number, as the store has them."""


@dataclass(frozen=True)
class Asked:
    """One order of a message, or a question about one."""

    wish: Wish
    control_code: str
    order: Order
    """For a question, the order that it is about."""
    place: Place


@dataclass(frozen=True)
class Sender:
    """What the header says for all orders of a message."""

    source: str
    message_id: str
    sent_utc: datetime
    doubts: tuple[Fault, ...]

    @classmethod
    def of(cls, message: Message, calendar: WorkingCalendar) -> "Sender":
        """Reads the header. Raises MessageFaultError."""
        header = message.segments[0]
        application, facility, number, sent = (header.text(field) for field in (3, 4, 10, 7))
        missing = {3: application or facility, 7: sent, 10: number}
        faults = [
            Fault(101, "is empty; it is needed", header.place(field)) for field, told in missing.items() if not told
        ]
        if faults:
            raise MessageFaultError(*faults)
        faults = [_unprintable(header.place(field)) for field in (3, 4, 10) if not header.text(field).isprintable()]
        if faults:
            raise MessageFaultError(*faults)
        moment = _moment(sent, header.place(7), calendar)
        doubts = tuple(Fault(102, doubt, header.place(7), "W") for doubt in moment[1])
        source = " at ".join(filter(None, (application, facility)))
        return cls(source, number, moment[0], doubts)


class GroupReading:
    """Reads one group. What is noted goes to `faults`; what keeps the order out is raised."""

    def __init__(self, group: OrderGroup, mapping: Mapping, calendar: WorkingCalendar, faults: list[Fault]) -> None:
        self._group, self._mapping, self._calendar, self._faults = group, mapping, calendar, faults

    def asked(self, sender: Sender) -> Asked:
        """What the group asks for. Raises MessageFaultError."""
        mapping = self._mapping
        wish, control_code = self._wish()
        patient = self._patient_id()
        accession_number = self._number(mapping.accession_number, "the laboratory's number of the case", patient)
        order_number = self._number(mapping.order_number, "the requester's number of the order", "")
        order = Order(
            action="new" if wish == "status" else wish,
            source=sender.source,
            message_id=sender.message_id,
            sent_utc=sender.sent_utc,
            order_number=order_number,
            accession_number=accession_number,
            pathway=self._pathway(),
            specimens=tuple(self._specimens()),
            received_utc=self._received(),
            urgency=self._urgency(),
            site=self._translated(mapping.site, mapping.sites),
            subspecialty=self._translated(mapping.subspecialty, mapping.subspecialties),
            patient_id=SecretStr(patient) if patient else None,
        )
        return Asked(wish, control_code, order, self._group.place)

    def _wish(self) -> tuple[Wish, str]:
        common = self._group.first("ORC")
        if common is None:
            raise MessageFaultError(Fault(100, "an ORC segment must stand before it", self._group.place))
        code = common.text(1).upper()
        if code not in WISHES:
            text = f"{code!r} is not taken here; allowed are: {', '.join(WISHES)}" if code else "is empty; it is needed"
            raise MessageFaultError(Fault(103 if code else 101, text[:200], common.place(1)))
        if WISHES[code] in ("new", "change") and self._group.first("OBR") is None:
            raise MessageFaultError(Fault(100, "an OBR segment must follow it", common.place()))
        return WISHES[code], code

    def _number(self, spots: Spots, what: str, patient: str) -> str:
        told, place = self._first(spots)
        if not told:
            text = f"is empty; {what} is needed in one of: {', '.join(spots)}"
            raise MessageFaultError(Fault(101, text, self._missing(spots)))
        if len(told) > _LONGEST:
            raise MessageFaultError(Fault(102, f"is longer than {_LONGEST} characters, which {what} may have", place))
        if not told.isprintable():
            raise MessageFaultError(_unprintable(place))
        kind = find_identity(told) if spots == self._mapping.accession_number else None
        if patient and _bare(patient) in _bare(told) and len(_bare(patient)) > 5:
            kind = "the patient's number of PID-3"
        if kind:
            text = f"holds {kind}, which may not stand there; send {what}"
            raise MessageFaultError(Fault(102, text, place))
        why_not = refusal(accession_text(told)) if spots == self._mapping.accession_number else None
        if why_not:
            raise MessageFaultError(Fault(102, why_not, place))
        return told

    def _pathway(self) -> str:
        mapping = self._mapping
        told = self._translated(mapping.pathway, mapping.pathways)
        if told:
            return told
        known = _folded(mapping.pathways)
        return next((known[it] for it in self._all(mapping.pathway_code) if it in known), "")

    def _urgency(self) -> int | None:
        told, place = self._first(self._mapping.urgency)
        known = ChainMap(_folded(self._mapping.urgencies), _folded(URGENCIES))
        key = re.sub(r"\d+$", "", told.casefold())
        if told and told.casefold() not in known and key not in known:
            text = f"this priority is not known and raises nothing; known are: {', '.join(it.upper() for it in known)}"
            self._faults.append(Fault(103, text, place, "W"))
        return known.get(told.casefold(), known.get(key))

    def _received(self) -> datetime | None:
        told, place = self._first(self._mapping.received)
        if not told:
            return None
        instant_utc, doubts = _moment(told, place, self._calendar)
        self._faults += [Fault(102, doubt, place, "W") for doubt in doubts]
        return instant_utc

    def _specimens(self) -> Iterable[OrderedSpecimen]:
        group = self._group
        if not group.specimens and group.first("OBR") is not None:
            kind = self._kind(group.segments())
            description = self._text(self._mapping.specimen_description, group.segments())[0]
            if kind != "tissue" or description:
                yield OrderedSpecimen(number="1", kind=kind, description=description)
        for segments in group.specimens:
            within = list(group.segments(segments))
            number, place = self._text(self._mapping.specimen_number, segments)
            if len(number) > _LONGEST or not number.isprintable():
                raise MessageFaultError(
                    Fault(102, f"a specimen's number has 1 to {_LONGEST} printable characters", place)
                )
            blocks = [self._text((spot,), [it])[0] for spot in self._mapping.block for it in segments]
            yield OrderedSpecimen(
                number=number or str(segments[0].occurrence),
                kind=self._kind(within),
                description=self._text(self._mapping.specimen_description, segments)[0],
                blocks=tuple(dict.fromkeys(filter(None, blocks))),
            )

    def _kind(self, segments: Iterable[Segment]) -> SpecimenKind:
        known = ChainMap(_folded(self._mapping.specimen_kinds), _folded(SPECIMEN_KINDS))
        told = [known[it] for it in self._all(self._mapping.specimen_kind, segments) if it in known]
        return next((kind for kind in told if kind != "tissue"), "tissue")

    def _patient_id(self) -> str:
        patient = self._group.first("PID")
        if patient is None:
            return ""
        told = {patient.text(3, 5, 1, it): patient.text(3, 1, 1, it) for it in range(patient.repetitions(3), 0, -1)}
        kinds = [kind for kind in self._mapping.patient_id_types if told.get(kind)]
        return told[kinds[0]] if kinds else patient.text(3)

    def _translated(self, spots: Spots, table: Table[str, str]) -> str:
        told = self._first(spots)[0]
        return _folded(table).get(told.casefold(), told)

    def _first(self, spots: Spots) -> tuple[str, Place]:
        return self._text(spots, self._group.segments())

    def _all(self, spots: Spots, segments: Iterable[Segment] | None = None) -> list[str]:
        within = list(segments or self._group.segments())
        return [told.casefold() for spot in spots if (told := self._text((spot,), within)[0])]

    def _text(self, spots: Spots, segments: Iterable[Segment]) -> tuple[str, Place]:
        """What stands at the first of the spots that is filled, and where that is."""
        within = list(segments)
        for spot in spots:
            name, field, component, subcomponent = _parts(spot)
            for segment in within:
                if segment.name == name and (told := segment.text(field, component, subcomponent)):
                    return told, segment.place(field, component)
        return "", self._group.place

    def _missing(self, spots: Spots) -> Place:
        name, field, component, _ = _parts(spots[0]) if spots else (self._group.place.segment, 0, 0, 0)
        segment = self._group.first(name)
        return segment.place(field, component) if segment else self._group.place


def _moment(told: str, place: Place, calendar: WorkingCalendar) -> tuple[datetime, tuple[str, ...]]:
    try:
        moment = read_time(told, calendar)
    except ValueError as error:
        raise MessageFaultError(Fault(102, str(error), place)) from None
    return moment.instant_utc, moment.doubts


def _parts(spot: str) -> tuple[str, int, int, int]:
    name, _, path = spot.partition("-")
    field, component, subcomponent = [*(int(it) for it in path.split(".")), 1, 1][:3]
    return name, field, component, subcomponent


def _folded(table: Table[str, _Meaning]) -> dict[str, _Meaning]:
    return {key.casefold(): meaning for key, meaning in table.items()}


def _bare(number: str) -> str:
    return "".join(filter(str.isalnum, number)).casefold()


def _unprintable(place: Place) -> Fault:
    return Fault(102, "holds characters that cannot be printed; send letters, digits and signs only", place)
