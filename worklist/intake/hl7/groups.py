"""Which segments of an order message belong together: one group an order, with its specimens.

In OML^O33 the specimen comes first and its orders follow; in OML^O21 and ORM^O01 the order comes first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from worklist.intake.hl7.faults import Place
from worklist.intake.hl7.message import Message, Segment

_PATIENT = frozenset({"MSH", "PID", "PV1"})
_SPECIMEN = frozenset({"SPM", "SAC"})
_ORDER = frozenset({"ORC", "TQ1", "OBR"})


@dataclass
class OrderGroup:
    """One order: its ORC and what follows, the specimens it is for, and what it shares with the message's others."""

    patient: list[Segment]
    order: list[Segment]
    specimens: list[list[Segment]] = field(default_factory=list)
    """Of each specimen its SPM, and the SAC of its containers."""

    @property
    def place(self) -> Place:
        """Of its first segment."""
        return self.order[0].place()

    def first(self, name: str) -> Segment | None:
        """Its first segment of that name."""
        return next((it for it in self.segments() if it.name == name), None)

    def segments(self, specimen: list[Segment] | None = None) -> Iterable[Segment]:
        """Its segments, or with one of its specimens only: that specimen's and all that are of no specimen."""
        told = self.specimens if specimen is None else [specimen]
        return [*self.order, *(it for one in told for it in one), *self.patient]


def order_groups(message: Message) -> list[OrderGroup]:
    """The orders of a message, in its order. A group without an ORC begins with its OBR."""
    specimen_first = message.header.kind[1] == "O33"
    patient: list[Segment] = []
    groups: list[OrderGroup] = []
    before: list[list[Segment]] = []
    for segment in message.segments:
        if segment.name in _PATIENT:
            patient.append(segment)
        elif segment.name in _SPECIMEN:
            if specimen_first:
                if segment.name == "SPM" or not before:
                    before = [[segment]]
                else:
                    before[-1].append(segment)
            elif groups:
                specimens = groups[-1].specimens
                if segment.name == "SPM" or not specimens:
                    specimens.append([segment])
                else:
                    specimens[-1].append(segment)
        elif segment.name in _ORDER:
            begins = not groups or segment.name == "ORC"
            without_orc = segment.name == "OBR" and bool(groups) and any(it.name == "OBR" for it in groups[-1].order)
            if begins or without_orc:
                groups.append(OrderGroup(patient, [segment], [*before]))
            else:
                groups[-1].order.append(segment)
    return groups
