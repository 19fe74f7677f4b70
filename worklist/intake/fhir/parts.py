"""What a ServiceRequest, Specimen or Task tells of an order, without whom it is about."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr

from worklist.cases import UtcDatetime
from worklist.intake.events import OrderedSpecimen
from worklist.intake.fhir.faults import Fault
from worklist.intake.fhir.mapping import FhirMapping
from worklist.pathways import PathwayTable

Kind = Literal["ServiceRequest", "Specimen", "Task"]

Standing = Literal["stands", "taken back", "no order"]
"""no order: a draft, a plan or a proposal; or a specimen that was entered in error."""


class Part(BaseModel):
    """What one resource tells; it holds no patient."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    name: str
    """Type and id, the same for all versions of the resource."""
    version: str
    sent_utc: UtcDatetime
    digest: str
    """Keyed hash of the whole resource, its patient included."""
    standing: Standing
    request: str = ""
    """Name or number of the ServiceRequest that it belongs to."""
    accession_number: str = ""
    order_number: str = ""
    pathway: str = ""
    urgency: int | None = None
    received_utc: UtcDatetime | None = None
    site: str = ""
    subspecialty: str = ""
    specimens: tuple[str, ...] = ()
    """Names of the specimens that a ServiceRequest speaks of."""
    specimen: OrderedSpecimen | None = None


@dataclass(frozen=True)
class ReadPart:
    """A part, whom it is about, and what is to be said of it. part: None where it is not taken."""

    part: Part | None
    patient_id: SecretStr | None
    faults: tuple[Fault, ...]
    contained: tuple[Part, ...] = ()
    """Specimens that lie within a ServiceRequest."""


@dataclass(frozen=True)
class Rules:
    """What a resource is read by."""

    mapping: FhirMapping
    pathways: PathwayTable
    now_utc: datetime
    keyed: Callable[[str], str]
    """The site's keyed hash of a text."""


def newer(one: Part, other: Part) -> bool:
    """Whether one version of a resource is not older than another; of two that were sent at once, the taking back."""
    return _stamp(one) >= _stamp(other)


def _stamp(part: Part) -> tuple[datetime, int, bool]:
    return part.sent_utc, int(part.version) if part.version.isdecimal() else -1, part.standing == "taken back"
