"""Reading elements out of a resource that was checked: concepts, identifiers and references, alike in R4 and R5."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from worklist.intake.fhir.documents import Entry, Json

_RELATIVE: Final = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]*)?")
_IDENTIFIER_TYPES: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"


@dataclass(frozen=True)
class Coding:
    """A code, its system, or the words that stand in place of both."""

    system: str
    code: str
    words: str


@dataclass(frozen=True)
class Identifier:
    """An identifier: its number, whose it is, and of which type (HL7 table 0203)."""

    system: str
    value: str
    types: frozenset[str]


def items(value: object) -> list[Json]:
    """The objects of an element that is one or many."""
    found = value if isinstance(value, list) else [value]
    return [it for it in found if isinstance(it, dict)]


def text(value: object) -> str:
    """A string, trimmed; empty where there is none."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def codings(value: object) -> Iterator[Coding]:
    """The codes of CodeableConcepts, or of CodeableReferences (R5) that hold concepts; at last their own words."""
    for it in items(value):
        concept = it.get("concept", it)
        for coding in items(concept.get("coding", [])):
            yield Coding(text(coding.get("system")), text(coding.get("code")), text(coding.get("display")))
        if words := text(concept.get("text")):
            yield Coding("", "", words)


def references(value: object) -> list[Json]:
    """References, or those inside CodeableReferences (R5)."""
    found = [it.get("reference") if isinstance(it.get("reference"), dict) else it for it in items(value)]
    return [it for it in found if isinstance(it, dict)]


def identifiers(*values: object) -> list[Identifier]:
    """Identifiers that have a value."""
    found = []
    for it in (identifier for value in values for identifier in items(value)):
        types = {coding.code for coding in codings(it.get("type")) if coding.system in ("", _IDENTIFIER_TYPES)}
        if value := text(it.get("value")):
            found.append(Identifier(text(it.get("system")), value, frozenset(types)))
    return found


class Neighbours:
    """The other resources of the same message, for references to be followed."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self._by_url: dict[str, Json] = {it.full_url: it.resource for it in entries if it.full_url}
        for it in entries:
            if identity := text(it.resource.get("id")):
                self._by_url.setdefault(f"{it.resource['resourceType']}/{identity}", it.resource)

    def find(self, reference: Mapping[str, Any], owner: Json) -> Json | None:
        """What a reference points at, where it lies in the same message or within its owner."""
        target = text(reference.get("reference"))
        if target.startswith("#"):
            contained = items(owner.get("contained", []))
            return next((it for it in contained if it.get("id") == target[1:]), None)
        return self._by_url.get(target) or self._by_url.get(relative(target))

    def name(self, reference: Mapping[str, Any], owner: Json) -> str:
        """The name under which the target of a reference is known; empty where it cannot be told."""
        found = self.find(reference, owner)
        if found is not None:
            return name_of(found, owner=owner if found in items(owner.get("contained", [])) else None)
        return relative(text(reference.get("reference"))) or next(
            (it.value for it in identifiers(reference.get("identifier"))), ""
        )


def relative(target: str) -> str:
    """Type/id of a reference, whatever server it names; empty where it is of another form."""
    found = _RELATIVE.fullmatch(target)
    return f"{found[1]}/{found[2]}" if found else ""


def name_of(resource: Json, owner: Json | None = None) -> str:
    """The name that a resource keeps through all its versions: type and id, else its first identifier; or empty."""
    kind, identity = resource["resourceType"], text(resource.get("id"))
    if owner is not None:
        return f"{name_of(owner)}#{identity}"
    if identity:
        return f"{kind}/{identity}"
    first = next(iter(identifiers(resource.get("identifier"))), None)
    return f"{kind}?{first.system}|{first.value}" if first else ""
