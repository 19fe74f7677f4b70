"""The models: what there is and how good it is, what is tried, trained, watched, and what would be labelled next."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Final, Literal

import streamlit as st

from ui.access.visitor import visitor
from ui.models import compare, feedback, registry, suggestions, training, watch
from ui.models.choice import VIEW, preset
from ui.models.putting_into_use import SAID
from ui.shell.desk import Desk, look
from ui.shell.facts import heading, literal
from ui.shell.language import t
from ui.shell.memory import remember, remembered
from worklist.people import Act
from worklist.watching.action_times import TIMES

View = Literal["registry", "compare", "train", "watch", "feedback", "suggestions"]
TITLES: Final[dict[View, str]] = {
    "registry": "Registry",
    "compare": "Compare",
    "train": "Train",
    "watch": "Watch",
    "feedback": "Feedback",
    "suggestions": "Label next",
}
SHOWS: Final[dict[View, Callable[[Desk], None]]] = {
    "registry": registry.show,
    "compare": compare.show,
    "train": training.show,
    "watch": watch.show,
    "feedback": feedback.show,
    "suggestions": suggestions.show,
}
NEEDS: Final[dict[View, tuple[Act, ...]]] = {
    "train": ("train model",),
    "watch": ("see figures",),
    "feedback": ("see figures",),
    "suggestions": ("train model", "read"),
}
"""One of these acts must be allowed to whoever sees the view; the others are for everybody who sees the page."""
HEAVY: Final[tuple[View, ...]] = ("compare", "watch", "feedback", "suggestions")
"""Reckoned over thousands of tiles or weeks of cases, so their time is measured as such."""


def show() -> None:
    """Shows the page; its address names the view and the model."""
    if said := remembered(SAID, ""):
        st.toast(literal(str(said)), icon=":material/check:")
        remember(SAID, "")
    who = visitor()
    views = [view for view in TITLES if view not in NEEDS or any(map(who.may, NEEDS[view]))]
    title, choice = st.columns([2, 5], vertical_alignment="center")
    title.html(heading(t("Models"), t("What scores the slides, and what may come to do so")))
    preset(VIEW, views, st.query_params.get("view", ""), str(remembered(VIEW, "")))
    with choice:
        view = st.segmented_control(
            t("View"),
            views,
            required=True,
            format_func=lambda it: t(TITLES[it]),
            key=VIEW,
            label_visibility="collapsed",
        )
    chosen: View = next((it for it in views if it == view), "registry")
    remember(VIEW, chosen)
    st.query_params["view"] = chosen
    with TIMES.timed("data-heavy") if chosen in HEAVY else nullcontext():
        SHOWS[chosen](look())
