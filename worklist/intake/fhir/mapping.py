"""What a site's codes mean here: which code is which pathway, kind of specimen, site and urgency. A file of its own."""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from worklist.cases import SpecimenKind
from worklist.errors import WorklistError
from worklist.intake.fhir.elements import Coding
from worklist.pathways import Mark
from worklist.yaml_file import read_yaml


class FhirMappingError(WorklistError):
    """The mapping of FHIR's codes cannot be used."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Rule(_Part):
    code: str = Field(min_length=1)
    """A code, or the start of one with * at its end; letters' case does not matter."""
    system: str = ""
    """Its system; empty: whatever system."""

    def holds_for(self, coding: Coding) -> bool:
        """Whether the coding is one of these; words that stand without a code are compared like one."""
        if self.system and coding.system != self.system:
            return False
        wanted, found = self.code.casefold(), (coding.code or coding.words).casefold()
        return found.startswith(wanted[:-1]) if wanted.endswith("*") else found == wanted


class PathwayRule(_Rule):
    """These codes mean that pathway."""

    pathway: str = Field(min_length=1)


class SpecimenRule(_Rule):
    """These codes mean that kind of specimen."""

    kind: SpecimenKind


class Urgencies(_Part):
    """How urgent FHIR's priorities are, 1 the most; null: as urgent as the pathway."""

    mark: Mark
    source: str
    stat: int | None = Field(ge=1, le=5)
    asap: int | None = Field(ge=1, le=5)
    urgent: int | None = Field(ge=1, le=5)
    routine: int | None = Field(ge=1, le=5)


class FhirMapping(_Part):
    """A mapping file."""

    accession_systems: tuple[str, ...] = ()
    """Systems whose identifiers are accession numbers; those of type ACSN always are."""
    patient_systems: tuple[str, ...] = ()
    """Systems of the patient's number, the first that is there counts; none of them: the first number that is."""
    pathways: tuple[PathwayRule, ...] = ()
    specimens: tuple[SpecimenRule, ...] = ()
    sites: Mapping[str, str] = {}
    """A reference (Organization/12), number or name of a performer or place, and the site's code here."""
    urgency: Urgencies

    def pathway(self, told: Iterable[Coding]) -> str:
        """The pathway that the first of the codes means for which there is a rule; empty where there is none."""
        rules = [rule for coding in told for rule in self.pathways if rule.holds_for(coding)]
        return rules[0].pathway if rules else ""

    def specimen_kind(self, told: Iterable[Coding]) -> SpecimenKind | None:
        """The kind of specimen, likewise."""
        rules = [rule for coding in told for rule in self.specimens if rule.holds_for(coding)]
        return rules[0].kind if rules else None

    def urgency_of(self, priority: str) -> int | None:
        """The urgency of a priority."""
        found = getattr(self.urgency, priority) if priority else None
        return found if isinstance(found, int) else None


def load_mapping(path: Path | None = None) -> FhirMapping:
    """Reads a mapping file, or the one that comes with Forrang. Raises FhirMappingError naming the field."""
    source = path if path is not None else files("worklist") / "data" / "fhir.yaml"
    return read_yaml(
        source,
        FhirMapping.model_validate,
        what="mapping file",
        mend="check FORRANG_FHIR_MAPPING, or unset it for the default",
        error=FhirMappingError,
    )
