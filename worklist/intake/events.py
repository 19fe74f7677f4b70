"""What the hospital's systems tell, whatever language they told it in: an order, and a slide that arrived.

HL7, FHIR, DICOM, files and folders are each turned into these; `worklist.intake.apply` puts them into the store.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from worklist.cases import SpecimenKind, UtcDatetime


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OrderedSpecimen(_Told):
    """A specimen that an order speaks of."""

    number: str = Field(min_length=1, max_length=64)
    kind: SpecimenKind = "tissue"
    description: str = ""
    blocks: tuple[str, ...] = ()
    """Labels of its blocks, such as "1A"."""


class Order(_Told):
    """An order for a case: new, changed, or taken back."""

    action: Literal["new", "change", "cancel"]
    source: str = Field(min_length=1)
    """The sending system, such as its HL7 application and facility; never an address alone."""
    message_id: str = Field(min_length=1)
    """The message's own number; the same one from the same source again does nothing."""
    sent_utc: UtcDatetime
    """When it was sent; of each fact, the newest message that tells it decides, in whatever order they arrive."""
    order_number: str = Field(min_length=1, max_length=64)
    """The requester's (placer's) number."""
    accession_number: str = Field(min_length=1, max_length=64)
    pathway: str = ""
    """Key or name of a pathway, as it was told; empty means routine."""
    specimens: tuple[OrderedSpecimen, ...] = ()
    received_utc: UtcDatetime | None = None
    """When the laboratory received it; None: when the message was sent."""
    urgency: int | None = Field(default=None, ge=1, le=5)
    """Where the order itself is more urgent than its pathway, 1 the most; it can raise and never lower."""
    site: str = ""
    subspecialty: str = ""
    patient_id: SecretStr | None = None
    """Turned into a keyed hash at once; never stored, logged or shown."""
    patient_expected: bool = False
    """Whether its sender names the patient in the order itself; then a new order without is told."""


class SlideArrival(_Told):
    """A slide's file that is complete."""

    path: Path
    source: str = Field(min_length=1)
    """The folder or system that it came from, by name."""
    accession_number: str | None = None
    """Of its case, as its name or attributes say; None where they do not."""
    slide_id: str | None = None
    block: str | None = None
    stain: str | None = None
    scanner: str | None = None
    arrived_utc: UtcDatetime
    problem: str | None = None
    """Why its case could not be told, where it could not."""
    unreadable: str | None = None
    """Why its file cannot be read; then it comes in as failed, with that reason."""
    same_as: Path | None = None
    """A slide of its case that is the same file under another name, where that was seen."""


class Applied(_Told):
    """What became of something that came in."""

    outcome: Literal["new", "changed", "unchanged", "matched", "unmatched", "refused"]
    accession_number: str | None = None
    message: str = ""
    """In words, for whoever sent it; no patient's identity."""
