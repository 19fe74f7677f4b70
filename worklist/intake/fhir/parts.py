"""What a ServiceRequest, Specimen or Task tells of an order, without whom it is about."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

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
    stamps: dict[str, str] = {}
    """When each thing was told, where versions were joined."""


_JOINED: Final = (
    *("request", "accession_number", "order_number", "pathway", "urgency", "received_utc", "site", "subspecialty"),
    *("specimens", "specimen"),
)
"""What a version may leave out."""


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


def joined(one: Part, other: Part) -> Part:
    """What two versions of a resource tell together: of each thing what the newest version says that tells it.

    It is the same in whatever order and however often versions are joined; what a version leaves out it does not take
    back. Of two that were sent at once, the one that takes the order back counts.
    """
    older, newest = sorted((_stamped(one), _stamped(other)), key=_stamp)
    kept = {}
    for name in _JOINED:
        if older.stamps.get(name, "") > newest.stamps.get(name, ""):
            kept[name] = getattr(older, name)
    stamps = {name: max(it.stamps.get(name, "") for it in (older, newest)) for name in older.stamps | newest.stamps}
    return newest.model_copy(update={**kept, "stamps": stamps})


def _stamped(part: Part) -> Part:
    """With the stamp of its version on everything that it tells, where it has none yet."""
    if part.stamps:
        return part
    return part.model_copy(update={"stamps": {name: _stamp(part) for name in _JOINED if getattr(part, name)}})


def _stamp(part: Part) -> str:
    """Sorts as the versions were made."""
    version = part.version if part.version.isdecimal() else ""
    back = int(part.standing == "taken back")
    return f"{part.sent_utc:%Y-%m-%dT%H:%M:%S.%f} {version:0>20} {back} {part.digest}"
