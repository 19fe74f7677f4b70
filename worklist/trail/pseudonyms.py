"""Pseudonyms for research: what stands for a case, patient, slide or person outside this house.

They are keyed hashes, and so is by how much dates are moved: the same thing has the same in every export. The way back
leads through the key table in the store alone, and is an admin's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sqlalchemy.dialects import postgresql, sqlite

from worklist.errors import UnknownPseudonymError
from worklist.people import Actor
from worklist.store.store import Store
from worklist.store.tables import PseudonymRow
from worklist.trail.chain import Entry
from worklist.trail.site_key import SiteHash, confirm_site_key

Kind = Literal["case", "patient", "slide", "person"]

MOST_WEEKS: Final = 104
"""Dates are moved back by 1 to this many whole weeks (A): weekdays stay, the week does not."""

_LENGTH: Final = 20
_LETTERS: Final = str.maketrans("0123456789", "ghjkmnpqrs")
"""A pseudonym has letters alone: ten digits of a hash may look like a patient's number."""

_CHUNK: Final = 500


@dataclass(frozen=True)
class Pseudonym:
    """What stands for something outside this house."""

    name: str
    kind: Kind
    original: str
    shift_days: int
    """How far the dates of that patient, or of a case of no known patient, are moved; 0 for slides and people."""


def pseudonym(hashed: SiteHash, kind: Kind, original: str, dated_by: Pseudonym | None = None) -> Pseudonym:
    """The pseudonym of a case (accession number), patient (key), slide (path) or person (login).

    dated_by: the patient, where the dates of a case are moved with all of that patient's.
    """
    name = f"{kind[0].upper()}{hashed('pseudonym', f'{kind} {original}')[:_LENGTH].translate(_LETTERS)}"
    if dated_by is not None:
        shift = dated_by.shift_days
    else:
        weeks = 1 + int(hashed("days", f"{kind} {original}"), 16) % MOST_WEEKS
        shift = -7 * weeks if kind in ("case", "patient") else 0
    return Pseudonym(name, kind, original, shift)


def keep(store: Store, home: Path, used: Iterable[Pseudonym]) -> None:
    """Puts pseudonyms into the key table, those that it lacks. Raises SiteKeyError where the key is not the store's."""
    rows = [
        {
            "pseudonym": it.name,
            "kind": it.kind,
            "original": it.original,
            "shift_days": it.shift_days,
            "made_utc": store.now(),
        }
        for it in used
    ]
    insert = (postgresql if store.engine.dialect.name == "postgresql" else sqlite).insert
    with store.writing() as session:
        confirm_site_key(session, home)
        for at in range(0, len(rows), _CHUNK):
            session.execute(insert(PseudonymRow).values(rows[at : at + _CHUNK]).on_conflict_do_nothing())


def reveal(store: Store, actor: Actor, name: str) -> Pseudonym:
    """What a pseudonym stands for; that it was asked is on the trail. Raises NotAllowedError, UnknownPseudonymError."""
    with store.changing(actor, "reveal pseudonym") as (session, entries):
        row = session.get(PseudonymRow, name.strip())
        if row is None:
            raise UnknownPseudonymError(f"{name}: no such pseudonym in this store's key table")
        case = row.original if row.kind == "case" else None
        entries.append(Entry(actor, "reveal pseudonym", store.now(), case, {"pseudonym": row.pseudonym}))
        kind: Kind = row.kind  # type: ignore[assignment]
        return Pseudonym(row.pseudonym, kind, row.original, row.shift_days)
