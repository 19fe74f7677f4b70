"""Puts what the hospital's systems told into the store: orders and slides, in any order, duplicates harmless.

Each is one change of the store: the case, its slides, the message's number and the row on the audit trail together.
Changes are made one after the other, so a slide and its order that come at the same instant see each other.
"""

import hashlib
from pathlib import Path

from sqlalchemy import select

from worklist.intake.accession import refusal
from worklist.intake.arrivals import put_slide
from worklist.intake.change import Change, intake
from worklist.intake.cleaning import clean_arrival, clean_order
from worklist.intake.events import Applied, Order, SlideArrival
from worklist.intake.orders import put_order
from worklist.pathways import PathwayTable
from worklist.people import Actor
from worklist.store.store import Store
from worklist.store.tables import MessageRow
from worklist.trail.identity_guard import mask_identity
from worklist.trail.site_key import confirm_site_key, patient_key


def apply_order(store: Store, order: Order, pathways: PathwayTable, actor: Actor, home: Path) -> Applied:
    """Puts an order into the store. A refusal is an answer with its reason, not an exception.

    The same message again changes nothing and gets the same answer. home: Forrang's home folder, where the site's key
    is. Raises StoreError, SiteKeyError, and NotAllowedError unless the actor may take in.
    """
    order = order.model_copy(update={"source": mask_identity(order.source)})
    patient = order.patient_id.get_secret_value() if order.patient_id else ""
    key = patient_key(home, patient) if any(map(str.isalnum, patient)) else None
    sha256 = _content_hash(order, key)
    cleaned = clean_order(order, home, store.now())
    why_not = refusal(cleaned.order.accession_number)
    number = None if why_not else cleaned.order.accession_number
    with intake(store, actor) as change:
        if key:  # first: under another key the same message looks like another content
            confirm_site_key(change.session, home)
        handled = _handled(change, order)
        if handled is not None and handled.sha256 != sha256:
            words = "another message of this number came before, with another content; send it under a new number"
            return _refused(change, order, words)
        if handled is not None:
            answer = {"outcome": handled.outcome, "accession_number": number, "message": handled.reason or ""}
            return Applied.model_validate(answer)
        applied = _refused(change, order, why_not) if why_not else put_order(change, cleaned, key, pathways)
        change.session.add(
            MessageRow(
                source=order.source,
                message_id=order.message_id,
                sha256=sha256,
                received_utc=change.now_utc,
                outcome=applied.outcome,
                reason=applied.message,
            )
        )
        return applied


def apply_slide(store: Store, arrival: SlideArrival, actor: Actor) -> Applied:
    """Puts a slide that arrived into its case, or on the unmatched list until its case is known.

    The same path again changes nothing. Refused is only a path that may not or cannot be kept: the file stays where it
    is, and a person is asked to rename it. Raises StoreError, and NotAllowedError unless the actor may take in.
    """
    cleaned = clean_arrival(arrival)
    with intake(store, actor) as change:
        return put_slide(change, cleaned)


def _handled(change: Change, order: Order) -> MessageRow | None:
    same = (MessageRow.source == order.source, MessageRow.message_id == order.message_id)
    return change.session.scalar(select(MessageRow).where(*same))


def _content_hash(order: Order, patient: str | None) -> str:
    """Of all that an order tells but the time of sending, which some systems renew when they send a message again."""
    content = order.model_dump_json(exclude={"patient_id", "patient_expected", "sent_utc"})
    return hashlib.sha256(f"{content}{patient}".encode()).hexdigest()


def _refused(change: Change, order: Order, why_not: str) -> Applied:
    sender = mask_identity(f"{order.source}, message {order.message_id}")
    change.ask("refused message", sender, f"An order was refused: {why_not}.")
    change.record(None, "refused message")
    return Applied(outcome="refused", message=why_not)
