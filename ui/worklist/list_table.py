"""The list as one HTML table: words wrap, colours repeat what words say, and a click names a case, not a position."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

import streamlit as st

from ui.shell.badges import CSS, badge_html
from ui.worklist.present import DoneRow, Row, case_link

_DONE_HEAD: Final = ("Case", "Pathway", "Site", "Subspecialty", "AI", "Signed out")
_HEAD: Final = ("Place", "Case", "Pathway", "Site", "Subspecialty", "Time left", "AI", "Why it stands here")

_CSS: Final = """
table { width: 100%; border-collapse: collapse; font-family: var(--st-font); font-size: 0.92rem; line-height: 1.35;
  color: var(--st-text-color); font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; font-size: 0.8rem; color: #4a5a68; padding: 0.35rem 0.6rem;
  border-bottom: 2px solid #b4c0ca; white-space: nowrap; }
td { padding: 0.5rem 0.6rem; border-bottom: 1px solid #dde4ea; vertical-align: top; }
tr:hover td { background: #f5f8fa; }
td.place { white-space: nowrap; border-left: 4px solid transparent; }
tr.overdue td.place { border-left-color: #a4161a; }
tr.soon td.place { border-left-color: #c77700; }
.number { font-size: 1.15rem; font-weight: 650; }
small { display: block; font-size: 0.8rem; color: #4a5a68; }
a { color: #14507a; font-weight: 600; text-decoration: underline; text-underline-offset: 2px; white-space: nowrap; }
a:focus-visible { outline: 3px solid #f0a202; outline-offset: 2px; }
td.time, td.ai { min-width: 8.6rem; }
td.pathway { min-width: 9rem; }
td.why { min-width: 16rem; }
"""

_JS: Final = """
export default function ({ parentElement, data, setTriggerValue }) {
  let box = parentElement.querySelector("[data-list]");
  if (!box) {
    box = document.createElement("div");
    box.dataset.list = "";
    parentElement.appendChild(box);
    box.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-case]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      box.sendToForrang(link.dataset.case);
    });
  }
  box.sendToForrang = (accessionNumber) => setTriggerValue("opened", accessionNumber);
  if (box.shown === data) return;
  const focused = parentElement.activeElement?.dataset?.case;
  box.shown = data;
  box.innerHTML = data;
  if (focused) box.querySelector(`a[data-case="${CSS.escape(focused)}"]`)?.focus();
}
"""

_component = st.components.v2.component("forrang.list", css=_CSS + CSS, js=_JS)


def show_list(rows: Sequence[Row], key: str) -> str | None:
    """Shows the rows in their order; returns the accession number of the case that was just opened, if one was."""
    return _show(list_html(rows), key)


def show_done(rows: Sequence[DoneRow], key: str) -> str | None:
    """Shows the signed-out cases; returns the accession number of the case that was just opened, if one was."""
    return _show(done_html(rows), key)


def list_html(rows: Sequence[Row]) -> str:
    """The open list as a table; every value from outside is escaped."""
    return _table("Open cases in the order in which to read them", _HEAD, (_row_html(row) for row in rows))


def done_html(rows: Sequence[DoneRow]) -> str:
    """The signed-out cases as a table; every value from outside is escaped."""
    return _table("Signed-out cases, the latest first", _DONE_HEAD, (_done_html(row) for row in rows))


def _show(html: str, key: str) -> str | None:
    opened = _component(data=html, key=key, on_opened_change=lambda: None).get("opened")
    return str(opened) if opened else None


def _table(label: str, head: Sequence[str], rows: Iterable[str]) -> str:
    names = "".join(f'<th scope="col">{name}</th>' for name in head)
    return f'<table aria-label="{label}"><thead><tr>{names}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _row_html(row: Row) -> str:
    cells = (
        f'<td class="place"><span class="number">{row.rank}</span><small>{escape(row.moved)}</small></td>',
        f"<td>{_link(row.accession_number)}</td>",
        f'<td class="pathway">{escape(row.pathway)}</td>',
        f"<td>{escape(row.site)}</td>",
        f"<td>{escape(row.subspecialty)}</td>",
        f'<td class="time">{badge_html(row.time)}</td>',
        f'<td class="ai">{badge_html(row.ai)}</td>',
        f'<td class="why">{escape(row.reason)}</td>',
    )
    return f'<tr class="{row.time.tone}">{"".join(cells)}</tr>'


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
