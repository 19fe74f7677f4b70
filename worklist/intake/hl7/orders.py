"""An order message as orders for the list: what its groups ask for, and what is wrong with the others."""

import hashlib
from dataclasses import dataclass

from worklist.calendar import WorkingCalendar
from worklist.intake.hl7.faults import Fault, MessageFaultError, Place
from worklist.intake.hl7.groups import order_groups
from worklist.intake.hl7.mapping import Mapping
from worklist.intake.hl7.message import Message
from worklist.intake.hl7.reading import Asked, GroupReading, Sender
from worklist.trail.identity_guard import find_identity


@dataclass(frozen=True)
class OrdersRead:
    """What a message asks for, and what could not be read of it."""

    asked: tuple[Asked, ...]
    faults: tuple[Fault, ...]
    """Of severity E: of an order that was left out. W: noted."""


def read_orders(message: Message, mapping: Mapping, calendar: WorkingCalendar) -> OrdersRead:
    """Reads every order of a message; one that cannot be read does not keep the others out.

    Groups of one order (as for several specimens) become one. Raises MessageFaultError where nothing can be read.
    """
    sender = Sender.of(message, calendar)
    groups = order_groups(message)
    if not groups:
        text = "the message holds no order: each begins with an ORC segment, followed by OBR"
        raise MessageFaultError(Fault(100, text, Place("ORC")))
    asked: dict[tuple[str, str, str], Asked] = {}
    faults = [*message.doubts, *sender.doubts]
    for index, group in enumerate(groups, start=1):
        try:
            one = _numbered(GroupReading(group, mapping, calendar, faults).asked(sender), index)
        except MessageFaultError as error:
            faults += error.faults
            continue
        key = (one.wish, one.order.order_number, one.order.accession_number)
        asked[key] = _together(asked[key], one) if key in asked else one
    return OrdersRead(tuple(asked.values()), tuple(dict.fromkeys(faults)))


def _together(one: Asked, other: Asked) -> Asked:
    """Two groups of one order, as for two specimens of it; of what is told once, the first counts."""
    known = {it.number for it in one.order.specimens}
    further = [it for it in other.order.specimens if it.number not in known]
    urgencies = [it for it in (one.order.urgency, other.order.urgency) if it is not None]
    order = one.order.model_copy(
        update={
            "specimens": (*one.order.specimens, *further),
            "urgency": min(urgencies, default=None),
            "received_utc": min(filter(None, (one.order.received_utc, other.order.received_utc)), default=None),
            "pathway": one.order.pathway or other.order.pathway,
        }
    )
    return Asked(one.wish, one.control_code, order, one.place)


def _numbered(asked: Asked, index: int) -> Asked:
    """The order with the message's number, which its place in the message makes its own.

    A number that looks like a patient's is not kept; its hash stands for it.
    """
    number = asked.order.message_id
    if find_identity(number):
        number = hashlib.sha256(number.encode()).hexdigest()
    if index > 1:
        number = f"{number}/{index}"
    return Asked(asked.wish, asked.control_code, asked.order.model_copy(update={"message_id": number}), asked.place)
