"""The list's filters: none is set until somebody sets one, and what they hide is said."""

from collections.abc import Iterable
from typing import Final, cast

import streamlit as st

from ui.shell.desk import Desk
from ui.shell.memory import remember, remembered
from ui.worklist.present import ListFilter, choices, hidden_words

_LABELS: Final = {"pathways": "Pathway", "sites": "Site", "subspecialties": "Subspecialty", "ai": "AI state"}


def ask_filter(desk: Desk) -> ListFilter:
    """Asks what to look at."""
    there = choices(desk.alike)
    columns = st.columns([2.4, 2, 2, 2, 2], vertical_alignment="bottom")
    search = columns[0].text_input(
        "Search", value=str(remembered("search", "")), key="search", placeholder="Case, pathway, site, slide ..."
    )
    remember("search", search)
    chosen = {}
    for column, (field, label) in zip(columns[1:], _LABELS.items(), strict=True):
        with column:
            chosen[field] = _ask(field, label, there[field])
    return ListFilter(search=search, **chosen)


def say_what_is_hidden(total: int, shown: int) -> None:
    """Says how many cases the filters hide, beside the button that shows them all."""
    words = hidden_words(total, shown)
    if not words:
        return
    text, button = st.columns([6, 1.4], vertical_alignment="center")
    text.warning(f"**{words}**; they keep their places.", icon=":material/filter_alt:")
    button.button("Show all cases", on_click=_clear, key="clear_filters", width="stretch")


def _ask(field: str, label: str, there: list[str]) -> frozenset[str]:
    """A value stays on offer while it is chosen, though no case has it any more."""
    before = list(cast(Iterable[str], st.session_state.get(field, remembered(field, []))))
    options = there + [value for value in before if value not in there]
    chosen = st.multiselect(label, options, default=before, key=field, placeholder="All")
    remember(field, chosen)
    return frozenset(chosen)


def _clear() -> None:
    st.session_state["search"] = ""
    for field in _LABELS:
        st.session_state[field] = []
