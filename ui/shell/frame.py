"""The frame round every page: the navigation, the notice that this is research software, and errors in words."""

from html import escape
from typing import Final

import streamlit as st

from models.errors import ForrangError
from ui.access.door import let_in, show_who
from ui.access.visitor import Visitor
from ui.case import page as case_page
from ui.operations import page as operations_page
from ui.people import about as about_page
from ui.people import page as people_page
from ui.shell import badges, facts, look
from ui.shell.faults import show_page_fault
from ui.shell.language import t
from ui.shell.language_switch import switch_language
from ui.shell.pages import Name, PageOf, offer
from ui.viewer import page as viewer_page
from ui.worklist import page as worklist_page
from worklist.people import Act
from worklist.watching.action_times import TIMES

NOTICE: Final = "Research software, not for clinical use."
AI_ONLY_RAISES: Final = (
    "The AI only raises cases: no score moves a case behind its clinical place except that others are raised past it,"
    " and none takes a case off the list."
)

_BARS: Final = (
    '<g fill="#2a7ab8"><rect x="2" y="5" width="26" height="6" rx="1.5"/><rect x="2" y="14" width="18" height="6"'
    ' rx="1.5" opacity=".65"/><rect x="2" y="23" width="10" height="6" rx="1.5" opacity=".4"/></g>'
)
ICON: Final = f'<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32" viewBox="0 0 32 32">{_BARS}</svg>'
"""Drawn here, since Streamlit fetches the icons that it knows by name, and emoji, from the internet."""

_LOGO: Final = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="136" height="32" viewBox="0 0 136 32">{_BARS}'
    "<style>text { fill: #1b2733 } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }</style>"
    '<text x="38" y="24" font-family="Arial, Helvetica, sans-serif" font-size="22" font-weight="600">'
    "Forrang</text></svg>"
)


def _models() -> None:
    """Brought in when somebody asks for it: what judges models takes seconds to load, and the list shall not wait."""
    from ui.models.page import show

    show()


def _planner() -> None:
    """As the models: what simulates and draws takes its time to load."""
    from ui.planner.page import show

    show()


def pages() -> dict[Name, PageOf]:
    """All pages, in the order of the navigation, with what each asks of its visitor."""
    return {
        "worklist": PageOf(t("Worklist"), worklist_page.show, "see list"),
        "case": PageOf(t("Case"), case_page.show, "see case"),
        "viewer": PageOf(t("Slides"), viewer_page.show, "see case"),
        "planner": PageOf(t("Planner"), _planner, "see plans"),
        "models": PageOf(t("Models"), _models, None),
        "operations": PageOf(t("Operations"), operations_page.show, "see operations"),
        "people": PageOf(t("People"), people_page.show, "manage people"),
        "about": PageOf(t("About"), about_page.show, None),
    }


def show() -> None:
    """Shows the page that the address names."""
    st.set_page_config(page_title="Forrang", page_icon=ICON, layout="wide", menu_items={"About": t(NOTICE)})
    scheme = look.scheme_css(st.context.theme.type)
    st.html(f"<style>{scheme}{look.CSS}{badges.CSS}{facts.CSS}</style>")
    st.logo(_LOGO, size="large")
    with TIMES.timed("standard"):  # or what is found on the way: a sign-in, a search, a heavy result
        _show_inside()


def _show_inside() -> None:
    try:
        here = let_in()
    except ForrangError as error:
        offer(pages(), _everything, shown=False)
        show_page_fault(error)
        return
    if here is None:
        offer(pages(), _everything, shown=False)
        return
    page = offer(pages(), here.may)
    _show_head(here)
    try:
        page.run()
    except ForrangError as error:
        show_page_fault(error)


def _everything(_act: Act) -> bool:
    """So that an address is known at the door too; nothing is drawn of it."""
    return True


def _show_head(here: Visitor) -> None:
    notice, who, choice = st.columns([5, 1.4, 1], vertical_alignment="center")
    with who:
        show_who(here)
    notice.html(f'<div class="facts notice"><b>{escape(t(NOTICE))}</b> {escape(t(AI_ONLY_RAISES))}</div>')
    with choice:
        switch_language()
