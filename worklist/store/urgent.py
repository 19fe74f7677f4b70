"""What a person's mark "urgent" does to a case's row: an earlier deadline, kept apart from the one of its orders."""

from datetime import datetime
from typing import Final

from worklist.store.tables import CaseRow

MOST_URGENT: Final = 1


def mark(row: CaseRow, by: str, at_utc: datetime, reason: str, wanted_utc: datetime) -> None:
    """The case counts as most urgent and as due when it is wanted; one that is due before that stays so."""
    row.urgent_by, row.urgent_utc, row.urgent_reason = by, at_utc, reason
    row.ordered_deadline_utc, row.ordered_urgency = row.deadline_utc, row.urgency
    row.deadline_utc, row.urgency = min(row.deadline_utc, wanted_utc), MOST_URGENT


def unmark(row: CaseRow) -> None:
    """The case is due again as its orders say."""
    row.deadline_utc, row.urgency = ordered(row)
    row.urgent_by = row.urgent_utc = row.urgent_reason = row.ordered_deadline_utc = row.ordered_urgency = None


def ordered(row: CaseRow) -> tuple[datetime, int]:
    """Deadline and urgency as the orders give them, whatever a person marked."""
    if row.ordered_deadline_utc is None or row.ordered_urgency is None:
        return row.deadline_utc, row.urgency
    return row.ordered_deadline_utc, row.ordered_urgency


def keep_marked(row: CaseRow, before_utc: datetime) -> None:
    """After the orders gave a marked case new terms: those are kept apart, and what a person wants stands.

    before_utc: the deadline that the case had until then.
    """
    if row.urgent_utc is not None:
        row.ordered_deadline_utc, row.ordered_urgency = row.deadline_utc, row.urgency
        row.deadline_utc, row.urgency = min(row.deadline_utc, before_utc), MOST_URGENT
