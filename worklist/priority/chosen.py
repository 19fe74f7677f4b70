"""Some of the open cases in the order of the list, as far as a page of them asks for."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from worklist.priority.order import Bounds, Standing, TimeLeft, in_order
from worklist.priority.places import clinical
from worklist.priority.policy import Policy
from worklist.priority.standings import CLINICAL_ORDER, due_times, is_raised, lean, movers, to_standing
from worklist.store.tables import CaseRow

Conditions = Sequence[ColumnElement[bool]]


def chosen_standings(
    session: Session, kept: Conditions, start: int, stop: int, now_utc: datetime, policy: Policy
) -> list[Standing]:
    """Of the open cases that the conditions keep, those from start (0 the first) up to stop, in the list's order.

    Their clinical places are not told. The clinical order settles the page but for what is raised: so those are read
    that may be raised onto it, and the protected ones of the whole list, which end the stretches. What is due so early
    that nothing can be raised past it is counted only.
    """
    if stop <= start:
        return []
    in_clinical_order = lean(now_utc, policy).where(*kept).order_by(*CLINICAL_ORDER)
    if not policy.raises:
        rows = session.execute(in_clinical_order.offset(start).limit(stop - start))
        return [to_standing(0, row) for row in rows]
    edges = select(CaseRow.deadline_utc).where(*kept).order_by(*CLINICAL_ORDER).limit(1)
    first, last = session.scalar(edges.offset(start)), session.scalar(edges.offset(stop - 1))
    if first is None or last is None:
        return []
    left, due = TimeLeft(now_utc, policy.calendar), due_times(session).deadlines
    nearly = Bounds.at(now_utc, policy).nearly_due_until_utc
    since = first
    if first > nearly:
        passed = bisect_right(due, left.to(first) - policy.most_raised, key=left.to)
        since = due[max(passed, bisect_right(due, nearly))]
    settled = select(func.count()).select_from(CaseRow).where(*kept, CaseRow.deadline_utc < since)
    skipped = session.scalar(settled) or 0
    rows = session.execute(in_clinical_order.where(CaseRow.deadline_utc >= since).limit(stop - skipped))
    told = [to_standing(0, row) for row in rows]
    until = due[bisect_right(due, left.to(last) + policy.most_raised, key=left.to) - 1]
    behind = lean(now_utc, policy).where(*kept, is_raised(policy), CaseRow.deadline_utc.between(last, until))
    told += [to_standing(0, row) for row in session.execute(behind)]
    wanted = {it.case_id for it in told}
    walls = movers(session, max(since, nearly), until, now_utc, policy, raised=False)
    there = sorted({it.case_id: it for it in (*told, *walls)}.values(), key=clinical)
    numbered = (replace(it, clinical_place=number) for number, it in enumerate(there, start=1))
    ordered = (it.standing for it in in_order(numbered, now_utc, policy) if it.standing.case_id in wanted)
    return list(islice(ordered, start - skipped, stop - skipped))
