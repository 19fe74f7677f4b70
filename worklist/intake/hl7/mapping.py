"""Where in a message the things of an order stand, and what its codes mean: a site's own file, or the defaults.

A place is written as the standard does: OBR-3.1 is the first component of the third field of OBR. Of several
places, the first that is filled counts.
"""

from collections.abc import Mapping as Table
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from worklist.cases import SpecimenKind
from worklist.errors import IntakeError
from worklist.intake.hl7.characters import CODECS
from worklist.yaml_file import read_yaml

Spot = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{2}-[1-9]\d?(\.[1-9]\d?(\.[1-9]\d?)?)?$")]
"""A place such as PV1-3.4 or OBR-15.1.2 (the second subcomponent of the first component)."""

Spots = tuple[Spot, ...]

URGENCIES: Final[Table[str, int | None]] = {"S": 1, "A": 2, "P": 2, "T": 1, "C": None, "R": None, "PRN": None}
"""Priorities of HL7 tables 0485 and 0027 as the order's own urgency (A): stat, as soon as possible, before an
operation, timing critical; call back, routine and as needed raise nothing."""

SPECIMEN_KINDS: Final[Table[str, SpecimenKind]] = {
    "BIO": "biopsy",
    "FNA": "cytology",
    "CSF": "cytology",
    "SPT": "cytology",
    "TISS": "tissue",
    "258415003": "biopsy",
    "48469005": "cytology",
    "119376003": "tissue",
    "biopsy": "biopsy",
    "biopsi": "biopsy",
    "cytology": "cytology",
    "cytologi": "cytology",
    "resection": "resection",
    "resektat": "resection",
    "tissue": "tissue",
    "væv": "tissue",
}
"""BIO, FNA: how it was taken (HL7 table 0488). CSF, SPT, TISS: what it is (0487). Then SNOMED CT's biopsy sample,
cytologic material and tissue specimen; then words. Which kind a code means is an assumption (A) for a site to set."""


def _is_known(name: str) -> str:
    if name not in CODECS:
        raise ValueError(f"{name!r} is no character set that is read; allowed are: {', '.join(CODECS)}")
    return name


class Mapping(BaseModel):
    """How one site's messages are to be read; each field may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    character_set: Annotated[str, AfterValidator(_is_known)] = "ASCII"
    """Of messages whose MSH-18 is empty; ASCII by the standard."""
    processing_ids: tuple[str, ...] = ("P",)
    """MSH-11 of messages that are taken: P production; D and T would put trial orders onto the list."""
    answer: Literal["order response", "plain"] = "order response"
    """order response: ORL or ORR with the state of each order, by the standard. plain: ACK, whatever was sent."""
    accession_number: Spots = ("ORC-3.1", "OBR-3.1")
    order_number: Spots = ("ORC-2.1", "OBR-2.1", "ORC-3.1", "OBR-3.1")
    pathway: Spots = ("OBR-46.2", "OBR-46.1")
    """A pathway that is named; one that is not known is told."""
    pathway_code: Spots = ("OBR-4.1", "OBR-4.4")
    """Where no pathway is named: a code that tells it if it is in `pathways`; another means routine."""
    pathways: Table[str, str] = {}
    """What a site's own codes and names mean, as keys or names of the pathways file."""
    subspecialty: Spots = ("OBR-24.1",)
    subspecialties: Table[str, str] = {}
    site: Spots = ("PV1-3.4", "ORC-21.1", "MSH-4.1")
    sites: Table[str, str] = {}
    received: Spots = ("SPM-18", "OBR-14")
    urgency: Spots = ("TQ1-9.1", "ORC-7.6", "OBR-27.6", "OBR-5.1")
    urgencies: Table[str, Annotated[int, Field(ge=1, le=5)] | None] = {}
    """On top of URGENCIES."""
    specimen_number: Spots = ("SPM-2.2", "SPM-2.1", "SPM-1")
    specimen_kind: Spots = ("SPM-4.1", "SPM-4.4", "SPM-4.2", "SPM-7.1", "OBR-15.1.1", "OBR-15.1.2")
    """The first place whose value is in `specimen_kinds` counts, a word such as tissue only where none says more."""
    specimen_kinds: Table[str, SpecimenKind] = {}
    """On top of SPECIMEN_KINDS."""
    specimen_description: Spots = ("SPM-14.1", "SPM-4.2", "OBR-15.1.2")
    block: Spots = ("SAC-3.1",)
    """Containers of a specimen that are its blocks; empty where containers are jars."""
    patient_id_types: tuple[str, ...] = ("NNDNK", "NNDN", "NI")
    """PID-3.5 of the identifier that counts, the best first; without one of them, the first identifier."""


def load_mapping(path: Path | None) -> Mapping:
    """Reads a mapping file; without one, the defaults. Raises IntakeError naming the field and what is wrong."""
    if path is None:
        return Mapping()
    return read_yaml(
        path,
        lambda told: Mapping.model_validate({} if told is None else told),
        what="mapping file",
        mend="name a file that can be read",
        error=IntakeError,
    )
