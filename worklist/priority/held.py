"""The open cases as the order and the filters need them, held in memory, and kept true by the audit trail.

Every change of a case stands on the trail under the case's number, so that only the cases of new acts are read again.
Whatever the trail cannot tell apart, such as another trail than before, has all of them read again.
"""

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from worklist.priority.standings import CLINICAL_ORDER
from worklist.store.filters import IS_OPEN
from worklist.store.tables import AuditHeadRow, AuditRow, CaseRow, ForecastRow, SlideRow

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

NO_SCORE: Final = -1.0
"""Stands for a case that the AI has not flagged, and for one without a forecast."""

_MOST_ACTS: Final = 2000
"""Of more new acts than this, all cases are read again. A."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_FACTS: Final = (
    *(CaseRow.id, CaseRow.accession_number, CaseRow.deadline_utc, CaseRow.urgency, CaseRow.received_utc),
    *(func.coalesce(CaseRow.flag_score, NO_SCORE), CaseRow.pathway_name, CaseRow.site, CaseRow.subspecialty),
    *(CaseRow.ai_state, CaseRow.state, func.coalesce(CaseRow.assigned_to, "")),
)


class Names:
    """The values of a column, each by its code; a code never changes."""

    def __init__(self) -> None:
        self.known: list[str] = []
        self._codes: dict[str, int] = {}

    def coded(self, column: Sequence[str]) -> Ints:
        """Its values by their codes; a new one gets the next."""
        for name in set(column) - self._codes.keys():
            self._codes[name] = len(self.known)
            self.known.append(name)
        return _ints(map(self._codes.__getitem__, column))

    def codes(self, wanted: Iterable[str]) -> list[int]:
        """Of those values that are known."""
        return [self._codes[it] for it in wanted if it in self._codes]

    def ranks(self) -> Ints:
        """Of each code its value's place in the alphabet, by code point."""
        ranks = np.empty(len(self.known), np.int64)
        ranks[sorted(range(len(ranks)), key=self.known.__getitem__)] = np.arange(len(ranks))
        return ranks


@dataclass(frozen=True)
class Kinds:
    """The values of the columns that hold few different ones."""

    pathways: Names
    sites: Names
    subspecialties: Names
    ai_states: Names
    states: Names
    readers: Names
    """Logins; empty where nobody has the case."""

    @classmethod
    def none(cls) -> Self:
        """Before any case was read."""
        return cls(*(Names() for _ in fields(cls)))


@dataclass(frozen=True)
class Columns:
    """Cases in clinical order, a column a fact; times in us since 1970."""

    ids: Ints
    numbers: Texts
    deadlines: Ints
    urgencies: Ints
    received: Ints
    flags: Floats
    """Flag scores, NO_SCORE for none."""
    pathways: Ints
    """This and those up to the readers: codes of `Kinds`."""
    sites: Ints
    subspecialties: Ints
    ai_states: Ints
    states: Ints
    readers: Ints
    chances: Floats
    """Forecast of being late, NO_SCORE for none."""
    foreseen: Ints
    """When the forecast was made."""
    folded: Texts
    """The number for a search, whatever its capitals."""
    slides: Texts
    """The slides' paths, the same."""

    def __len__(self) -> int:
        return len(self.ids)

    def with_changed(self, ids: Sequence[int], others: "Columns") -> "Columns":
        """Without the cases of those ids, and with the others, in clinical order."""
        kept = np.flatnonzero(~np.isin(self.ids, ids))
        at = [bisect_left(kept, others.clinical(it), key=self.clinical) for it in range(len(others))]
        index = np.insert(kept, at, len(self) + np.arange(len(others)))
        return Columns(**{it: np.concatenate((own, others._all()[it]))[index] for it, own in self._all().items()})

    def same(self, ids: Sequence[int], others: "Columns") -> bool:
        """Whether the cases of those ids are held as the others are."""
        there = np.isin(self.ids, ids)
        return all(np.array_equal(own[there], others._all()[it]) for it, own in self._all().items())

    def clinical(self, at: int) -> tuple[Any, ...]:
        """What the clinical order goes by."""
        return self.deadlines[at], self.urgencies[at], self.received[at], self.numbers[at]

    def _all(self) -> dict[str, NDArray[Any]]:
        return {it.name: getattr(self, it.name) for it in fields(self)}


