"""What can be wrong with an HL7 v2 message: a code of table 0357, the place, and in words what is allowed there."""

from dataclasses import dataclass
from typing import Final, Literal

from worklist.errors import IntakeError

Severity = Literal["E", "W", "I"]
"""E: it was not done. W: it was done, and something was passed over or assumed. I: it was done."""

CODES: Final[dict[int, str]] = {
    0: "Message accepted",
    100: "Segment sequence error",
    101: "Required field missing",
    102: "Data type error",
    103: "Table value not found",
    200: "Unsupported message type",
    201: "Unsupported event code",
    202: "Unsupported processing id",
    203: "Unsupported version id",
    204: "Unknown key identifier",
    205: "Duplicate key identifier",
    206: "Application record locked",
    207: "Application internal error",
}
"""HL7 table 0357, message error condition codes."""

REJECTING: Final[frozenset[int]] = frozenset({200, 201, 202, 203})
"""Codes of what this receiver never takes, whatever the content: answered with a reject, not with an error."""


@dataclass(frozen=True)
class Place:
    """A place in a message; numbers count from 1, and 0 means that the fault is of what holds it."""

    segment: str
    occurrence: int = 1
    """Which of the segments of that name."""
    field: int = 0
    component: int = 0

    def __str__(self) -> str:
        name = self.segment if self.occurrence == 1 else f"{self.segment}[{self.occurrence}]"
        if not self.field:
            return name
        return f"{name}-{self.field}.{self.component}" if self.component > 1 else f"{name}-{self.field}"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, or was noted."""

    code: int
    """A key of CODES."""
    text: str
    """What is wrong and what is allowed; never a patient's identity."""
    place: Place | None = None
    severity: Severity = "E"

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


class MessageFaultError(IntakeError):
    """A message, or an order in it, cannot be taken."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults
