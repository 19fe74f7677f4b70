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
    made = {
        name: st.Page(it.show, title=it.title, url_path=name, default=number == 0)
        for number, (name, it) in enumerate(seen.items())
    }
    st.session_state[_KEY] = made
    return st.navigation(list(made.values()), position="top" if shown else "hidden")


def open_page(name: Name, **query: str) -> None:
    """Leaves this page for another, with what its address is to say."""
    st.switch_page(_page(name), query_params=query or None)


def link_page(name: Name, label: str, icon: str | None = None) -> None:
    """A link to another page."""
    st.page_link(_page(name), label=label, icon=icon)


def _page(name: Name) -> StreamlitPage:
    made: Mapping[Name, StreamlitPage] = st.session_state[_KEY]
    return made[name]
