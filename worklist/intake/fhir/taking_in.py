"""Takes a FHIR message onto the list: checks it, reads it, joins it with what is here, and says what became of each."""

from collections.abc import Iterable, Mapping, Sequence
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
from worklist.intake.fhir.linking import Told, remember, tell
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


_AT_ONCE: Final = 500
"""Resources that are remembered in one change of the store."""


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
        taken = [it for at in range(0, len(read), _AT_ONCE) for it in _take(read[at : at + _AT_ONCE], desk)]
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


def _take(read: Sequence[tuple[Entry, ReadPart]], desk: Desk) -> list[Taken]:
    """Takes some resources in: all are remembered first, so that what belongs together is told to the list once."""
    with writing(desk.store.engine) as session:
        names: dict[str, list[str]] = {}
        faults = {entry.place: list(it.faults) for entry, it in read}
        remembered = []
        patients: dict[str, SecretStr | None] = {}
        for entry, it in read:
            for part in (it.part, *it.contained) if it.part else ():
                kept = remember(session, desk.source, part)
                remembered.append(kept)
                faults[entry.place] += [_placed(fault, entry) for fault in kept.faults]
                names.setdefault(entry.place, []).append(part.name)
                patients[part.name] = it.patient_id
        told = tell(session, remembered)
    became = [(it, _applied(it, patients, desk)) for it in told]
    return [_taken(entry, it, names.get(entry.place, []), faults[entry.place], became) for entry, it in read]


def _taken(
    entry: Entry,
    read: ReadPart,
    names: Sequence[str],
    faults: list[Fault],
    became: Sequence[tuple[Told, list[Applied]]],
) -> Taken:
    if has_errors(read.faults):
        return Taken(entry.place, "", "refused", read.faults)
    if read.part is None:
        words = f"is not taken in by itself; {', '.join(TAKEN)} are"
        return Taken(entry.place, "", "not used", (Fault("information", "informational", entry.place, words),))
    outcomes: list[Outcome] = []
    for told, applied in became:
        if told.parts.isdisjoint(names):
            continue
        if told.repeated and applied:
            outcomes.append("unchanged")
            applied = [it for it in applied if it.outcome == "refused"]
        outcomes += [_outcome(it) for it in applied]
        own = [fault for fault in told.faults if fault.path.startswith(read.part.kind)]
        faults += [_placed(fault, entry) for fault in own]
        faults += [_said(it, entry) for it in applied if it.message]
        if has_errors(told.faults):
            outcomes.append("refused")
    outcome: Outcome = next((it for it in _MOST_TOLD if it in outcomes), "kept")
    return Taken(entry.place, name_of(entry.resource), outcome, tuple(dict.fromkeys(faults)))


def _applied(told: Told, patients: Mapping[str, SecretStr | None], desk: Desk) -> list[Applied]:
    patient = next((known for name in sorted(told.parts) if (known := patients.get(name))), None)
    applied = [_apply(order, patient, desk) for order in told.orders]
    for order in told.ended:
        _apply(order, None, desk)
    return applied


def _apply(order: Order, patient_id: SecretStr | None, desk: Desk) -> Applied:
    told = order.model_copy(update={"patient_id": patient_id})
    return apply_order(desk.store, told, desk.rules.pathways, desk.actor, desk.home)


def _said(applied: Applied, entry: Entry) -> Fault:
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
