"""The answer to a message, by the standard: original or enhanced mode, what was wrong and where, each order's state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from worklist.intake.hl7.characters import CODECS, escape
from worklist.intake.hl7.faults import CODES, REJECTING, Fault
from worklist.intake.hl7.message import Header
from worklist.intake.hl7.times import write_time

Answer = Literal["AA", "AE", "AR"]
"""Accepted, error, rejected: MSA-1 in the original mode."""

VERSIONS: Final = ("2.3", "2.3.1", "2.4", "2.5", "2.5.1")
"""MSH-12 of messages that are read."""

RESPONSES: Final = {
    ("OML", "O21"): ("ORL", "O22"),
    ("OML", "O33"): ("ORL", "O34"),
    ("ORM", "O01"): ("ORR", "O02"),
}
"""Kinds of messages that are read, and what answers each."""

_TOLD: Final = 250
"""Characters of a text in an answer at most, as MSA-3 has them."""


@dataclass(frozen=True)
class OrderState:
    """What is answered of one order."""

    control_code: str
    """HL7 table 0119: OK, UA unable to accept, XR changed, UX unable to, CR cancelled, UC unable to, SR status."""
    order_number: str
    accession_number: str
    status: str = ""
    """HL7 table 0038; empty where nobody asked."""


@dataclass(frozen=True)
class Verdict:
    """What became of a message."""

    faults: tuple[Fault, ...]
    orders: tuple[OrderState, ...] = ()

    @property
    def answer(self) -> Answer:
        """Rejected where it is of a kind that is never taken; an error where any order of it was left out."""
        wrong = {fault.code for fault in self.faults if fault.severity == "E"}
        if wrong & REJECTING:
            return "AR"
        return "AE" if wrong else "AA"


def answers(header: Header, verdict: Verdict, number: str, now: datetime, *, plain: bool = False) -> tuple[bytes, ...]:
    """The messages that answer one: none, one or two, as its MSH-15 and MSH-16 ask.

    The first of two says that it is on the list, since nothing is accepted before it is; the second is the
    application's. number: of the answers, unique. now: on the site's clocks. plain: ACK whatever was sent.
    """
    accept, application = header.raw(15).strip().upper(), header.raw(16).strip().upper()
    if not accept and not application:
        return (_answer(header, verdict, verdict.answer, number, now, plain=plain),)
    told = []
    if _is_wanted(accept, verdict.answer):
        commit = verdict.answer.replace("A", "C", 1)
        told.append(_answer(header, Verdict(verdict.faults), commit, f"{number}C", now, plain=True))
    if _is_wanted(application, verdict.answer):
        told.append(_answer(header, verdict, verdict.answer, number, now, plain=plain))
    return tuple(told)


def _is_wanted(condition: str, answer: Answer) -> bool:
    """HL7 table 0155: AL always, NE never, ER only of errors and rejects, SU only of successes."""
    good = answer == "AA"
    return {"AL": True, "ER": not good, "SU": good}.get(condition, False)


def _answer(header: Header, verdict: Verdict, code: str, number: str, now: datetime, *, plain: bool) -> bytes:
    marks = header.delimiters
    codec = CODECS.get(header.character_set.upper(), "ascii")
    version = header.part(12, 1) if header.part(12, 1) in VERSIONS else VERSIONS[-1]
    event = header.kind[1]
    parts = ["ACK", event, "ACK"] if event else ["ACK"]
    if not plain and verdict.answer != "AR" and header.kind in RESPONSES:
        name, answered_event = RESPONSES[header.kind]
        parts = [name, answered_event, f"{name}_{answered_event}"]
    kind = marks.component.join(parts if version in ("2.5", "2.5.1") else parts[:2])

    def wire(text: str) -> str:
        """A text in the message's own characters, a character a byte, as the header's fields are."""
        return escape(text[:_TOLD], marks).encode(codec, "replace").decode("latin-1")

    def segment(name: str, *fields: str) -> str:
        return marks.field.join((name, *fields)).rstrip(marks.field)

    msh = (
        marks.encoding_characters,
        *(header.raw(field) for field in (5, 6, 3, 4)),
        *(write_time(now), "", kind, number, header.raw(11), version),
        *("", "", "NE" if header.raw(15) or header.raw(16) else "", "NE" if header.raw(16) else "", ""),
        header.raw(18),
    )
    wrong = [fault for fault in verdict.faults if fault.severity == "E"]
    first = wire(str(wrong[0])) if wrong else ""
    if version in ("2.5", "2.5.1"):
        told = [_error(fault, header, wire) for fault in verdict.faults]
        lines = [segment("MSA", code, header.raw(10)), *(segment("ERR", *fields) for fields in told)]
    else:
        error = _coded(wrong[0].code, marks.component) if wrong else ""
        lines = [segment("MSA", code, header.raw(10), first, "", "", error)]
        lines += [segment("ERR", marks.repetition.join(_old_error(it, header) for it in wrong))] if wrong else []
    if not kind.startswith("ACK"):
        for order in verdict.orders:
            numbers = (wire(order.order_number), wire(order.accession_number))
            lines.append(segment("ORC", order.control_code, *numbers, "", order.status))
    text = "".join(f"{line}\r" for line in (segment("MSH", *msh), *lines))
    return text.encode("latin-1", "replace")


def _error(fault: Fault, header: Header, wire: Callable[[str], str]) -> tuple[str, ...]:
    """The fields of an ERR segment from version 2.5 on: place, code, severity, and the words for a person."""
    c, place = header.delimiters.component, fault.place
    numbers = (place.segment, place.occurrence, place.field, 1 if place.field else 0, place.component) if place else ()
    location = c.join(str(it) if it else "" for it in numbers).rstrip(c)
    return ("", location, _coded(fault.code, c), fault.severity, "", "", "", wire(fault.text))


def _old_error(fault: Fault, header: Header) -> str:
    """ERR-1 before version 2.5: segment, its number, field, code."""
    place, c = fault.place, header.delimiters.component
    numbers = (place.segment, str(place.occurrence), str(place.field or "")) if place else ("", "", "")
    return c.join((*numbers, _coded(fault.code, header.delimiters.subcomponent)))


def _coded(code: int, separator: str) -> str:
    return separator.join((str(code), CODES[code], "HL70357"))
