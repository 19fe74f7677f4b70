"""Reads a resource that was checked into a part: its numbers, standing, pathway, kind, urgency, times and site."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from pydantic import SecretStr

from worklist.errors import UnknownPathwayError
from worklist.intake.accession import accession_text
from worklist.intake.events import OrderedSpecimen
from worklist.intake.fhir.documents import Json
from worklist.intake.fhir.elements import (
    Coding,
    Identifier,
    Neighbours,
    codings,
    identifiers,
    items,
    name_of,
    references,
    relative,
    text,
)
from worklist.intake.fhir.faults import Fault, Severity, has_errors
from worklist.intake.fhir.parts import Part, ReadPart, Rules, Standing
from worklist.intake.moments import far_in_the_future, long_ago, read_moment
from worklist.trail.identity_guard import find_identity

ORDERS: Final = ("order", "original-order", "reflex-order", "filler-order", "instance-order")
"""Intents that ask for something to be done (FHIR, request-intent)."""
_TAKEN_BACK: Final = {"ServiceRequest": ("revoked", "entered-in-error"), "Task": ("cancelled", "rejected")}
_PLACES: Final = ("Organization", "Location", "HealthcareService", "CareTeam")
_LONGEST: Final = 64
_YEARS: Final = 20
_STANDS_IN: Final = "the time of sending stands for that of receipt: correct the date"


def read_part(resource: Json, neighbours: Neighbours, rules: Rules, sent: str = "") -> ReadPart:
    """Reads a resource that was checked. sent: when its message was sent, where it does not say so itself."""
    return _Reading(resource, neighbours, rules, sent).read()


class _Reading:
    """One resource on its way in."""

    def __init__(self, resource: Json, neighbours: Neighbours, rules: Rules, sent: str, owner: Json | None = None):
        self._it, self._neighbours, self._rules, self._sent = resource, neighbours, rules, sent
        self._owner = owner
        self._kind = str(resource["resourceType"])
        self._faults: list[Fault] = []

    def read(self) -> ReadPart:
        part = self._part()
        contained = tuple(self._contained(part)) if part and part.kind == "ServiceRequest" else ()
        return ReadPart(None if has_errors(self._faults) else part, self._patient(), tuple(self._faults), contained)

    def _tell(self, severity: Severity, code: str, path: str, words: str) -> None:
        self._faults.append(Fault(severity, code, f"{self._kind}.{path}", words))

    def _part(self) -> Part | None:
        it, meta = self._it, self._it.get("meta") or {}
        name = name_of(it, owner=self._owner)
        if not name:
            self._tell("error", "required", "id", "give an id or an identifier, so that the same again is known")
            return None
        shared = {
            "kind": self._kind,
            "name": self._refused_if_named(name, "id" if it.get("id") else "identifier"),
            "version": text(meta.get("versionId")),
            "sent_utc": self._sent_utc(meta),
            "digest": self._rules.keyed(json.dumps(it, sort_keys=True, ensure_ascii=False)),
        }
        own = {"ServiceRequest": self._request, "Specimen": self._specimen, "Task": self._task}[self._kind]()
        return Part.model_validate(shared | own)

    def _request(self) -> Json:
        it = self._it
        told = identifiers(it.get("identifier"), it.get("requisition"))
        placer = next((number.value for number in told if "PLAC" in number.types), "")
        number = placer or text(it.get("id")) or (told[0].value if told else "")
        standing: Standing = "taken back" if it["status"] in _TAKEN_BACK["ServiceRequest"] else "stands"
        if it["intent"] not in ORDERS:
            standing = "no order"
            self._tell("information", "informational", "intent", f"not an order; one of {', '.join(ORDERS)} is taken")
        elif it["status"] == "draft":
            standing = "no order"
            self._tell("information", "informational", "status", "a draft waits outside the list until it is active")
        elif it["status"] in ("on-hold", "completed", "unknown"):
            words = "the case stays on the list; only revoked takes the order back, only a person signs out"
            self._tell("information", "informational", "status", words)
        accession = self._accession("identifier", told)
        return {
            "standing": standing,
            "request": "",
            "accession_number": accession,
            "order_number": self._hidden("identifier", number),
            "pathway": self._pathway(doubts=standing == "stands"),
            "urgency": self._urgency(),
            "received_utc": self._first_moment(("occurrenceDateTime", "occurrencePeriod.start", "authoredOn")),
            "site": self._site(),
            "subspecialty": self._words("performerType", codings(it.get("performerType"))),
            "specimens": tuple(name for ref in items(it.get("specimen")) if (name := self._name(ref))),
        }

    def _specimen(self) -> Json:
        it, collection = self._it, self._it.get("collection") or {}
        own = identifiers(it.get("identifier"))
        accession = self._accession("accessionIdentifier", identifiers(it.get("accessionIdentifier")), sure=True)
        accession = accession or self._accession("identifier", own)
        number = next((its.value for its in own if its.value != accession), "") or text(it.get("id"))
        told = [*codings(it.get("type")), *codings(collection.get("method")), *codings(collection.get("procedure"))]
        kind = self._rules.mapping.specimen_kind(told)
        if kind is None:
            self._tell("warning", "code-invalid", "type", "says no kind that is known here; taken as tissue")
        asked = items(it.get("request"))
        void = it.get("status") == "entered-in-error"
        specimen = OrderedSpecimen(
            number=self._hidden("identifier", number or "1"),
            kind=kind or "tissue",
            description=self._words("type", (its for its in told if its.words)),
        )
        return {
            "standing": "no order" if void else "stands",
            "request": self._name(asked[0]) if asked else "",
            "accession_number": accession,
            "received_utc": self._first_moment(("receivedTime",)),
            "specimen": specimen,
        }

    def _task(self) -> Json:
        it = self._it
        target = next(iter([*items(it.get("focus")), *items(it.get("basedOn"))]), None)
        if target is None:
            self._tell("error", "required", "focus", "is required here: the ServiceRequest that the task is about")
        abort = any(coding.code == "abort" for coding in codings(it.get("code")))
        back = abort or it["status"] in _TAKEN_BACK["Task"]
        void = it["status"] in ("draft", "entered-in-error")
        return {
            "standing": "no order" if void else "taken back" if back else "stands",
            "request": self._name(target) if target else "",
            "urgency": self._urgency(),
        }

    def _contained(self, part: Part) -> list[Part]:
        found = []
        for inner in items(self._it.get("contained", [])):
            if inner.get("resourceType") == "Specimen":
                reading = _Reading(inner, self._neighbours, self._rules, part.sent_utc.isoformat(), self._it)
                specimen = reading._part()
                self._faults += [fault.under(f"{self._kind}.contained") for fault in reading._faults]
                if specimen:
                    found.append(specimen.model_copy(update={"request": part.name, "version": part.version}))
        return found

    def _accession(self, path: str, told: Iterable[Identifier], *, sure: bool = False) -> str:
        systems = self._rules.mapping.accession_systems
        found = {accession_text(it.value) for it in told if sure or "ACSN" in it.types or it.system in systems}
        if len(found) > 1:
            self._tell("error", "business-rule", path, "holds several accession numbers; send one order a case")
        return self._number(path, min(found)) if found else ""

    def _number(self, path: str, number: str) -> str:
        if len(number) > _LONGEST:
            self._tell("error", "too-long", path, f"a number has at most {_LONGEST} characters")
        return self._refused_if_named(number, path)[:_LONGEST]

    def _hidden(self, path: str, number: str) -> str:
        """A number that need not be read by people; where it holds a patient's, or is too long, its keyed hash."""
        if kind := find_identity(number):
            self._tell("warning", "security", path, f"holds {kind}, where none may be; a keyed hash stands for it")
        return self._rules.keyed(number) if kind or len(number) > _LONGEST else number

    def _refused_if_named(self, number: str, path: str) -> str:
        if kind := find_identity(number):
            self._tell("error", "security", path, f"holds {kind}, where none may be; give the case's own number")
            return "not taken"
        return number

    def _words(self, path: str, told: Iterable[Coding]) -> str:
        words = next((it.words or it.code for it in told), "")
        if kind := find_identity(words):
            self._tell("warning", "security", path, f"holds {kind}, where none may be; its words were left out")
            return ""
        return words

    def _pathway(self, *, doubts: bool) -> str:
        it, mapping, table = self._it, self._rules.mapping, self._rules.pathways
        reasons = [*codings(it.get("reasonCode")), *codings(it.get("reason"))]
        asked = [*reasons, *codings(it.get("code")), *codings(it.get("category"))]
        if found := mapping.pathway(asked):
            return found
        for words in (words for coding in asked for words in (coding.code, coding.words) if words):
            try:
                return table.find(words)
            except UnknownPathwayError:
                continue
        path = "reasonCode" if "reasonCode" in it else "reason" if reasons else "code"
        unknown = "means no pathway that is known here; add a rule"
        if doubts:
            none = "names no pathway and there is no reason: taken as routine"
            self._tell("warning", "code-invalid", path, unknown if reasons else none)
        return self._words(path, reasons)

    def _urgency(self) -> int | None:
        return self._rules.mapping.urgency_of(text(self._it.get("priority")))

    def _site(self) -> str:
        it, sites = self._it, self._rules.mapping.sites
        places = [*references(it.get("locationReference")), *references(it.get("location"))]
        for reference in [*places, *items(it.get("performer"))]:
            target = self._neighbours.find(reference, it) or {}
            kind = text(target.get("resourceType")) or text(reference.get("type"))
            if (kind or relative(text(reference.get("reference"))).partition("/")[0]) not in _PLACES:
                continue
            numbers = identifiers(reference.get("identifier"), target.get("identifier"))
            names = [relative(text(reference.get("reference"))), *(number.value for number in numbers)]
            names += [text(target.get("name")), text(reference.get("display"))]
            known = [sites[name] for name in names if name in sites]
            if told := known or [name for name in names[1:] if name]:
                return self._words("performer", [Coding("", "", told[0])])
        return ""

    def _patient(self) -> SecretStr | None:
        reference = self._it.get("for" if self._kind == "Task" else "subject")
        if not isinstance(reference, dict):
            return None
        patient = self._neighbours.find(reference, self._owner or self._it) or {}
        numbers = identifiers(reference.get("identifier"), patient.get("identifier"))
        for system in self._rules.mapping.patient_systems:
            if own := next((it for it in numbers if it.system == system), None):
                return SecretStr(own.value)
        return SecretStr(numbers[0].value) if numbers else None

    def _name(self, reference: Json) -> str:
        name = self._neighbours.name(reference, self._owner or self._it)
        if find_identity(name):
            self._tell("error", "security", "reference", "a reference holds a patient's number, where none may be")
            return ""
        return name

    def _sent_utc(self, meta: Json) -> datetime:
        """When this version was made; never later than now, since a clock ahead of ours would stop all that follows."""
        own = [meta.get("lastUpdated"), self._it.get("lastModified"), self._sent, self._it.get("authoredOn")]
        for told in (text(value) for value in own):
            if moment := self._instant(told):
                if far_in_the_future(moment, self._rules.now_utc):
                    words = "lies in the future; taken as sent now: check the clock of the sending system"
                    self._tell("warning", "value", "meta.lastUpdated", words)
                return min(moment, self._rules.now_utc)
        return self._rules.now_utc

    def _first_moment(self, paths: tuple[str, ...]) -> datetime | None:
        """The first of the elements that is there, as when the laboratory received it; a plan for later days is not."""
        now_utc = self._rules.now_utc
        for path in paths:
            name, _, inner = path.partition(".")
            value = self._it.get(name)
            told = text(value.get(inner) if inner and isinstance(value, dict) else value)
            moment = self._instant(told)
            if moment is None:
                if told:
                    self._tell("warning", "value", path, "has no day; give YYYY-MM-DD at least")
                continue
            if far_in_the_future(moment, now_utc):
                if path.startswith("occurrence"):
                    continue
                self._tell("warning", "value", path, f"lies in the future; {_STANDS_IN}")
            elif long_ago(moment, now_utc, years=_YEARS):
                self._tell("warning", "value", path, f"is more than {_YEARS} years ago; {_STANDS_IN}")
            else:
                return moment
        return None

    def _instant(self, told: str) -> datetime | None:
        try:
            return read_moment(told, self._rules.pathways.calendar).instant_utc.astimezone(UTC)
        except (ValueError, OverflowError):
            return None
