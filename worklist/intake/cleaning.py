"""Takes patients' numbers and unprintable characters out of what systems sent, and dates that cannot be.

What the list cannot do without is refused, with a reason; the rest is masked or put right, and that is told.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from worklist.intake.accession import accession_text, refusal
from worklist.intake.events import Order, OrderedSpecimen, SlideArrival
from worklist.intake.moments import far_in_the_future, long_ago
from worklist.trail.identity_guard import find_identity, mask_identity
from worklist.trail.site_key import patient_key

OLDEST_YEARS: Final = 20
"""A time further back than this is taken for a mistake, as in files of cases (A)."""
_LONGEST_TEXT: Final = 300
_TELLING: Final = 6
"""Letters and digits from which a patient's number in a text is no chance."""
NO_PATIENT: Final = "no patient's number was sent, so the case stands with no other of its patient"
OWN_NUMBER: Final = "[the patient's number]"


@dataclass(frozen=True)
class Cleaned:
    """An order as it may be kept, and what had to be put right."""

    order: Order
    doubts: tuple[str, ...]
    """Sentences without the texts they speak of."""


def clean_order(order: Order, home: Path, now_utc: datetime) -> Cleaned:
    """The order without a patient's number in any text, and with times that can be.

    An order number that holds one is replaced by its keyed hash, so that later messages still find the order.
    A time in the future or more than 20 years back would spoil the order of messages or the deadline: the time of
    sending stands in for that of receipt, and now for that of sending.
    """
    doubts: list[str] = []
    own = _bare(order.patient_id.get_secret_value()) if order.patient_id else ""
    if not own and order.patient_expected and order.action == "new":
        doubts.append(NO_PATIENT)
    own = own if len(own) >= _TELLING else ""

    def masked(text: str, field: str) -> str:
        plain = _plain(text)
        safe = OWN_NUMBER if own and own in _bare(plain) else mask_identity(plain)
        if safe != plain:
            doubts.append(f"{field} held a patient's number, which was masked")
        return safe[:_LONGEST_TEXT]

    number = _plain(order.order_number)
    if find_identity(number):
        number = patient_key(home, number)
        doubts.append("the order number holds a patient's number; a keyed hash stands for it")
    sent_utc = order.sent_utc
    if not _possible(sent_utc, now_utc):
        sent_utc = now_utc
        doubts.append("the time of sending cannot be; the time of arrival stands for it: check the sender's clock")
    received_utc = order.received_utc
    if received_utc is not None and not _possible(received_utc, now_utc):
        received_utc = None
        doubts.append("the time of receipt cannot be; the time of sending stands for it: correct the order")
    cleaned = order.model_copy(
        update={
            "order_number": number or "(none)",
            "accession_number": accession_text(order.accession_number),
            "sent_utc": sent_utc,
            "received_utc": received_utc,
            "pathway": masked(order.pathway, "the pathway"),
            "site": masked(order.site, "the site"),
            "subspecialty": masked(order.subspecialty, "the subspecialty"),
            "specimens": tuple(_specimen(it, masked) for it in order.specimens),
        }
    )
    return Cleaned(cleaned, tuple(dict.fromkeys(doubts)))


def clean_arrival(arrival: SlideArrival) -> SlideArrival:
    """The arrival with nothing in its numbers that may not be kept; an accession number that may not be is left out."""
    number = accession_text(arrival.accession_number or "")
    texts = {
        name: mask_identity(_plain(text))[:_LONGEST_TEXT] or None
        for name in ("slide_id", "block", "stain", "scanner", "problem", "unreadable")
        if (text := getattr(arrival, name))
    }
    why_not = refusal(number) if number else None
    if why_not:
        texts["problem"] = why_not
    return arrival.model_copy(update={**texts, "accession_number": None if why_not or not number else number})


def _specimen(specimen: OrderedSpecimen, masked: Callable[[str, str], str]) -> OrderedSpecimen:
    return specimen.model_copy(
        update={
            "number": masked(specimen.number, "a specimen's number") or "(none)",
            "description": masked(specimen.description, "a specimen's description"),
            "blocks": tuple(dict.fromkeys(filter(None, (masked(it, "a block's label") for it in specimen.blocks)))),
        }
    )


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _plain(text: str) -> str:
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(letter for letter in spaced if letter.isprintable())


def _possible(instant_utc: datetime, now_utc: datetime) -> bool:
    return not far_in_the_future(instant_utc, now_utc) and not long_ago(instant_utc, now_utc, OLDEST_YEARS)
