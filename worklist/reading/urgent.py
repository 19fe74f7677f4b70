"""A case is marked urgent by a person who says why: it is due today, or within as many working days as they say."""

from datetime import datetime

from worklist.calendar import WorkingCalendar
from worklist.cases import Case
from worklist.people import Actor
from worklist.reading.as_seen import require_as_seen
from worklist.reading.assignment import require_open
from worklist.reading.words import checked
from worklist.store import urgent
from worklist.store.rows import to_case
from worklist.store.store import Store, locked_case
from worklist.trail.chain import Entry, Told


def mark_urgent(
    store: Store,
    actor: Actor,
    accession_number: str,
    reason: str,
    calendar: WorkingCalendar,
    *,
    working_days: int = 0,
    seen: Case | None = None,
) -> Case:
    """The case counts as most urgent, and as due when `wanted_by` says; one that is due before stays so.

    What its orders say is kept, and changes of them too. One that is marked already stays as it is. seen: the case as
    the actor saw it. Raises NotAllowedError, UnknownCaseError, SignedOutError, ChangedCaseError, WorklistError without
    a reason, IdentityError for a patient's number in it, and CalendarError for too many days.
    """
    reason = checked("reason why it is urgent", reason)
    with store.changing(actor, "mark urgent") as (session, entries):
        row = locked_case(session, accession_number)
        require_open(row)
        if row.urgent_utc is None:
            require_as_seen(row, seen)
            now = store.now()
            urgent.mark(row, actor.name, now, reason, wanted_by(now, working_days, calendar))
            told: Told = {"urgent": True, "reason": reason, "due": f"{row.deadline_utc:%Y-%m-%dT%H:%MZ}"}
            entries.append(Entry(actor, "mark urgent", now, accession_number, told))
        return to_case(row)


def unmark_urgent(store: Store, actor: Actor, accession_number: str, *, seen: Case | None = None) -> Case:
    """The case is due again as its orders say; one that is not marked stays as it is. Raises as `mark_urgent` does."""
    with store.changing(actor, "mark urgent") as (session, entries):
        row = locked_case(session, accession_number)
        require_open(row)
        if row.urgent_utc is not None:
            require_as_seen(row, seen)
            urgent.unmark(row)
            entries.append(Entry(actor, "mark urgent", store.now(), accession_number, {"urgent": False}))
        return to_case(row)


def put_mark_back(store: Store, actor: Actor, before: Case, seen: Case) -> Case:
    """The mark that was taken off stands again as it did: whose it is, since when, why, and by when it is wanted.

    before: the case with its mark. seen: the case as the actor saw it without. Raises as `mark_urgent` does, and
    ValueError where the case had no mark.
    """
    if before.urgent_by is None or before.urgent_utc is None or before.urgent_reason is None:
        raise ValueError(f"case {before.accession_number} was not marked urgent")
    with store.changing(actor, "mark urgent") as (session, entries):
        row = locked_case(session, before.accession_number)
        require_open(row)
        require_as_seen(row, seen)
        urgent.mark(row, before.urgent_by, before.urgent_utc, before.urgent_reason, before.deadline_utc)
        told: Told = {"urgent": True, "reason": before.urgent_reason, "mark of": before.urgent_by}
        entries.append(Entry(actor, "mark urgent", store.now(), before.accession_number, told))
        return to_case(row)


def wanted_by(now_utc: datetime, working_days: int, calendar: WorkingCalendar) -> datetime:
    """Closing time of the n-th working day from now on, in UTC; 0: of today, or of the next one if that is over."""
    today = calendar.local_day(now_utc)
    if working_days == 0 and calendar.is_working_day(today) and now_utc < calendar.closing_utc(today):
        return calendar.closing_utc(today)
    return calendar.closing_utc(calendar.shift_working_days(today, max(working_days, 1)))
