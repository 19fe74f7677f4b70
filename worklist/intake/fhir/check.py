"""Whether a resource is what FHIR says it is: `fhir.resources` for its elements, and the codes that it leaves open.

fhir.resources 8.3 refuses unknown elements, wrong types, wrong dates and missing elements, and takes any code, any
id, and a text that holds JSON for an object. R4B stands for R4: ServiceRequest, Specimen and Task are the same in both.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from worklist.errors import IntakeError
from worklist.intake.fhir.documents import Json
from worklist.intake.fhir.faults import Fault, Version

TAKEN: Final = ("ServiceRequest", "Specimen", "Task")
"""Resources that are taken in."""

CODES: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("ServiceRequest", "status"): (
        *("draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"),
    ),
    ("ServiceRequest", "intent"): (
        *("proposal", "plan", "directive", "order", "original-order", "reflex-order", "filler-order"),
        *("instance-order", "option"),
    ),
    ("Specimen", "status"): ("available", "unavailable", "unsatisfactory", "entered-in-error"),
    ("Task", "status"): (
        *("draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress"),
        *("on-hold", "failed", "completed", "entered-in-error"),
    ),
    ("Task", "intent"): (
        *("unknown", "proposal", "plan", "order", "original-order", "reflex-order", "filler-order"),
        *("instance-order", "option"),
    ),
}
PRIORITIES: Final = ("routine", "urgent", "asap", "stat")

_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_NO_OBJECT: Final = "is an object, not a text"
_DATE: Final = "give YYYY-MM-DD, or YYYY-MM-DDThh:mm:ss with a zone such as +01:00"


def check(resource: Json, version: Version) -> list[Fault]:
    """What is wrong with a resource by the rules of that version of FHIR; paths start at its type."""
    kind = str(resource["resourceType"])
    faults = _against_the_model(resource, kind, version)
    if kind in TAKEN:
        faults += _codes(resource, kind) + _modifiers(resource, kind)
    return faults


def _against_the_model(resource: Json, kind: str, version: Version) -> list[Fault]:
    from pydantic import ValidationError

    model = _model(kind, version)
    if model is None:
        return [Fault("error", "not-supported", kind[:64], f"is no resource of FHIR {version}")]
    try:
        read = model.model_validate(resource)
    except ValidationError as error:
        return [_fault(kind, dict(it), version) for it in error.errors(include_url=False)]
    return [Fault("error", "structure", path, _NO_OBJECT) for path in _texts_for_objects(resource, read.dict(), kind)]


def _texts_for_objects(told: Any, read: Any, path: str) -> Iterator[str]:
    """Where an object stands as a text that holds one, which the library takes for the object itself."""
    if isinstance(told, str) and isinstance(read, dict):
        yield path
    elif isinstance(told, dict) and isinstance(read, dict):
        for name in told.keys() & read.keys():
            yield from _texts_for_objects(told[name], read[name], f"{path}.{name}")
    elif isinstance(told, list) and isinstance(read, list):
        for number, pair in enumerate(zip(told, read, strict=False)):
            yield from _texts_for_objects(*pair, f"{path}[{number}]")


def _model(kind: str, version: Version) -> Any:
    try:
        if version == "R4":
            from fhir.resources.R4B import get_fhir_model_class
        else:
            from fhir.resources import get_fhir_model_class
    except ModuleNotFoundError:
        raise IntakeError("FHIR needs Forrang's extra `integration`: pip install 'forrang[integration]'") from None
    try:
        return get_fhir_model_class(kind)
    except ValueError:
        return None


def _fault(kind: str, error: dict[str, Any], version: Version) -> Fault:
    steps = [it for it in error["loc"] if it != "root"]
    path = kind + "".join(f"[{it}]" if isinstance(it, int) else f".{str(it)[:64]}" for it in steps)
    match error["type"]:
        case "missing" | "model_field_validation.missing":
            return Fault("error", "required", path, "is required, and missing")
        case "extra_forbidden":
            return Fault("error", "structure", path, f"is no element of FHIR {version} here; check its name")
        case "value_error" if "spec regex" in error["msg"] and "ate" in error["msg"]:
            return Fault("error", "value", path, f"is no date or time of FHIR; {_DATE}")
        case "value_error":
            return Fault("error", "value", path, error["msg"].removeprefix("Value error, ").replace("``", "`")[:300])
        case "model_validation_format":
            wanted = error.get("ctx", {}).get("model_class", "another kind")
            return Fault("error", "structure", path, f"is an object: {getattr(wanted, '__name__', wanted)}")
        case "json_invalid":
            return Fault("error", "structure", path, _NO_OBJECT)
        case _:
            return Fault("error", "structure", path, error["msg"].removeprefix("Input should be ")[:300])


def _codes(resource: Json, kind: str) -> list[Fault]:
    faults = []
    tables = {name: codes for (owner, name), codes in CODES.items() if owner == kind}
    if kind != "Specimen":
        tables["priority"] = PRIORITIES
    for name, codes in tables.items():
        value = resource.get(name)
        if isinstance(value, str) and value not in codes:
            faults.append(Fault("error", "code-invalid", f"{kind}.{name}", f"is one of {', '.join(codes)}"))
    identity = resource.get("id")
    if isinstance(identity, str) and not _ID.fullmatch(identity):
        faults.append(Fault("error", "value", f"{kind}.id", "has 1 to 64 letters, digits, hyphens and points"))
    return faults


def _modifiers(resource: Json, kind: str) -> list[Fault]:
    """Elements that turn a resource's meaning round, which may not be passed over (FHIR, modifier elements)."""
    faults = []
    if resource.get("doNotPerform") is True:
        text = "an order not to do something is not taken; revoke the order that it is about"
        faults.append(Fault("error", "not-supported", f"{kind}.doNotPerform", text))
    for name in ("implicitRules", "modifierExtension"):
        if resource.get(name):
            text = "changes what the resource means in a way that is not known here; send it without"
            faults.append(Fault("error", "not-supported", f"{kind}.{name}", text))
    return faults
