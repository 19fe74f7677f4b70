"""The list's filters: none is set until somebody sets one, and what they hide is said."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, cast, get_args

import streamlit as st

from ui.shell.language import number, t
from ui.shell.memory import remember, remembered
from ui.worklist.choice import Choice, from_query, to_query
from ui.worklist.present import hidden_words, offers, value_words
from worklist.priority.chosen import Sort
from worklist.store.filters import Whose
from worklist.store.overview import Alike

_LABELS: Final = {
    "pathways": "Pathway",
    "sites": "Site",
    "subspecialties": "Subspecialty",
    "states": "State",
    "ai_states": "AI state",
}

_WHOSE: Final[dict[Whose, str]] = {
    "all": "Everybody's cases",
    "mine": "My cases",
    "nobody": "Nobody's cases",
    "second opinion": "Waiting for a second opinion",
}

_SORTS: Final[dict[Sort, str]] = {
    "place": "Place on the list",
    "deadline": "Deadline",
    "received": "Received",
    "number": "Case number",
    "pathway": "Pathway",
    "site": "Site",
    "subspecialty": "Subspecialty",
    "state": "State",
    "reader": "Reader",
}

_KEY: Final = "choice"
_WIDGETS: Final = ("search", "whose", "sort", "descending", *_LABELS)


def choice_before() -> Choice:
    """What the address says when the page is opened by one, else what was chosen last."""
    last = remembered(_KEY, None)
    told = {name: st.query_params.get_all(name) for name in st.query_params}
    if isinstance(last, Choice) and (not told or from_query(told) == last):
        return last
    for widget in _WIDGETS:
        st.session_state.pop(widget, None)
    return from_query(told)


def keep_choice(choice: Choice) -> None:
    """For this visit, and in the address."""
    remember(_KEY, choice)
    told = to_query(choice)
    if {name: st.query_params.get_all(name) for name in st.query_params} != {
        name: value if isinstance(value, list) else [value] for name, value in told.items()
    }:
        st.query_params.from_dict(told)


def ask_choice(before: Choice, alike: Sequence[Alike]) -> Choice:
    """Asks what to look at, and in which order; another choice begins with its first page."""
    there = offers(alike, before.chosen)
    search, whose, sort, turn = st.columns([3.4, 2.2, 2, 1.3], vertical_alignment="bottom")
    text = search.text_input(
        t("Search"),
        value=before.chosen.text,
        key="search",
        max_chars=200,
        placeholder=t("Case number, pathway, site, reader, slide ..."),
    )
    by_whom = whose.selectbox(
        t("Whose"), get_args(Whose), list(_WHOSE).index(before.chosen.whose), lambda it: t(_WHOSE[it]), key="whose"
    )
    order = sort.selectbox(
        t("Sorted by"), get_args(Sort), list(_SORTS).index(before.sort), lambda it: t(_SORTS[it]), key="sort"
    )
    descending = turn.toggle(t("Last first"), value=before.descending, key="descending")
    values: dict[str, Any] = {}
    for column, (field, label) in zip(st.columns(len(_LABELS)), _LABELS.items(), strict=True):
        with column:
            values[field] = _ask(field, t(label), there[field], getattr(before.chosen, field))
    chosen = replace(before.chosen, **values, whose=by_whom, text=text)
    now = Choice(chosen, order, descending, before.page, before.use_ai)
    return now if now == before else Choice(chosen, order, descending, 1, before.use_ai)


def say_what_is_hidden(total: int, shown: int) -> None:
    """Says how many cases the filters hide, beside the button that shows them all."""
    words = hidden_words(total, shown)
    if not words:
        return
    text, button = st.columns([6, 1.4], vertical_alignment="center")
    text.warning(t("**{words}**; they keep their places.", words=words), icon=":material/filter_alt:")
    button.button(t("Show all cases"), on_click=_clear, key="clear_filters", width="stretch")


def _ask(field: str, label: str, there: dict[str, int], before: frozenset[str]) -> frozenset[str]:
    chosen = st.multiselect(
        label,
        list(there),
        default=[it for it in there if it in before],
        format_func=lambda value: f"{value_words(field, value)} ({number(there.get(value, 0))})",
        key=field,
        placeholder=t("All"),
    )
    return frozenset(cast("Sequence[str]", chosen))


def _clear() -> None:
    st.session_state["search"], st.session_state["whose"] = "", "all"
    for field in _LABELS:
        st.session_state[field] = []
