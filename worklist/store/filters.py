"""What somebody looks for on the open list, as conditions that the database answers; an empty choice keeps all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from worklist.store.tables import CaseRow, SlideRow

Whose = Literal["all", "mine", "nobody", "second opinion"]
"""nobody: no reader has it. second opinion: it waits for one."""

IS_OPEN: Final = CaseRow.signed_out_utc.is_(None)

_FEW: Final = 1000
"""So many cases that a text is found in are asked about by name."""


_CASE_TEXT: Final = (
    CaseRow.accession_number
    + " "
    + CaseRow.pathway_name
    + " "
    + CaseRow.site
    + " "
    + CaseRow.subspecialty
    + " "
    + func.coalesce(CaseRow.assigned_to, "")
)


@dataclass(frozen=True)
class Filter:
    """What to look at; the values of one field are alternatives, and every field has to fit."""

    pathways: frozenset[str] = frozenset()
    """Names."""
    sites: frozenset[str] = frozenset()
    """Empty text stands for a case without one; so it does for the subspecialties."""
    subspecialties: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    """Of CaseState."""
    ai_states: frozenset[str] = frozenset()
    """Of AiState."""
    whose: Whose = "all"
    reader: str = ""
    """Login of whoever "mine" is."""
    text: str = ""
    """Words, all of which must fit one case. They are looked for as the beginning of its number; where no open case
    fits, anywhere in its number, pathway, site, subspecialty or reader's login; then in its slides' names and
    barcodes."""

    @property
    def hides(self) -> bool:
        """Whether any case can be hidden by it."""
        return self != Filter(reader=self.reader, text=self.text) or bool(self.text.split())


def conditions(session: Session, chosen: Filter) -> list[ColumnElement[bool]]:
    """What an open case must fulfil."""
    told: list[ColumnElement[bool]] = [IS_OPEN]
    fields = (
        (CaseRow.pathway_name, chosen.pathways),
        (CaseRow.site, chosen.sites),
        (CaseRow.subspecialty, chosen.subspecialties),
        (CaseRow.state, chosen.states),
        (CaseRow.ai_state, chosen.ai_states),
    )
    told += [column.in_(sorted(values)) for column, values in fields if values]
    match chosen.whose:
        case "mine":
            told.append(CaseRow.assigned_to == chosen.reader)
        case "nobody":
            told.append(CaseRow.assigned_to.is_(None))
        case "second opinion":
            told.append(CaseRow.state == "second opinion")
        case "all":
            pass
    if words := chosen.text.split():
        told.append(_with_text(session, words))
    return told


def _with_text(session: Session, words: Sequence[str]) -> ColumnElement[bool]:
    """Few cases are named one by one, since they are looked for once and asked about several times."""
    number = CaseRow.accession_number
    begins = [or_(*(and_(number >= it, number < f"{it}\U0010ffff") for it in {word, word.upper()})) for word in words]
    by_slide = [_has_slide(word) for word in words]
    for wanted in (begins, [_holds(_CASE_TEXT, word) for word in words], by_slide):
        # In the order of the index that holds all these columns, or SQLite reads every case itself.
        ids = select(CaseRow.id).where(IS_OPEN, *wanted).order_by(CaseRow.pathway_name, CaseRow.site)
        found = session.scalars(ids.limit(_FEW + 1)).all()
        if len(found) > _FEW:
            return and_(*wanted)
        if found:
            return CaseRow.id.in_(found)
    return false()


def _holds(text: ColumnElement[str] | InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    """Whatever the capitals; SQLite knows those of English alone, so the others are spelled out."""
    spelled = dict.fromkeys((word, word.lower(), word.upper(), word.capitalize())) if not word.isascii() else (word,)
    return or_(*(text.icontains(it, autoescape=True) for it in spelled))


def _has_slide(word: str) -> ColumnElement[bool]:
    by_name = select(SlideRow.id).where(SlideRow.case_id == CaseRow.id, _holds(SlideRow.path, word)).exists()
    return or_(by_name, CaseRow.id.in_(select(SlideRow.case_id).where(SlideRow.slide_id == word)))
