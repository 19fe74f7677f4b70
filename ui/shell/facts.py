"""Small blocks of facts as HTML: badges in a row, pairs of heading and text, tables. All from outside is escaped."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from ui.shell.badges import Badge, Tone, badge_html
from ui.shell.language import number

CSS: Final = """
.facts { font-size: 0.92rem; line-height: 1.4; }
.facts.notice { font-size: 0.88rem; color: var(--fr-muted); }
.facts h2 { font-size: 1.5rem; padding: 0; margin: 0; }
.facts small.name { display: block; font-size: 0.8rem; color: var(--fr-muted); margin-top: 0.45rem; }
.facts .row { display: flex; flex-wrap: wrap; gap: 0.2rem 2rem; }
.facts .row > div { max-width: 44rem; }
.facts span.overdue { color: var(--fr-overdue); }
.facts table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
.facts th { text-align: left; font-size: 0.8rem; font-weight: 600; color: var(--fr-muted);
  padding: 0.2rem 0.6rem 0.2rem 0; border: 0; border-bottom: 1px solid var(--fr-line-strong); }
.facts td { padding: 0.25rem 0.6rem 0.25rem 0; border: 0; border-bottom: 1px solid var(--fr-line);
  vertical-align: top; }
.facts ol, .facts li { font-size: inherit; margin: 0; }
.facts .wrap { overflow-wrap: anywhere; }
.facts .ramp { height: 0.8rem; border: 1px solid var(--fr-line-strong); border-radius: 0.15rem; }
.facts .ends { display: flex; justify-content: space-between; font-size: 0.8rem; color: var(--fr-muted); }
"""

_MARKDOWN: Final = frozenset("\\`*_{}[]()#+!|~:$<>")
_LINKED: Final = re.compile(r"@(?=[-\w]*\.[-\w.]*[^\W\d_](?![-\w]))|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)
"""Where a text would become a link by itself: an e-mail, which idc-screen@2.0.0-b looks like, or an address."""
_JOINER: Final = "\N{WORD JOINER}"


def literal(text: str) -> str:
    """Text as it stands, for places that Streamlit reads as Markdown."""
    unlinked = _LINKED.sub(rf"\g<0>{_JOINER}", text)
    return "".join(f"\\{sign}" if sign in _MARKDOWN else sign for sign in unlinked)


def heading(title: str, under: str) -> str:
    """A page's title with a line under it."""
    return f'<div class="facts"><h2>{escape(title)}</h2><div>{escape(under)}</div></div>'


def counts(title: str, counted: Iterable[tuple[int, str, Tone | None]]) -> str:
    """A page's title with numbers under it, each with what it counts; one that matters has a tone while it is not 0."""
    told = (
        f'<span class="{tone if tone and count else "plain"}"><b>{number(count)}</b> {escape(words)}</span>'
        for count, words, tone in counted
    )
    return f'<div class="facts"><h2>{escape(title)}</h2><div class="row">{"".join(told)}</div></div>'


def badge_row(badges: Iterable[tuple[str, Badge]], last: tuple[str, str]) -> str:
    """Named badges side by side, and a named text after them."""
    blocks = [f'<div><small class="name">{escape(name)}</small>{badge_html(badge)}</div>' for name, badge in badges]
    blocks.append(f'<div><small class="name">{escape(last[0])}</small>{escape(last[1])}</div>')
    return f'<div class="facts"><div class="row">{"".join(blocks)}</div></div>'


def pairs(lines: Iterable[tuple[str, str]]) -> str:
    """Headings with a text under each."""
    blocks = (
        f'<small class="name">{escape(name)}</small><div class="wrap">{escape(text)}</div>' for name, text in lines
    )
    return f'<div class="facts">{"".join(blocks)}</div>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A plain table."""
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="facts"><table><thead><tr>{names}</tr></thead><tbody>{lines}</tbody></table></div>'


def ramp(gradient: str, name: str) -> str:
    """The legend of a colour ramp from 0 to 1; `gradient` is CSS of our own."""
    ends = "<div class='ends'><span>0</span><span>0.5</span><span>1</span></div>"
    return (
        f'<div class="facts"><small class="name">{escape(name)}</small>'
        f'<div class="ramp" role="img" aria-label="{escape(name)}: blue 0, sand 0.5, red 1"'
        f' style="background: {gradient}"></div>{ends}</div>'
    )
