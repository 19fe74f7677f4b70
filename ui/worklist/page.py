"""The worklist: which case first, why, and how much time is left; nothing is hidden unless somebody filters."""

from typing import Final

import streamlit as st

from ui.shell.badges import Tone
from ui.shell.desk import FIRST, Desk, look
from ui.shell.facts import counts
from ui.shell.memory import remember, remembered
from ui.shell.pages import open_page
from ui.worklist.filters import ask_filter, say_what_is_hidden
from ui.worklist.list_table import show_done, show_list
from ui.worklist.present import ListFilter, Summary, done_row, order_words, row, site_time, summarise

REFRESH: Final = "20s"
"""How often the list is read anew while somebody looks at it."""

AI_HINT: Final = (
    "Off: the clinical order alone, by working time left to the deadline. No case leaves the list either way."
)

EMPTY: Final = """
#### No case has come in yet

Forrang shows a case here from the moment it comes in until a person signs it out. To get cases onto the list:

- **Try it**: `make demo` draws phantom slides (no patient's), scores them and lists their cases.
- **Your own cases**: `forrang intake CASES.csv` takes them in, then `forrang worker` scores their slides.

This page looks for new cases by itself.
"""


def show() -> None:
    """Shows the page; a click on a case opens it."""

    remember("opened", None)

    @st.fragment(run_every=REFRESH)
    def refreshed() -> None:
        _show_list(look())

    refreshed()


def _show_list(desk: Desk) -> None:
    if not desk.alike and not desk.store.signed_out(1).total:
        st.markdown(EMPTY)
        return
    title, ai_switch, done_switch = st.columns([7, 2, 2.1], vertical_alignment="center")
    use_ai = True
    if desk.policy.raises:
        with ai_switch:
            use_ai = _switch("AI may raise cases", "use_ai", on=True, hint=AI_HINT)
    with done_switch:
        with_done = _switch("Show signed-out cases", "signed_out", on=False, hint=None)
    summary = summarise(desk.alike)
    title.html(_summary(summary))
    chosen = ask_filter(desk)
    count = int(str(remembered("places", FIRST)))
    if chosen == ListFilter():
        there, of = desk.ranked(count, use_ai=use_ai), summary.open
    else:
        there = [it for it in desk.ranked(use_ai=use_ai) if chosen.keeps(it.case)]
        of = len(there)
    say_what_is_hidden(summary.open, of)
    order = order_words(desk.rule(use_ai=use_ai))
    st.caption(f"In **{order}**. As of {site_time(desk.now_utc, desk.policy.calendar)}; read anew every {REFRESH}.")
    shown = there[:count]
    opened = show_list([row(it, desk.policy) for it in shown], key="open_cases") if shown else None
    if of > len(shown):
        st.caption(f"The first {len(shown)} of {of} are shown; the others stand below them, in the same order.")
        st.button(f"Show {FIRST} more", key="more_places", on_click=remember, args=("places", count + FIRST))
    if with_done:
        opened = _show_signed_out(desk) or opened
    if opened:
        open_page("case", case=opened)


def _switch(label: str, name: str, *, on: bool, hint: str | None) -> bool:
    chosen = st.toggle(label, value=bool(remembered(name, on)), key=name, help=hint)
    remember(name, chosen)
    return chosen


def _show_signed_out(desk: Desk) -> str | None:
    done = desk.signed_out()
    st.markdown(f"#### Signed out: {done.total}")
    if not done.cases:
        st.caption("Nobody has signed out a case yet.")
        return None
    if done.total > len(done.cases):
        words = f"Only the latest {len(done.cases)} of {done.total} are shown; each other one opens by its address"
        st.caption(f"{words}, `case?case=` and its number.")
    return show_done([done_row(case, desk.policy) for case in done.cases], key="signed_out_cases")


def _summary(summary: Summary) -> str:
    numbers: list[tuple[int, str, Tone | None]] = [
        (summary.open, "open", None),
        (summary.overdue, "overdue", "overdue"),
        (summary.flagged, "flagged by the AI", None),
        (summary.unread, "unread by the AI", None),
    ]
    return counts("Worklist", numbers)
