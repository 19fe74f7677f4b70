"""The audit trail's chain: every act becomes a row that holds the hash of the row before it.

A row's hash is SHA-256 over its own fields and the hash before it, so that a row that was changed, taken out or put in
breaks every link after it. Whoever appends holds the head's row from before the act until it is written.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from worklist.people import Act, Actor
from worklist.store.tables import AuditHeadRow, AuditRow

START: Final = "0" * 64
"""The hash before the first row."""

Told = Mapping[str, str | int | float | bool | None]
"""What an act's row tells beside who, when, what and which case; never a patient's identity."""


@dataclass(frozen=True)
class Entry:
    """One act, before it is on the trail."""

    actor: Actor
    act: Act
    at_utc: datetime
    accession_number: str | None = None
    details: Told = field(default_factory=dict)


def hold(session: Session) -> AuditHeadRow:
    """The newest link, held until the session's change is written; others who would change something wait."""
    return session.scalars(select(AuditHeadRow).with_for_update().execution_options(populate_existing=True)).one()


def append(session: Session, *entries: Entry) -> None:
    """Puts the acts on the trail within the session's change: both are written, or neither."""
    if not entries:
        return
    head = hold(session)
    rows = []
    number, previous = head.number, head.hash
    for entry in entries:
        number += 1
        row = {
            "number": number,
            "at_utc": entry.at_utc.astimezone(UTC),
            "who": entry.actor.name,
            "role": entry.actor.role,
            "source": entry.actor.source,
            "act": entry.act,
            "accession_number": entry.accession_number,
            "details": json.dumps(entry.details, sort_keys=True, ensure_ascii=False),
            "previous": previous,
        }
        previous = link(row)
        rows.append({**row, "hash": previous})
    session.execute(insert(AuditRow), rows)
    head.number, head.hash = number, previous


def link(row: Mapping[str, object]) -> str:
    """The hash of a row: of all its columns but `hash`, by name, with the instant in ISO form."""
    plain = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
