"""The ranked list as FHIR Tasks: a case each, with its priority, its place and the reason. The same in R4 and R5."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from worklist.intake.fhir.documents import Json
from worklist.priority.rank import RankedCase
from worklist.states import CaseState

_OURS: Final = UUID("5b1f1a52-6f0f-4f3a-9d0e-7c1f8f2f9a63")
"""Names are drawn from this, so that a case's Task has the same id at every time and place."""
_TYPES: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"
_CODES: Final = "http://hl7.org/fhir/CodeSystem/task-code"

_STATUS: Final[dict[CaseState, str]] = {
    "assigned": "accepted",
    "in reading": "in-progress",
    "second opinion": "in-progress",
    "signed out": "completed",
}
"""Task.status of the states; of those that wait, it is "requested"."""


def priority_of(ranked: RankedCase) -> str:
    """FHIR's priority of a place on the list (A): it follows the list, and the AI can only raise it.

    stat: overdue. asap: nothing may overtake it any more (nearly due, or waiting long), or of urgency 1. urgent: the AI
    raised it past others, or of urgency 2. routine: all others.
    """
    if ranked.overdue:
        return "stat"
    if ranked.protected or ranked.case.urgency == 1:
        return "asap"
    return "urgent" if ranked.overtakes or ranked.case.urgency == 2 else "routine"


def as_task(ranked: RankedCase, now_utc: datetime) -> Json:
    """One case as a Task. It names no patient; who needs one follows the accession number."""
    case = ranked.case
    number = {"type": {"coding": [{"system": _TYPES, "code": "ACSN"}]}, "value": case.accession_number}
    task: Json = {
        "resourceType": "Task",
        "id": str(uuid5(_OURS, case.accession_number)),
        "identifier": [number],
        "status": _STATUS.get(case.state, "requested"),
        "businessStatus": {"text": "order cancelled" if case.order_cancelled_utc else case.state},
        "intent": "order",
        "priority": priority_of(ranked),
        "code": {"coding": [{"system": _CODES, "code": "fulfill"}], "text": "read the case"},
        "description": case.pathway_name,
        "focus": {"type": "ServiceRequest", "identifier": number},
        "authoredOn": _instant(case.received_utc),
        "lastModified": _instant(now_utc),
        "restriction": {"period": {"end": _instant(case.deadline_utc)}},
        "note": [{"text": ranked.reason}],
        "input": [
            _input("place on the list", "PositiveInt", ranked.rank),
            _input("place in the clinical order", "PositiveInt", ranked.clinical_rank),
            _input("reason", "String", ranked.reason),
            _input("AI", "String", case.ai_state),
        ],
    }
    if case.ai_score is not None:
        task["input"].append(_input("AI score", "Decimal", round(case.ai_score, 4)))
    if case.assigned_to:
        task["owner"] = {"type": "Practitioner", "identifier": {"value": case.assigned_to}}
    return task


def as_bundle(ranked: Iterable[RankedCase], now_utc: datetime) -> Json:
    """Tasks in the order of the list, as the answer to a search."""
    tasks = [as_task(it, now_utc) for it in ranked]
    entries = [{"fullUrl": f"urn:uuid:{it['id']}", "resource": it, "search": {"mode": "match"}} for it in tasks]
    found: Json = {"resourceType": "Bundle", "type": "searchset", "timestamp": _instant(now_utc)}
    return found | ({"entry": entries} if entries else {})


def _input(name: str, kind: str, value: Any) -> Json:
    return {"type": {"text": name}, f"value{kind}": value}


def _instant(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")
