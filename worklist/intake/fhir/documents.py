"""The resources of a FHIR message or file: one resource, a Bundle, or one resource a line (NDJSON)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from worklist.intake.fhir.faults import unreadable

MAX_BYTES: Final = 16_000_000
"""A larger message is refused: an order has some kilobytes, a bulk file of a day some megabytes (A)."""
MAX_DEPTH: Final = 40
"""FHIR's own resources nest about 10 deep (A)."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One resource and where it lay."""

    place: str
    """Such as Bundle.entry[2].resource, line 3, or the resource's type where it came alone."""
    full_url: str
    resource: Json


@dataclass(frozen=True)
class Document:
    """The resources of one message."""

    kind: str
    """Type of the Bundle, "ndjson", or "" where a resource came alone."""
    entries: tuple[Entry, ...]
    sent: str = ""
    """When the whole was put together, as it says itself."""

    @property
    def is_bundle(self) -> bool:
        """Whether it came as a Bundle."""
        return self.kind not in ("", "ndjson")


def read_documents(data: bytes, *, lines: bool = False) -> Document:
    """Reads JSON in UTF-8. lines: each line is a resource of its own.

    Raises UnreadableMessageError: too large, no UTF-8, no JSON, cut short, or no resource.
    """
    if len(data) > MAX_BYTES:
        raise unreadable("", f"the message has more than {MAX_BYTES // 10**6} MB; send fewer resources", "too-long")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable(
            "", f"byte {error.start + 1} is not UTF-8; FHIR's JSON is UTF-8, so save or send it as such", "structure"
        ) from None
    if lines:
        entries = tuple(_entry(f"line {number}", line) for number, line in _numbered(text))
        if not entries:
            raise unreadable("", "the file is empty; give one resource a line")
        return Document("ndjson", entries)
    whole = _parsed(text, "")
    if whole["resourceType"] != "Bundle":
        return Document("", (Entry(str(whole["resourceType"]), "", whole),))
    return _bundle(whole)


def _bundle(whole: Json) -> Document:
    kind, entries = whole.get("type"), whole.get("entry", [])
    if not isinstance(kind, str) or not kind:
        raise unreadable("Bundle.type", "is required: transaction, batch, message, collection or searchset", "required")
    if not isinstance(entries, list) or not all(isinstance(it, dict) for it in entries):
        raise unreadable("Bundle.entry", "is a list of objects, each with a resource")
    found = []
    for number, entry in enumerate(entries):
        place = f"Bundle.entry[{number}].resource"
        resource, url = entry.get("resource"), entry.get("fullUrl", "")
        if resource is None:
            continue
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise unreadable(place, "is an object with its resourceType", "required")
        found.append(Entry(place, url if isinstance(url, str) else "", resource))
    sent = whole.get("timestamp")
    return Document(kind, tuple(found), sent if isinstance(sent, str) else "")


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip())


def _entry(place: str, line: str) -> Entry:
    return Entry(place, "", _parsed(line, place))


def _parsed(text: str, place: str) -> Json:
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        ends = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        cut = "; it ends too early: send it again whole" if ends else ""
        where = f"line {error.lineno}, column {error.colno}"
        raise unreadable(place, f"is no JSON at {where} ({error.msg}){cut}") from None
    except ValueError as error:
        raise unreadable(place, f"is no JSON that can be taken: {error}") from None
    except RecursionError:
        raise unreadable(place, f"is nested more than {MAX_DEPTH} deep", "too-long") from None
    if not isinstance(found, dict) or not isinstance(found.get("resourceType"), str):
        raise unreadable(f"{place}.resourceType".lstrip("."), "is required: the name of a FHIR resource", "required")
    if _depth(found) > MAX_DEPTH:
        raise unreadable(place, f"is nested more than {MAX_DEPTH} deep", "too-long")
    return found


def _once(pairs: list[tuple[str, Any]]) -> Json:
    if len(dict(pairs)) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(it for it in names if names.count(it) > 1)[:40]!r} stands twice in one object")
    return dict(pairs)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            child
            for it in level
            if isinstance(it, dict | list)
            for child in (it.values() if isinstance(it, dict) else it)
        ]
        if depth > MAX_DEPTH:
            break
    return depth
