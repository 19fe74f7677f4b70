"""When a case is due and how that is reckoned, in words that a reader can check on a calendar."""

from datetime import date, datetime, timedelta
from typing import Final

from ui.shell.language import moment, percent, t, tn
from worklist.calendar import MAX_WORKING_DAYS, WorkingCalendar, working_time
from worklist.cases import Case
from worklist.kept_forecasts import KeptForecast

FRESH: Final = timedelta(hours=24)
"""An older forecast says so. A."""


def due_lines(case: Case, now_utc: datetime, calendar: WorkingCalendar) -> list[tuple[str, str]]:
    """Headings with a text each: received, due and why then, how much of the time is used."""
    zone = calendar.zone
    lines = [
        (t("Received"), moment(case.received_utc, zone)),
        (t("Due"), f"{moment(case.deadline_utc, zone)}: {_reckoned(case, calendar)}"),
    ]
    if case.urgent_by and case.urgent_utc and case.ordered_deadline_utc:
        lines.append(
            (
                t("Urgent"),
                t(
                    "{name} marked it urgent {when}: {reason}. As ordered it was due {due}.",
                    name=case.urgent_by,
                    when=moment(case.urgent_utc, zone),
                    reason=case.urgent_reason,
                    due=moment(case.ordered_deadline_utc, zone),
                ),
            )
        )
    until = case.signed_out_utc or now_utc
    used, left = working_time(case.received_utc, until, calendar), working_time(until, case.deadline_utc, calendar)
    lines.append((t("Working time"), _spent(used, left, calendar, done=case.signed_out_utc is not None)))
    return lines


def duration_words(duration: timedelta, calendar: WorkingCalendar) -> str:
    """A working time in the visitor's language: "2 working days 3 h"; its sign does not matter."""
    minutes = int(abs(duration).total_seconds() // 60)
    if minutes < 60:
        return tn("{n} working minute", "{n} working minutes", minutes)
    day_minutes = int(calendar.working_day.total_seconds() // 60)
    days, rest = divmod(minutes, day_minutes)
    if not days:
        return tn("{n} working hour", "{n} working hours", minutes // 60)
    words = tn("{n} working day", "{n} working days", days)
    return f"{words} {rest // 60} {t('h')}" if rest >= 60 else words


def forecast_words(
    found: KeptForecast | None, deadline_utc: datetime, now_utc: datetime, calendar: WorkingCalendar
) -> str:
    """How likely the open case misses its deadline; no forecast is not a good one, and a missed one needs none."""
    if deadline_utc <= now_utc:
        return t("None is needed: the deadline has passed.")
    if found is None:
        return t("No forecast: unknown, not safe. A manager or an administrator foresees the list on the page Planner.")
    when = moment(found.made_utc, calendar.zone)
    words = t(
        "{share} likely to miss its deadline, by the forecast of {when}",
        share=percent(found.late_probability),
        when=when,
    )
    return words + (t("; that is old by now") if now_utc - found.made_utc > FRESH else "") + "."


def _reckoned(case: Case, calendar: WorkingCalendar) -> str:
    """Why it is due then."""
    if case.urgent_by:
        return t("as whoever marked it urgent wants it")
    received, due = calendar.local_day(case.received_utc), calendar.local_day(case.deadline_utc)
    count = _working_days(received, due, calendar)
    if count is None or calendar.closing_utc(due) != case.deadline_utc:
        return t("{pathway}, as it was ordered", pathway=case.pathway_name)
    skipped = (due - received).days - count
    words = tn(
        "{pathway}: closing time of the first working day after the day of receipt",
        "{pathway}: closing time of working day {n} after the day of receipt",
        count,
        pathway=case.pathway_name,
    )
    if skipped:
        words += tn(", with {n} day off between", ", with {n} days off between", skipped)
    return words


def _working_days(start: date, end: date, calendar: WorkingCalendar) -> int | None:
    """How many working days after one day another one is; None where it is no working day, or too far away."""
    day, count = start, 0
    while day < end and count < MAX_WORKING_DAYS:
        day, count = calendar.shift_working_days(day, 1), count + 1
    return count if day == end and count else None


def _spent(used: timedelta, left: timedelta, calendar: WorkingCalendar, *, done: bool) -> str:
    spent, rest = duration_words(used, calendar), duration_words(left, calendar)
    if done:
        return (
            t("{spent} until the sign-out, {rest} before the deadline.", spent=spent, rest=rest)
            if left >= timedelta()
            else t("{spent} until the sign-out, {rest} after the deadline.", spent=spent, rest=rest)
        )
    if left < timedelta():
        return t("{spent} used, {rest} overdue.", spent=spent, rest=rest)
    share = used / (used + left) if used + left else 1.0
    return t("{spent} used ({share}), {rest} left.", spent=spent, rest=rest, share=percent(share))
