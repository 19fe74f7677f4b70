"""What is wrong with, or to be known of, a FHIR message: by element and in words, never with a value."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from worklist.errors import IntakeError

Version = Literal["R4", "R5"]
"""R4 is checked as R4B, whose ServiceRequest, Specimen, Task and Bundle are those of R4 (4.0.1)."""

Severity = Literal["error", "warning", "information"]

_ALL_WELL: Final = "taken in"


@dataclass(frozen=True)
class Fault:
    """One thing to be said of one element."""

    severity: Severity
    code: str
    """Of http://hl7.org/fhir/issue-type."""
    path: str
    """The element, such as Bundle.entry[1].resource.status."""
    text: str
    """What is wrong and what is allowed."""

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.path, self.severity, self.text)))

    def under(self, place: str) -> "Fault":
        """The same, of a resource that lies at that place of a Bundle or file."""
        return Fault(self.severity, self.code, f"{place}.{self.path.partition('.')[2]}".rstrip("."), self.text)


class UnreadableMessageError(IntakeError):
    """A message cannot be read as FHIR at all."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.path}: {fault.text}")
        self.fault = fault


def unreadable(path: str, text: str, code: str = "structure") -> UnreadableMessageError:
    """The error of a message, or a part of it, that cannot be read."""
    return UnreadableMessageError(Fault("error", code, path, text))


def has_errors(faults: Iterable[Fault]) -> bool:
    """Whether something is so wrong that the resource is not taken."""
    return any(fault.severity == "error" for fault in faults)


def operation_outcome(faults: Iterable[Fault]) -> dict[str, Any]:
    """The faults as a FHIR OperationOutcome; the same in R4 and R5."""
    told = list(faults) or [Fault("information", "informational", "", _ALL_WELL)]
    return {"resourceType": "OperationOutcome", "issue": [_issue(fault) for fault in told]}


def _issue(fault: Fault) -> dict[str, Any]:
    issue: dict[str, Any] = {"severity": fault.severity, "code": fault.code, "diagnostics": fault.text}
    return issue | {"expression": [fault.path]} if fault.path else issue
