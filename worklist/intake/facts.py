"""What messages tell of an order, fact by fact, so that it is the same in whatever order and however often they arrive.

Every fact carries the stamp of the message that told it, and the newest stamp wins. Joining is commutative, associative
and idempotent (a join-semilattice), which is all that "any order of arrival, duplicates harmless" asks for. What a
message leaves out it does not take back.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue

from worklist.cases import UtcDatetime
from worklist.intake.events import Order, OrderedSpecimen

_RANK: Final = {"new": 0, "change": 1, "cancel": 2}
"""Of two messages of the same second, which was sent later."""

_SPECIMEN: Final = "specimen "


class Fact(BaseModel):
    """One thing that was told, and the stamp of the message that told it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stamp: str
    """Time of sending, kind and number of the message; the later message has the greater stamp."""
    value: JsonValue


class OrderFacts(BaseModel):
    """All that is told of one order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_sent_utc: UtcDatetime
    """When its oldest message was sent."""
    facts: dict[str, Fact]

    @property
    def cancelled_utc(self) -> datetime | None:
        """When the requester took it back; None where it stands."""
        state = self.facts["state"]
        return datetime.fromisoformat(str(state.value)) if state.value is not None else None

    @property
    def newest(self) -> str:
        """The stamp of the newest message."""
        return max(fact.stamp for fact in self.facts.values())

    @property
    def specimens(self) -> dict[str, tuple[str, OrderedSpecimen]]:
        """Its specimens by number, each with the stamp of the message that told it."""
        told = [fact for key, fact in self.facts.items() if key.startswith(_SPECIMEN)]
        found = [(fact.stamp, OrderedSpecimen.model_validate(fact.value)) for fact in told]
        return {specimen.number: (stamp, specimen) for stamp, specimen in found}


def facts_of(order: Order, patient_key: str | None) -> OrderFacts:
    """The facts that one message tells. patient_key: the keyed hash that stands for its patient."""
    told: dict[str, JsonValue] = {
        "pathway": order.pathway,
        "urgency": order.urgency,
        "received": order.received_utc.isoformat() if order.received_utc else None,
        "site": order.site,
        "subspecialty": order.subspecialty,
        "patient": patient_key,
    }
    told |= {f"{_SPECIMEN}{it.number}": it.model_dump(mode="json") for it in order.specimens}
    told = {key: value for key, value in told.items() if value not in (None, "")}
    told["state"] = order.sent_utc.isoformat() if order.action == "cancel" else None
    stamp = stamp_of(order)
    facts = {key: Fact(stamp=stamp, value=value) for key, value in told.items()}
    return OrderFacts(first_sent_utc=order.sent_utc, facts=facts)


def stamp_of(order: Order) -> str:
    """The stamp of a message; texts that sort as the messages were sent."""
    return f"{order.sent_utc:%Y-%m-%dT%H:%M:%S.%f} {_RANK[order.action]} {order.message_id}"


def joined(one: OrderFacts, other: OrderFacts) -> OrderFacts:
    """What both tell together: of each fact the newest, whichever of the two it stands in."""
    facts = dict(one.facts)
    for key, fact in other.facts.items():
        facts[key] = max(fact, facts.get(key, fact), key=lambda it: it.stamp)
    first = min(one.first_sent_utc, other.first_sent_utc)
    return OrderFacts(first_sent_utc=first, facts=dict(sorted(facts.items())))


def heard(orders: Iterable[OrderFacts], key: str) -> list[JsonValue]:
    """What the orders of a case tell of one thing: those that stand, or where none of them tells it, all of them."""
    telling = [order for order in orders if key in order.facts]
    standing = [order for order in telling if order.cancelled_utc is None]
    return [order.facts[key].value for order in standing or telling]


def newest(orders: Iterable[OrderFacts], key: str) -> str:
    """What the newest message that tells it says; empty where none does."""
    told = [order.facts[key] for order in orders if key in order.facts]
    return str(max(told, key=lambda fact: (fact.stamp, str(fact.value))).value) if told else ""
