"""Questions put to the planner from a page: made from what stands there, started, and opened."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import streamlit as st

from models.errors import ForrangError
from planner.errors import PlannerError
from planner.questions.question import Kind, Question
from ui.access.visitor import visitor
from ui.shell.desk import look
from ui.shell.faults import show_fault
from worklist.planning import ask_planner

KINDS: Final[dict[Kind, str]] = {
    "run": "What does this plan do?",
    "compare": "Which plan is better, and why?",
    "bottleneck": "Where does one more help most?",
    "sensitivity": "Which assumptions matter most?",
    "optimise": "What is the cheapest plan that keeps the target?",
    "workforce": "When do we run short of pathologists?",
    "forecast": "Which open cases will be late?",
}


def new_question(kind: Kind, plans: Sequence[tuple[str, str]], **how: Any) -> Question:
    """The question, asked now by the visitor. plans: name and text."""
    return Question(
        kind=kind,
        scenarios=tuple(text for _, text in plans),
        titles=tuple(name for name, _ in plans),
        asked_by=visitor().name,
        asked_utc=datetime.now(UTC),
        **how,
    )


def ask_and_open(question: Question) -> None:
    """Starts it and goes to where its answer will be; where that cannot be, says why."""
    try:
        it = ask_planner(look().store, visitor().actor, question)
    except (ForrangError, PlannerError) as error:
        show_fault(error)
        return
    st.query_params.from_dict({"answer": it.id})
    st.rerun()
