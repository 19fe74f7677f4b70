"""The smallest FHIR resources of invented patients, and a place to take them in."""

import json
from pathlib import Path
from typing import Any

from tests.support.people import SYSTEM
from worklist.intake.fhir.documents import read_documents
from worklist.intake.fhir.faults import Version
from worklist.intake.fhir.mapping import load_mapping
from worklist.intake.fhir.parts import Rules
from worklist.intake.fhir.taking_in import Desk, Taken, take_in
from worklist.pathways import load_pathways
from worklist.store.store import Store
from worklist.trail.site_key import keyed

Json = dict[str, Any]
ACSN = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]}
PATIENT = "010190-9990"
"""Nobody's number."""
SENT = "2026-11-18T08:00:00Z"


def meta(version: int, sent: str = SENT) -> Json:
    return {"versionId": str(version), "lastUpdated": sent}


def request(**changes: Any) -> Json:
    """An order for a case of the breast pathway; a change of None leaves the element out."""
    whole = {
        "resourceType": "ServiceRequest",
        "id": "sr-1",
        "meta": meta(1),
        "identifier": [{"type": ACSN, "value": "26-000123"}],
        "status": "active",
        "intent": "order",
        "subject": {"identifier": {"value": PATIENT}},
        "authoredOn": "2026-11-17T09:00:00+01:00",
        "reasonCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "C50.9"}]}],
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def specimen(**changes: Any) -> Json:
    """A biopsy of that order."""
    whole = {
        "resourceType": "Specimen",
        "id": "sp-1",
        "meta": meta(1),
        "identifier": [{"value": "26-000123-A"}],
        "accessionIdentifier": {"value": "26-000123"},
        "type": {"coding": [{"system": "http://snomed.info/sct", "code": "86273004", "display": "Biopsy"}]},
        "receivedTime": "2026-11-18T07:00:00Z",
        "request": [{"reference": "ServiceRequest/sr-1"}],
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def task(**changes: Any) -> Json:
    """A task to fulfil that order at once."""
    whole = {
        "resourceType": "Task",
        "id": "t-1",
        "meta": meta(1),
        "status": "requested",
        "intent": "order",
        "priority": "stat",
        "focus": {"reference": "ServiceRequest/sr-1"},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def bundle(*resources: Json, kind: str = "transaction") -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": it} for it in resources]}


def desk_at(store: Store, home: Path) -> Desk:
    """Where messages of a laboratory's system are taken in."""
    rules = Rules(load_mapping(), load_pathways(), store.now(), lambda text: keyed(home, "message", text))
    return Desk(store, rules, "LIS", SYSTEM, home)


def send(desk: Desk, *messages: Json, version: Version = "R4") -> list[Taken]:
    """Takes messages in, one after the other."""
    documents = [read_documents(json.dumps(it).encode()) for it in messages]
    return [taken for document in documents for taken in take_in(document, version, desk)]


def errors(taken: list[Taken]) -> list[str]:
    return [str(fault) for it in taken for fault in it.faults if fault.severity == "error"]
