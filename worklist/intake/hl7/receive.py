"""A message into the store, and its answer: the last step before the wire, whatever brought the message."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog

from worklist.errors import SiteKeyError, StoreError, UnknownCaseError, WorklistError
from worklist.intake.accession import accession_text
from worklist.intake.apply import apply_order
from worklist.intake.events import Applied
from worklist.intake.hl7.acknowledge import RESPONSES, VERSIONS, Answer, OrderState, Verdict, answers
from worklist.intake.hl7.faults import REJECTING, Fault, MessageFaultError, Place
from worklist.intake.hl7.framing import Block, FramingFault
from worklist.intake.hl7.mapping import Mapping
from worklist.intake.hl7.message import Header, read_header, read_message
from worklist.intake.hl7.orders import read_orders
from worklist.intake.hl7.reading import Asked
from worklist.pathways import PathwayTable
from worklist.people import Actor
from worklist.store.store import Store
from worklist.trail.chain import Told
from worklist.trail.identity_guard import mask_identity
from worklist.watching.operations import raise_operation

log = structlog.get_logger()

_GRANTED: Final = {"new": "OK", "change": "XR", "cancel": "CR", "status": "SR"}
_DENIED: Final = {"new": "UA", "change": "UX", "cancel": "UC", "status": "SR"}
_AWAY: Final = "the list could not be written just now, so this is not on it; send the message again"
_NO_KEY: Final = (
    "the site's key for patients' numbers must be put back first, so this is not on the list; then send again"
)
_FRAMING: Final = {
    "no start": "bytes came outside of any block; a message begins with the byte 0B",
    "cut short": "a message was cut short; it ends with the bytes 1C 0D",
    "no end": "a block's end mark 1C was not followed by 0D",
    "too large": "a message was longer than is taken; send fewer orders in a message",
}


@dataclass(frozen=True)
class Received:
    """What became of a message."""

    code: Answer
    answers: tuple[bytes, ...]
    """What goes back to the sender, in this order; empty where it asked for nothing or cannot be answered."""
    verdict: Verdict
    kind: str
    """Such as OML^O21, for the log; "other" for one that is not taken, whatever it says of itself."""


@dataclass(frozen=True)
class Receiver:
    """Takes messages for one list."""

    store: Store
    pathways: PathwayTable
    mapping: Mapping
    home: Path
    """Forrang's home folder, where the site's key is."""

    def take(self, one: Block | FramingFault, peer: str) -> Received:
        """Takes what a line or a file held: a message, or bytes that are none."""
        return self.receive(one.message, peer) if isinstance(one, Block) else self.broken(one, peer)

    def receive(self, message: bytes, peer: str) -> Received:
        """Puts every order of a message into the store, and answers when they are there.

        peer: from where it came, for the audit trail. Nothing that the message holds is raised: the answer tells it.
        An acknowledgement is never answered, so that two systems do not go on thanking each other.
        """
        actor = Actor("hl7", "system", f"hl7 {peer}")
        header = read_header(message)
        if header is not None and header.kind[0] == "ACK":
            return Received("AA", (), Verdict(()), "ACK")
        try:
            verdict, left_out = self._verdict(message, header, actor)
        except Exception as error:  # noqa: BLE001 - one message must not stop the next, and its text is not to be logged
            log.warning("hl7 message not handled", error=type(error).__name__)
            verdict = left_out = Verdict((Fault(207, "this message could not be handled; the program has a fault"),))
        self._tell_a_person(header, left_out, peer, actor)
        return self._answered(header, verdict)

    def _verdict(self, message: bytes, header: Header | None, actor: Actor) -> tuple[Verdict, Verdict]:
        """What became of a message, and the part of it that the store knows nothing of."""
        try:
            if header is not None:
                _check_kind(header, self.mapping)
            told = read_message(message, self.mapping.character_set)
            read = read_orders(told, self.mapping, self.pathways.calendar)
        except MessageFaultError as error:
            return Verdict(error.faults), Verdict(error.faults)
        done = [self._apply(asked, actor) for asked in read.asked]
        faults = (*read.faults, *(fault for faults, _ in done for fault in faults))
        return Verdict(faults, tuple(state for _, state in done)), Verdict(read.faults)

    def broken(self, fault: FramingFault, peer: str) -> Received:
        """Counts bytes that are no whole message, has a person told, and answers where a header can be read.

        What was cut short is not answered: its sender is not waiting any more, and sends it again. Each of the others
        is told by its number, since no later one may hide that an order is not on the list.
        """
        verdict = Verdict((Fault(207, _FRAMING[fault.kind]),))
        header = None if fault.kind == "cut short" else read_header(fault.head)
        self._tell_a_person(header, verdict, peer, Actor("hl7", "system", f"hl7 {peer}"))
        return self._answered(header, verdict)

    def _answered(self, header: Header | None, verdict: Verdict) -> Received:
        kind = "^".join(header.kind) if header is not None and header.kind in RESPONSES else "other"
        if header is None:
            return Received(verdict.answer, (), verdict, kind)
        number = uuid4().hex[:19]
        now = self.store.now().astimezone(self.pathways.calendar.zone)
        plain = self.mapping.answer == "plain"
        return Received(verdict.answer, answers(header, verdict, number, now, plain=plain), verdict, kind)

    def _apply(self, asked: Asked, actor: Actor) -> tuple[tuple[Fault, ...], OrderState]:
        order = asked.order.model_copy(update={"patient_expected": True})
        numbers = (order.order_number, order.accession_number)
        try:
            if asked.wish == "status":
                return (), OrderState("SR", *numbers, self._status(accession_text(order.accession_number)))
            applied = apply_order(self.store, order, self.pathways, actor, self.home)
        except UnknownCaseError:
            fault = Fault(204, "no case of this number is on the list", asked.place)
            return (fault,), OrderState("SR", *numbers, "ER")
        except WorklistError as error:
            log.warning("hl7 order not written", error=type(error).__name__, because=mask_identity(str(error)))
            if isinstance(error, SiteKeyError):
                self._ask_for_the_key(actor)
            words = _NO_KEY if isinstance(error, SiteKeyError) else _AWAY
            return (Fault(207, words, asked.place),), OrderState(_DENIED[asked.wish], *numbers)
        return _told(applied, asked.place), OrderState(_state_code(asked, applied), *numbers)

    def _ask_for_the_key(self, actor: Actor) -> None:
        """Has a person told why no order comes in: its sender can only send it again."""
        text = "No order comes in: the site's key for patients' numbers is missing here, damaged, or another store's."
        text += " `forrang doctor` says which file; put it back from its backup. The senders keep the orders meanwhile."
        told: Told = {"what": "refused message", "code": 207}
        with suppress(StoreError), self.store.acting(actor, "take in", None, told) as session:
            raise_operation(session, "refused message", "HL7: the site's key", text, self.store.now())

    def _status(self, accession_number: str) -> str:
        """Status of an order by HL7 table 0038. Raises UnknownCaseError."""
        case = self.store.case(accession_number)
        if not case.is_open:
            return "CM"
        if case.order_cancelled_utc is not None:
            return "CA"
        return "SC" if case.state == "received" else "IP"

    def _tell_a_person(self, header: Header | None, verdict: Verdict, peer: str, actor: Actor) -> None:
        """Puts what was refused here on the operations list; what the store refused is there already."""
        wrong = [fault for fault in verdict.faults if fault.severity == "E"]
        if not wrong:
            return
        source = f"HL7 from {peer}"
        if header is not None and any(header.raw(field) for field in (3, 4)):
            source = " at ".join(filter(None, (_readable(header.raw(field)) for field in (3, 4))))
        subject = source
        if header is not None:
            kinds = "^".join(header.kind) if wrong[0].code in REJECTING else ""
            subject = f"{source}, {kinds} messages" if kinds else f"{source}, message {_readable(header.control_id)}"
        words = "; ".join(str(fault) for fault in wrong)[:1000]
        text = mask_identity(f"A message was refused: {words}. Have its sender correct it and send it again.")
        try:
            told: Told = {"what": "refused message", "code": wrong[0].code}
            with self.store.acting(actor, "take in", None, told) as session:
                raise_operation(session, "refused message", mask_identity(subject), text, self.store.now())
        except StoreError:
            log.warning("hl7 refusal not written", code=wrong[0].code)


def _check_kind(header: Header, mapping: Mapping) -> None:
    """Raises MessageFaultError for a message of a kind, version or purpose that is not taken here."""
    if header.kind not in RESPONSES:
        allowed = ", ".join("^".join(kind) for kind in RESPONSES)
        if header.kind[0] == "ORU":
            text = f"results are not taken here: this is a receiver of orders ({allowed}); send results to the LIS"
            raise MessageFaultError(Fault(200, text, Place("MSH", 1, 9)))
        types = {kind for kind, _ in RESPONSES}
        code = 201 if header.kind[0] in types else 200
        raise MessageFaultError(Fault(code, f"is not taken here; allowed are: {allowed}", Place("MSH", 1, 9)))
    if header.part(12, 1) not in VERSIONS:
        text = f"this version is not read; allowed are: {', '.join(VERSIONS)}"
        raise MessageFaultError(Fault(203, text, Place("MSH", 1, 12)))
    if header.part(11, 1).upper() not in mapping.processing_ids:
        text = f"messages of this processing id are not taken; allowed are: {', '.join(mapping.processing_ids)}"
        raise MessageFaultError(Fault(202, text, Place("MSH", 1, 11)))


def _told(applied: Applied, place: Place) -> tuple[Fault, ...]:
    if applied.outcome == "refused":
        return (Fault(205, applied.message, place),)
    return (Fault(0, applied.message, place, "I"),) if applied.message else ()


def _state_code(asked: Asked, applied: Applied) -> str:
    return (_DENIED if applied.outcome == "refused" else _GRANTED)[asked.wish]


def _readable(raw: str) -> str:
    text = raw.encode("latin-1", "replace").decode("utf-8", "replace")
    return "".join(it if it.isprintable() else "?" for it in text)[:100]
