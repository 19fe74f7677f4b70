"""The questions that were asked, newest first, with how far each has come."""

from collections.abc import Callable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from planner.questions.folder import Asked
from planner.questions.question import State
from ui.planner.asking import KINDS
from ui.shell.badges import Badge, Tone, badge_html
from ui.shell.facts import literal
from ui.shell.language import moment, t

TONES: Final[dict[State, Tone]] = {
    "waiting": "unknown",
    "running": "soon",
    "done": "clear",
    "failed": "problem",
    "stopped": "problem",
}
SAID: Final[dict[State, Callable[[], str]]] = {
    "waiting": lambda: t("Waiting for its turn"),
    "running": lambda: t("Being answered"),
    "done": lambda: t("Answered"),
    "failed": lambda: t("Failed"),
    "stopped": lambda: t("Stopped"),
}
ZONE: Final = ZoneInfo("Europe/Copenhagen")


def show_answers(newest: Sequence[Asked]) -> None:
    """A row a question, with the way to its answer."""
    if not newest:
        st.caption(t("Nothing has been asked yet. Open a plan, change it, and ask what it does."))
        return
    for it in newest:
        row = st.columns([5, 3, 2, 1], vertical_alignment="center")
        row[0].markdown(f"**{literal(t(KINDS[it.question.kind]))}**  \n{literal(', '.join(it.question.titles))}")
        row[1].caption(literal(f"{moment(it.question.asked_utc, ZONE)} · {it.question.asked_by}"))
        row[2].html(badge_html(Badge(SAID[it.progress.state](), TONES[it.progress.state], "")))
        if row[3].button(t("See"), key=f"answer {it.id}"):
            st.query_params["answer"] = it.id
            st.rerun()
