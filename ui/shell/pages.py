"""The pages by name: what is in the navigation, for whom, and how one page opens another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from worklist.people import Act

Name = Literal["worklist", "case", "viewer", "planner", "models", "operations", "people", "about"]
"""The name is the page's address too."""

_KEY: Final = "pages"


@dataclass(frozen=True)
class PageOf:
    """A page, and the act that its visitor's role must be allowed; none for a page that everybody sees."""

    title: str
    show: Callable[[], None]
    needs: Act | None


def offer(pages: Mapping[Name, PageOf], allowed: Callable[[Act], bool], *, shown: bool = True) -> StreamlitPage:
    """Puts the pages that the visitor may see into the navigation; gives the one that the address names.

    shown: False where no navigation is drawn, so that nothing is told but that the address is one of ours.
    """
    seen = {name: it for name, it in pages.items() if it.needs is None or allowed(it.needs)}
    made = {name: st.Page(it.show, title=it.title, url_path=name) for name, it in seen.items()}
    st.session_state[_KEY] = made
    first = next(iter(made.values()))
    home = st.Page(lambda: _go_on_to(first), title=first.title, url_path="home", default=True, visibility="hidden")
    return st.navigation([home, *made.values()], position="top" if shown else "hidden")


def open_page(name: Name, **query: str) -> None:
    """Leaves this page for another, with what its address is to say."""
    st.switch_page(_page(name), query_params=query or None)


def _go_on_to(page: StreamlitPage) -> None:
    """The address without a page opens one with an address of its own, and keeps what it asks for."""
    st.switch_page(page, query_params={key: st.query_params.get_all(key) for key in st.query_params})


def link_page(name: Name, label: str, icon: str | None = None) -> None:
    """A link to another page."""
    st.page_link(_page(name), label=label, icon=icon)


def _page(name: Name) -> StreamlitPage:
    made: Mapping[Name, StreamlitPage] = st.session_state[_KEY]
    return made[name]
