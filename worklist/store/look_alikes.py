"""Accession numbers that differ by capitals alone, such as h26-1 and H26-1.

They are not made one: whether they are one case is for a person to say, so both stand on the list until then.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import product
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from worklist.store.tables import CaseRow
from worklist.watching.operations import raise_operation

_LETTERS: Final = 4
"""Up to so many letters every way of writing them is looked up; numbers have up to four before the year (A)."""


def look_alikes(session: Session, numbers: Iterable[str]) -> dict[str, str]:
    """Of the numbers, those from which a case on the list differs by capitals alone, with that case's number."""
    others = {other: number for number in numbers for other in _other_capitals(number)}
    wanted = select(CaseRow.accession_number).where(CaseRow.accession_number.in_(others))
    return {others[found]: found for found in session.scalars(wanted.order_by(CaseRow.accession_number))}


def ask_about_look_alikes(session: Session, numbers: Iterable[str], now_utc: datetime) -> dict[str, str]:
    """Puts new cases before a person whose numbers differ from another case's so; in words what was asked, by number.

    Their rows are written within the session's change.
    """
    told = {}
    for number, other in look_alikes(session, numbers).items():
        told[number] = f"differs from case {other} by capitals alone; a person is asked whether they are one case"
        text = (
            f"Cases {number} and {other} differ by capitals alone: look whether they are one, and correct the source."
        )
        raise_operation(session, "look-alike number", number, text, now_utc)
    return told


def _other_capitals(number: str) -> set[str]:
    letters = [(it.lower(), it.upper()) if it.lower() != it.upper() else (it,) for it in number]
    if sum(len(it) > 1 for it in letters) <= _LETTERS:
        written = {"".join(it) for it in product(*letters)}
    else:
        written = {number.lower(), number.upper(), number.swapcase(), number.capitalize(), number.title()}
    return written - {number}
