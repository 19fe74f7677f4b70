"""Acting on a case as it was seen: what somebody else did to it in between is said, and nothing of it is undone."""

from pathlib import Path

from worklist.cases import Case, changes_since
from worklist.errors import ChangedCaseError
from worklist.people import Actor
from worklist.store.rows import to_case
from worklist.store.tables import CaseRow


def changes(seen: Case, now: Case) -> list[str]:
    """In words, what people did with a case and what the AI said of it since it was seen; empty if that is nothing."""
    return _people_changes(seen, now) + changes_since(seen, now)


def require_as_seen(row: CaseRow, seen: Case | None) -> None:
    """Raises ChangedCaseError where somebody has changed what people do with the case since it was seen.

    seen: the case as the person saw it; None where nobody looked, such as on the command line.
    """
    if seen is not None:
        _refuse(row, seen, _people_changes(seen, to_case(row)))


def require_ai_as_seen(row: CaseRow, seen: Case | None, slide: str) -> None:
    """Raises ChangedCaseError where the AI says something else of a slide than what was seen of it. slide: its path."""
    if seen is not None:
        _refuse(row, seen, changes_since(_with_only(seen, slide), _with_only(to_case(row), slide)))


def require_not_begun(row: CaseRow, seen: Case | None, actor: Actor) -> None:
    """Raises ChangedCaseError where another reader has begun to read the case since it was seen."""
    if seen is None or seen.state == "in reading" or row.assigned_to == actor.name:
        return
    if row.state == "in reading":
        _refuse(row, seen, [f"{row.assigned_to} has begun to read it"])


def _refuse(row: CaseRow, seen: Case, changes: list[str]) -> None:
    if seen.accession_number != row.accession_number:
        raise ChangedCaseError(f"case {seen.accession_number} was shown, not {row.accession_number}; nothing was done")
    if changes:
        raise ChangedCaseError(
            f"case {row.accession_number} has changed since it was shown: {'; '.join(changes)}. Nothing was done:"
            " look at it again, then say what you want"
        )


def _people_changes(seen: Case, now: Case) -> list[str]:
    told = []
    if seen.assigned_to != now.assigned_to:
        told.append(f"it is with {now.assigned_to or 'nobody'} now, and was with {seen.assigned_to or 'nobody'}")
    if seen.urgent_utc != now.urgent_utc:
        told.append(f"{now.urgent_by} marked it urgent" if now.urgent_by else "it is not marked urgent any more")
    if (seen.state == "second opinion") != (now.state == "second opinion"):
        waits = now.state == "second opinion"
        told.append("a second opinion was asked for" if waits else "it waits for no second opinion any more")
    if seen.is_open != now.is_open:
        told.append("it was reopened" if now.is_open else f"{now.signed_out_by} signed it out")
    return told


def _with_only(case: Case, slide: str) -> Case:
    return case.model_copy(update={"slides": tuple(it for it in case.slides if it.path == Path(slide))})
