"""The reader's regions become feedback: a verdict on the slide, with what was drawn, asked for once more."""

from collections.abc import Mapping
from typing import Any, Final, get_args

import streamlit as st

from models.errors import ForrangError
from ui.access.visitor import visitor
from ui.acts.happened import keep_happened
from ui.acts.words import verdict_words
from ui.shell.desk import look
from ui.shell.facts import literal
from ui.shell.faults import show_fault
from ui.shell.language import t, tn
from ui.shell.memory import remember, remembered
from worklist.cases import Case, CaseSlide
from worklist.reading.drawn import drawn_by
from worklist.reading.verdict import Reading, give_verdict

READINGS: Final[tuple[Reading, ...]] = get_args(Reading)
_SAVED: Final = "regions saved"


def times_saved() -> int:
    """How often regions were saved in this visit; the browser then forgets its own copy."""
    saved = remembered(_SAVED, 0)
    return saved if isinstance(saved, int) else 0


def ask_to_save(seen: Case, slide: CaseSlide, regions: Mapping[str, Any]) -> None:
    """Opens the dialog. seen: the case as it was drawn when the reader pressed; regions: as the browser told them."""
    st.dialog(literal(t("Save regions in case {case}?", case=seen.accession_number)), icon=":material/draw:")(
        draw_dialog
    )(seen, slide, regions)


def draw_dialog(seen: Case, slide: CaseSlide, regions: Mapping[str, Any]) -> None:
    """Asks for the verdict that the regions belong to, and keeps both; says why where it cannot."""
    store, actor = look().store, visitor().actor
    number, count = seen.accession_number, _count(regions)
    try:
        before = drawn_by(store, actor, number).get(str(slide.path))
        told = tn("{n} region on slide {slide}.", "{n} regions on slide {slide}.", count, slide=slide.path.name)
        st.markdown(literal(told))
        with st.form(f"regions {number}", border=False):
            verdict: Reading | None = st.segmented_control(
                t("Your verdict on this slide"),
                READINGS,
                default=before.verdict if before else None,
                format_func=verdict_words,
                key=f"regions verdict {number}",
            )
            comment = st.text_input(
                t("Comment"), before.comment if before else "", max_chars=500, key=f"regions comment {number}"
            )
            st.caption(
                t("Regions are kept with your verdict, and models may learn from them. Write no patient's number.")
            )
            pressed = st.form_submit_button(literal(t("Save for case {case}", case=number)), type="primary")
        if not pressed:
            return
        if verdict is None:
            st.warning(t("Choose a verdict: regions belong to one."))
            return
        drawn = regions if count else None
        give_verdict(store, actor, number, str(slide.path), verdict, regions=drawn, comment=comment, seen=seen)
    except ForrangError as error:
        show_fault(error)
        return
    remember(_SAVED, times_saved() + 1)
    keep_happened(t("Your regions on case {case} are saved.", case=number))
    st.rerun()


def _count(regions: Mapping[str, Any]) -> int:
    features = regions.get("features")
    return len(features) if isinstance(features, list) else 0
