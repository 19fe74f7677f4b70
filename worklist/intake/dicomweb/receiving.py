"""Puts received instances into their folder and their slides on the list, and answers as STOW-RS does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from worklist.intake.apply import apply_slide
from worklist.intake.dicomweb.attributes import InstanceRefusedError, SlideFacts
from worklist.intake.dicomweb.landing import Landing
from worklist.intake.events import Applied
from worklist.people import Actor
from worklist.store.store import Store


@dataclass(frozen=True)
class Received:
    """What became of the instances of one message, and of the slides they make up."""

    kept: tuple[SlideFacts, ...]
    refused: tuple[InstanceRefusedError, ...]
    slides: tuple[Applied, ...]


def receive(files: Iterable[Path], landing: Landing, store: Store, actor: Actor, study: str | None = None) -> Received:
    """Keeps each file that can be kept, then tells the list of every series that got one, also one known already.

    One bad instance does not stop the rest. study: the only one that they may be of. Raises StoreError; then the same
    may be sent again.
    """
    kept: list[SlideFacts] = []
    refused: list[InstanceRefusedError] = []
    for file in files:
        try:
            kept.append(landing.keep(file, study))
        except InstanceRefusedError as error:
            refused.append(error)
    return Received(tuple(kept), tuple(refused), tell_the_list(kept, landing, store, actor))


def tell_the_list(kept: Sequence[SlideFacts], landing: Landing, store: Store, actor: Actor) -> tuple[Applied, ...]:
    """Tells the list of the series that these instances belong to, each once. Raises StoreError."""
    scans_last = sorted(kept, key=lambda facts: (facts.picture == "scan", facts.pixels))
    series = {facts.series: facts for facts in scans_last}
    arrivals = (landing.arrival(facts, actor.name, store.now()) for facts in series.values())
    return tuple(apply_slide(store, it, actor) for it in arrivals if it is not None)


def store_response(received: Received) -> tuple[HTTPStatus, dict[str, Any]]:
    """Status and body, DICOM JSON, of a Store Transaction's answer (PS3.18, 10.5.3)."""
    answer = Dataset()
    if received.kept:
        answer.ReferencedSOPSequence = [_reference(it.sop_class, it.instance) for it in received.kept]
    named = [it for it in received.refused if it.sop_class and it.instance]
    others = [it for it in received.refused if it not in named]
    if named:
        answer.FailedSOPSequence = [_reference(it.sop_class, it.instance, it.reason) for it in named]
    if others:
        answer.OtherFailuresSequence = [_failure(it.reason) for it in others]
    status = HTTPStatus.OK
    if received.refused:
        status = HTTPStatus.ACCEPTED if received.kept else HTTPStatus.CONFLICT
    return status, answer.to_json_dict()


def _reference(sop_class: str, instance: str, reason: int | None = None) -> Dataset:
    item = Dataset() if reason is None else _failure(reason)
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, instance
    return item


def _failure(reason: int) -> Dataset:
    item = Dataset()
    item.FailureReason = reason
    return item
