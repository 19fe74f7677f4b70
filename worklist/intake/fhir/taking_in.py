"""Takes a FHIR message onto the list: checks it, reads it, joins it with what is here, and says what became of each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from pydantic import SecretStr

from worklist.intake.apply import apply_order
from worklist.intake.events import Applied, Order
from worklist.intake.fhir.check import TAKEN, check
from worklist.intake.fhir.documents import Document, Entry
from worklist.intake.fhir.elements import Neighbours, name_of
from worklist.intake.fhir.faults import Fault, Version, has_errors
from worklist.intake.fhir.linking import join
from worklist.intake.fhir.mapping import load_mapping
from worklist.intake.fhir.parts import ReadPart, Rules
from worklist.intake.fhir.reading import read_part
from worklist.pathways import load_pathways
from worklist.people import Actor, require
from worklist.settings import Settings
from worklist.store.database import writing
from worklist.store.store import Store
from worklist.trail.site_key import keyed
from worklist.watching.operations import raise_operation

Outcome = Literal["new", "changed", "unchanged", "kept", "not used", "refused"]
"""kept: it waits for what belongs to it. not used: of a kind that is not taken in."""

_MOST_TOLD: Final[tuple[Outcome, ...]] = ("refused", "new", "changed", "unchanged")


@dataclass(frozen=True)
class Taken:
    """What became of one resource."""

    place: str
    name: str
    outcome: Outcome
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Desk:
    """Where a message is taken in, and for whom."""

    store: Store
    rules: Rules
    source: str
    """The sending system, by name."""
    actor: Actor
    home: Path


def desk_for(store: Store, settings: Settings, actor: Actor, source: str) -> Desk:
    """Where a sender's messages are taken in, by this site's settings. Raises PathwayError and FhirMappingError."""
    home = settings.home_folder
    mapping, pathways = load_mapping(settings.fhir_mapping), load_pathways(settings.pathways)
    return Desk(
        store, Rules(mapping, pathways, store.now(), lambda it: keyed(home, "message", it)), source, actor, home
    )


def take_in(document: Document, version: Version, desk: Desk) -> list[Taken]:
    """Takes the resources of a message in. A transaction with a fault is refused whole; else each stands for itself.

    The same again changes nothing, so that a sender may repeat whatever it got no answer to.
    Raises NotAllowedError and StoreError.
    """
    require(desk.actor, "take in")
    neighbours = Neighbours(document.entries)
    read = [(entry, _read(entry, version, neighbours, desk.rules, document)) for entry in document.entries]
    if document.kind == "transaction" and any(has_errors(it.faults) for _, it in read):
        taken = [_refused(entry, it) for entry, it in read]
    else:
        taken = [_take(entry, it, desk) for entry, it in sorted(read, key=_kind_first)]
        places = [entry.place for entry in document.entries]
        taken.sort(key=lambda it: places.index(it.place))
    tell_refusals(desk, (fault for it in taken for fault in it.faults if it.outcome == "refused"))
    return taken


def tell_refusals(desk: Desk, faults: Iterable[Fault]) -> None:
    """Puts what was refused on the operations list: one entry a sender, with the first fault."""
    errors = [fault for fault in faults if fault.severity == "error"]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        words = f"FHIR from {desk.source}: {errors[0]}{more}. Mend it there and send it again"
        with writing(desk.store.engine) as session:
            raise_operation(session, "refused message", f"FHIR {desk.source}", words, desk.store.now())


def _kind_first(read: tuple[Entry, ReadPart]) -> int:
    """Orders before what belongs to them, so that nothing of one message waits."""
    kind = str(read[0].resource["resourceType"])
    return TAKEN.index(kind) if kind in TAKEN else len(TAKEN)


def _read(entry: Entry, version: Version, neighbours: Neighbours, rules: Rules, document: Document) -> ReadPart:
    faults = [_placed(fault, entry) for fault in check(entry.resource, version)]
    if has_errors(faults) or entry.resource["resourceType"] not in TAKEN:
        return ReadPart(None, None, tuple(faults))
    read = read_part(entry.resource, neighbours, rules, document.sent)
    return replace(read, faults=tuple(_placed(fault, entry) for fault in read.faults))


def _placed(fault: Fault, entry: Entry) -> Fault:
    return fault if entry.place == entry.resource["resourceType"] else fault.under(entry.place)


def _refused(entry: Entry, read: ReadPart) -> Taken:
    faults = read.faults
    if not has_errors(faults):
        words = "not taken, since another entry of this transaction has a fault"
        faults = (*faults, Fault("information", "transient", entry.place, words))
    return Taken(entry.place, "", "refused", faults)


def _take(entry: Entry, read: ReadPart, desk: Desk) -> Taken:
    if has_errors(read.faults):
        return Taken(entry.place, "", "refused", read.faults)
    if read.part is None:
        words = f"not taken in; {', '.join(TAKEN)} are"
        return Taken(entry.place, "", "not used", (Fault("information", "informational", entry.place, words),))
    outcomes: list[Outcome] = []
    faults = list(read.faults)
    for part in (read.part, *read.contained):
        with writing(desk.store.engine) as session:
            joined = join(session, desk.source, part)
        faults += [_placed(fault, entry) for fault in joined.faults]
        applied = [_apply(order, read.patient_id, desk) for order in joined.orders]
        for order in joined.ended:
            _apply(order, None, desk)
        outcomes += ["unchanged" if joined.repeated and it.outcome != "refused" else _outcome(it) for it in applied]
        faults += [
            Fault("error", "business-rule", entry.place, it.message) for it in applied if it.outcome == "refused"
        ]
        if has_errors(joined.faults):
            outcomes.append("refused")
    outcome: Outcome = next((it for it in _MOST_TOLD if it in outcomes), "kept")
    return Taken(entry.place, name_of(entry.resource), outcome, tuple(faults))


def _apply(order: Order, patient_id: SecretStr | None, desk: Desk) -> Applied:
    told = order.model_copy(update={"patient_id": patient_id})
    return apply_order(desk.store, told, desk.rules.pathways, desk.actor, desk.home)


def _told(applied: Applied, entry: Entry) -> Fault:
    refused = applied.outcome == "refused"
    return (
        Fault("error", "business-rule", entry.place, applied.message)
        if refused
        else (Fault("information", "informational", entry.place, applied.message))
    )


def _outcome(applied: Applied) -> Outcome:
    match applied.outcome:
        case "new" | "changed" | "unchanged" | "refused":
            return applied.outcome
        case _:
            return "changed"