@dataclass(frozen=True)
class Held:
    """The open cases after one act of the trail."""

    act: int
    """Its number; 0 before the first."""
    hash: str
    """Its own, by which another trail is told from this one."""
    cases: Columns
    kinds: Kinds


def up_to_date(session: Session, held: Held | None) -> Held:
    """The open cases as the session sees them, from those of before where they can be told from the trail."""
    head = session.execute(select(AuditHeadRow.number, AuditHeadRow.hash)).first()
    act, link = (0, "") if head is None else (head.number, head.hash)
    if held is not None and (act, link) == (held.act, held.hash):
        return held
    changed = None if held is None else _changed_since(session, held)
    if held is None or changed is None:
        kinds = Kinds.none()
        return Held(act, link, _read(session, kinds), kinds)
    named = CaseRow.accession_number.in_(changed)
    ids = session.scalars(select(CaseRow.id).where(named)).all()
    others = _read(session, held.kinds, named)
    if held.cases.same(ids, others):
        return replace(held, act=act, hash=link)
    return Held(act, link, held.cases.with_changed(ids, others), held.kinds)


def instant(us: int) -> datetime:
    """A time of the columns."""
    return _EPOCH + us * _MICROSECOND


def us_of(at_utc: datetime) -> int:
    """A time as the columns have it."""
    return (at_utc - _EPOCH) // _MICROSECOND


def _changed_since(session: Session, held: Held) -> set[str] | None:
    """Numbers of the cases that new acts are about; None where all are to be read again."""
    facts = (AuditRow.number, AuditRow.hash, AuditRow.accession_number, AuditRow.details)
    wanted = select(*facts).where(AuditRow.number >= held.act).order_by(AuditRow.number).limit(_MOST_ACTS + 2)
    acts = session.execute(wanted).all()
    if held.act:
        if not acts or (acts[0].number, acts[0].hash) != (held.act, held.hash):
            return None
        acts = acts[1:]
    # A forecast of the whole list is the one change that is told once for all cases.
    if len(acts) > _MOST_ACTS or any(json.loads(it.details).get("what") == "forecast" for it in acts):
        return None
    return {it.accession_number for it in acts if it.accession_number is not None}


def _read(session: Session, kinds: Kinds, *which: ColumnElement[bool]) -> Columns:
    rows = session.execute(select(*_FACTS).where(IS_OPEN, *which).order_by(*CLINICAL_ORDER)).all()
    ids, numbers, deadlines, urgencies, received, flags, *values = zip(*rows, strict=True) if rows else [()] * 12
    of_open = select(SlideRow.case_id, SlideRow.path).join(CaseRow).where(IS_OPEN, *which)
    paths: defaultdict[int, list[str]] = defaultdict(list)
    for case_id, path in session.execute(of_open.order_by(SlideRow.case_id, SlideRow.path)):
        paths[case_id].append(path)
    foreseen = select(ForecastRow.case_id, ForecastRow.late_probability, ForecastRow.made_utc)
    chances = {
        case_id: (chance, us_of(made))
        for case_id, chance, made in session.execute(foreseen.join(CaseRow).where(IS_OPEN, *which))
    }
    codes = {it.name: getattr(kinds, it.name).coded(column) for it, column in zip(fields(kinds), values, strict=True)}
    return Columns(
        ids=_ints(ids),
        numbers=_texts(numbers),
        deadlines=_ints(map(us_of, deadlines)),
        urgencies=_ints(urgencies),
        received=_ints(map(us_of, received)),
        flags=np.array(flags, np.float64),
        **codes,
        chances=np.array([chances.get(it, (NO_SCORE, 0))[0] for it in ids], np.float64),
        foreseen=_ints(chances.get(it, (NO_SCORE, 0))[1] for it in ids),
        folded=_texts([it.casefold() for it in numbers]),
        slides=_texts(["\n".join(paths[it]).casefold() for it in ids]),
    )


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, np.int64)


def _texts(values: Sequence[str]) -> Texts:
    texts = np.empty(len(values), object)
    texts[:] = values
    return texts
