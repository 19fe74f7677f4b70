"""Foreseeing today's list: when that was done last, and the way to do it anew with a plan of the department."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from planner.questions.folder import Asked
from planner.scenario.everyday import can_use_ai
from planner.shelf import Shelved
from ui.planner.answer_list import ZONE
from ui.planner.asking import KINDS, ask_and_open, new_question
from ui.planner.facts import read
from ui.shell.desk import look
from ui.shell.language import moment, t
from worklist.kept_forecasts import newest_forecast_utc
from worklist.planning import FUTURES

FIRST_PLAN: Final = "small-lab"


def show_foreseeing(plans: Sequence[Shelved], newest: Sequence[Asked]) -> None:
    """For who may plan. newest: the questions asked so far, the newest first."""
    texts = {plan.name: plan.text for plan in plans if _takes_the_list(plan)}
    if not texts:
        return
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width="stretch"):
            st.markdown(f"**{t(KINDS['forecast'])}**")
            st.caption(f"{_made()} {t('Case pages tell each case its chance. What was foreseen before is replaced.')}")
        used = [it.question.titles[0] for it in newest if it.question.kind == "forecast"]
        wanted = next((name for name in (*used, FIRST_PLAN) if name in texts), next(iter(texts)))
        name = st.selectbox(t("With the plan"), list(texts), list(texts).index(wanted), key="foresee plan", width=320)
        if st.button(t("Foresee today's list"), type="primary", key="foresee now"):
            ask_and_open(new_question("forecast", [(name, texts[name])], replications=FUTURES))


def _takes_the_list(plan: Shelved) -> bool:
    known = read(plan.text, plan.name)
    return known.scenario is not None and can_use_ai(known.scenario)


def _made() -> str:
    made_utc = newest_forecast_utc(look().store)
    if made_utc is None:
        return t("The list has not been foreseen yet.")
    return t("The newest forecast of the list is of {when}.", when=moment(made_utc, ZONE))
