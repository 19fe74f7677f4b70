"""The viewer's own page: a case's slides as large as the window, at the place that the address names."""

import math
from typing import Final

import streamlit as st

from ui.access.visitor import visitor
from ui.acts.acts import act_button, may_act
from ui.acts.happened import show_happened
from ui.shell import facts
from ui.shell.desk import look
from ui.shell.language import t
from ui.shell.memory import remember, remembered
from ui.shell.pages import link_page, open_page
from ui.viewer.viewer import Start, show_viewer

HEIGHT_PX: Final = 720


def show() -> None:
    """Shows the case that the address names as `?case=ACCESSION_NUMBER`, at its slide, place and scale."""
    accession_number = st.query_params.get("case")
    if accession_number is None:
        st.info(t("Choose a case on the worklist; its slides open from there."), icon=":material/info:")
        link_page("worklist", t("To the worklist"), ":material/arrow_back:")
        return
    store = look().store
    case = store.case(accession_number)
    if remembered("opened", None) != accession_number:
        store.saw(visitor().actor, "see case", accession_number)
        remember("opened", accession_number)
    show_happened()
    title, back, verdict = st.columns([6, 1.3, 1.3], vertical_alignment="center")
    title.html(facts.heading(t("Case {case}", case=accession_number), case.pathway_name))
    if back.button(t("To the case"), icon=":material/arrow_back:", width="stretch"):
        open_page("case", case=accession_number)
    if may_act("verdict", case):
        act_button("verdict", case, key="viewer verdict", where=verdict)
    show_viewer(case, height_px=HEIGHT_PX, start=_start(dict(st.query_params)), deep=True)


def _start(query: dict[str, str]) -> Start:
    """Where the address says to begin; what it says wrongly is left out."""
    rotation = _number(query, "rotation")
    return Start(
        slide=query.get("slide", ""),
        all=query.get("all") == "1",
        x=_number(query, "x"),
        y=_number(query, "y"),
        scale=_number(query, "scale"),
        rotation=0.0 if rotation is None else rotation,
    )


def _number(query: dict[str, str], name: str) -> float | None:
    try:
        told = float(query[name])
    except (KeyError, ValueError):
        return None
    return told if math.isfinite(told) and abs(told) < 1e9 else None
