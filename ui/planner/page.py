"""The planner's page: plans and answers at first, one plan to change and ask, or one answer; the address says."""

import streamlit as st

from planner.errors import PlannerError
from planner.questions.warm import WARM
from ui.access.visitor import visitor
from ui.planner import answer, editor, home
from ui.shell.facts import literal
from ui.shell.faults import show_fault
from ui.shell.memory import remember, remembered

SAID = "planner said"


def show() -> None:
    """Shows what the address names; what the planner refuses is told in its words."""
    if said := str(remembered(SAID, "")):
        st.toast(literal(said), icon=":material/check:")
        remember(SAID, "")
    if visitor().may("plan"):
        WARM.get_ready()
    try:
        if number := st.query_params.get("answer"):
            answer.show(number)
        elif name := st.query_params.get("plan"):
            editor.show(name)
        else:
            home.show()
    except PlannerError as error:
        show_fault(error)
        if st.query_params and st.button(_back(), icon=":material/arrow_back:"):
            st.query_params.clear()
            st.rerun()


def _back() -> str:
    return home.back_words()
