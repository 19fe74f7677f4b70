"""Tells another system what has changed on the list since it was told last."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from worklist.intake.hl7.client import Hl7Client
from worklist.intake.hl7.files import read_file
from worklist.intake.hl7.framing import FramingFault
from worklist.intake.hl7.results import CaseResult, Memory, result_message
from worklist.intake.hl7.server import USUAL
from worklist.priority.page import first_page
from worklist.settings import Settings
from worklist.site import site_policy
from worklist.store.store import Store

MEMORY: Final = "hl7-sent.json"
"""File in Forrang's home folder that holds what each receiver was told last."""


_NEVER: Final = ("AR", "CR")
_OF_ANOTHER_KIND: Final = (
    "a reject means that this receiver takes no results (ORU^R01), or none of ours: see that --to is where the LIS"
    " listens for results, and not a port for orders"
)


@dataclass(frozen=True)
class Sent:
    """What became of the messages."""

    accepted: int
    refused: tuple[str, ...]
    """Of each, which it is and the receiver's reason."""
    unchanged: int
    """Cases that the receiver knows as they are."""


def send_changes(
    store: Store, client: Hl7Client, settings: Settings, receiver: str, cases: Collection[str] = ()
) -> Sent:
    """Sends the result of every case whose state, finding or place has changed, or of `cases` in any event.

    What was accepted is remembered also where the sending stops half-way. A case that was signed out is told once.
    Raises IntakeError where the receiver does not answer, UnknownCaseError for a number that is not on the list.
    """
    policy = site_policy(settings)
    placed = first_page(store, store.now(), policy)
    results = {it.case.accession_number: CaseResult.of(it.case, it.rank, it.reason) for it in placed}
    memory = Memory(settings.home_folder / MEMORY, receiver)
    told = memory.told()
    for number in {*told, *cases} - results.keys():
        results[number] = CaseResult.of(store.case(number), None, "")
    wanted = [it for it in results.values() if (it.accession_number in cases if cases else True)]
    changed = [it for it in wanted if cases or told.get(it.accession_number) != it.digest]
    refused: list[str] = []
    now = store.now().astimezone(policy.calendar.zone)
    try:
        for result in changed:
            reply = client.send(result_message(result, uuid4().hex[:20], now))
            if not reply.accepted:
                refused.append(f"case {result.accession_number}: {reply.code} {reply.text}".rstrip())
                if reply.code in _NEVER:
                    refused[-1] += f"; {_OF_ANOTHER_KIND}"
            elif result.place is None:
                told.pop(result.accession_number, None)
            else:
                told[result.accession_number] = result.digest
    finally:
        memory.keep(told)
    return Sent(len(changed) - len(refused), tuple(refused), len(wanted) - len(changed))


def send_file(client: Hl7Client, file: Path) -> Sent:
    """Sends the messages of a file as they are. Raises IntakeError where it holds none, or nobody answers."""
    refused: list[str] = []
    found = read_file(file, USUAL.message_bytes)
    for index, one in enumerate(found, start=1):
        if isinstance(one, FramingFault):
            refused.append(f"message {index}: not sent, it is {one.kind}")
            continue
        reply = client.send(one.message)
        if not reply.accepted:
            refused.append(f"message {index}: {reply.code} {reply.text}".rstrip())
    return Sent(len(found) - len(refused), tuple(refused), 0)
