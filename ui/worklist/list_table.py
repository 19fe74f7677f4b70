"""The list as one HTML table: words wrap, colours repeat what words say, and an event names a case, not a position."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

import streamlit as st

from ui.acts.words import ActName
from ui.shell.badges import CSS, badge_html
from ui.shell.language import t
from ui.worklist.present import DoneRow, Row, case_link

_HERE: Final = Path(__file__).parent

_component = st.components.v2.component(
    "forrang.list",
    css=(_HERE / "list.css").read_text("utf-8") + CSS,
    js=(_HERE / "list.js").read_text("utf-8"),
)


@dataclass(frozen=True)
class Asked:
    """What somebody did in the list; it names a case, and the drawing of the list in which they saw it."""

    what: str
    """"open", or an act."""
    accession_number: str
    drawing: int


@dataclass(frozen=True)
class Ticked:
    """The cases of one drawing that are ticked."""

    accession_numbers: tuple[str, ...]
    drawing: int
    turn: int
    """Of the browser's ticking, so that an older answer does not take back a newer tick."""


def show_list(
    rows: Sequence[Row],
    key: str,
    drawing: int,
    chosen: Iterable[str],
    turn: int,
    acts: Iterable[ActName],
    back: str,
    on_ticked: Callable[[Ticked], None],
) -> Asked | None:
    """Shows the rows in their order; returns what was just asked of a case.

    back: number of the case that the visitor comes back from, where the cursor begins; empty where there is none.
    on_ticked: told what was ticked, before anything is drawn with it.
    """

    def tell() -> None:
        ticked = ticked_of(st.session_state[key].get("chosen"))
        if ticked is not None:
            on_ticked(ticked)

    data = {
        "html": list_html(rows),
        "drawing": drawing,
        "chosen": list(chosen),
        "turn": turn,
        "acts": list(acts),
        "back": back,
    }
    result = _component(data=data, key=key, on_told_change=lambda: None, on_chosen_change=tell)
    return asked_of(result.get("told"))


def show_done(rows: Sequence[DoneRow], key: str) -> str | None:
    """Shows the signed-out cases; returns the accession number of the case that was just opened, if one was."""
    data = {"html": done_html(rows), "drawing": 0, "chosen": [], "turn": 0, "acts": []}
    result = _component(data=data, key=key, on_told_change=lambda: None, on_chosen_change=lambda: None)
    asked = asked_of(result.get("told"))
    return asked.accession_number if asked else None


def asked_of(told: object) -> Asked | None:
    """What the browser tells, as far as it makes sense."""
    if not isinstance(told, Mapping):
        return None
    what, case, drawing = told.get("what"), told.get("case"), told.get("drawing")
    if isinstance(what, str) and isinstance(case, str) and isinstance(drawing, int):
        return Asked(what, case, drawing)
    return None


def ticked_of(told: object) -> Ticked | None:
    """What the browser tells, as far as it makes sense."""
    if not isinstance(told, Mapping):
        return None
    cases, drawing, turn = told.get("cases"), told.get("drawing"), told.get("turn")
    if not isinstance(cases, Sequence) or not isinstance(drawing, int) or not isinstance(turn, int):
        return None
    return Ticked(tuple(it for it in cases if isinstance(it, str)), drawing, turn)


def list_html(rows: Sequence[Row]) -> str:
    """The open list as a table; every value from outside is escaped."""
    everything = f'<th scope="col"><input type="checkbox" data-all aria-label="{_t("Choose all on this page")}"></th>'
    names = (
        t("Place"),
        t("Case"),
        t("Pathway"),
        t("Site"),
        t("Time left"),
        t("AI"),
        t("With"),
        t("Why it stands here"),
    )
    label = t("Open cases in the order in which to read them")
    return _table(label, everything + _heads(names), (_row_html(row) for row in rows))


def done_html(rows: Sequence[DoneRow]) -> str:
    """The signed-out cases as a table; every value from outside is escaped."""
    names = (t("Case"), t("Pathway"), t("Site"), t("Subspecialty"), t("AI"), t("Signed out"))
    return _table(t("Signed-out cases, the latest first"), _heads(names), (_done_html(row) for row in rows))


def _heads(names: Iterable[str]) -> str:
    return "".join(f'<th scope="col">{escape(name)}</th>' for name in names)


def _table(label: str, heads: str, rows: Iterable[str]) -> str:
    return f'<table aria-label="{escape(label)}"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _row_html(row: Row) -> str:
    number = escape(row.accession_number)
    urgent = f'<span class="urgent" title="{escape(row.urgent)}">{_t("Urgent")}</span>' if row.urgent else ""
    tick = escape(t("Choose case {case}", case=row.accession_number))
    cells = (
        f'<td class="tick"><input type="checkbox" data-choose aria-label="{tick}"></td>',
        f'<td class="place"><span class="number">{row.rank}</span><small>{escape(row.moved)}</small></td>',
        f'<td class="case">{_link(row.accession_number)}{urgent}</td>',
        f'<td class="pathway">{escape(row.pathway)}</td>',
        f"<td>{escape(row.site)}<small>{escape(row.subspecialty)}</small></td>",
        f'<td class="time">{badge_html(row.time)}{_bar(row)}{_small(row.late)}</td>',
        f'<td class="ai">{badge_html(row.ai)}</td>',
        f'<td class="with">{escape(row.reader)}<small>{escape(row.state)}</small></td>',
        f'<td class="why">{escape(row.reason)}</td>',
    )
    return f'<tr class="{row.time.tone}" data-row="{number}">{"".join(cells)}</tr>'


def _bar(row: Row) -> str:
    """A line as long as the share of the time that is left; the words beside it say the same."""
    return f'<div class="bar" aria-hidden="true"><i style="width: {row.left:.0%}"></i></div>'


def _small(words: str) -> str:
    return f"<small>{escape(words)}</small>" if words else ""


def _done_html(row: DoneRow) -> str:
    cells = (
        f"<td>{_link(row.accession_number)}</td>",
        f"<td>{escape(row.pathway)}</td>",
        f"<td>{escape(row.site)}</td>",
        f"<td>{escape(row.subspecialty)}</td>",
        f'<td class="ai">{badge_html(row.ai)}</td>',
        f"<td>{escape(row.signed_out)}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"


def _link(accession_number: str) -> str:
    number = escape(accession_number)
    return f'<a href="{escape(case_link(accession_number))}" data-case="{number}">{number}</a>'


def _t(text: str) -> str:
    return escape(t(text))
