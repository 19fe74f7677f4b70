"""One slide of a case: the slide itself, what the AI says of it, how far to trust that, and where it is from."""

from pathlib import Path
from typing import Final

import streamlit as st

from inference.quality.checks import Quality
from inference.result_folder import read_result
from inference.results import SlideResult
from models.errors import ModelError
from models.manifest import Manifest
from models.registry import find_model
from ui.case.model_card import model_sentences
from ui.case.present import (
    check_row,
    metric_words,
    model_lines,
    score_sentence,
    slide_badge,
    tile_sentence,
    trace_lines,
)
from ui.shell import facts
from ui.shell.below import from_below
from ui.shell.language import number, t, tn
from ui.shell.pages import open_page
from ui.viewer.regions import Region, RegionsError, read_regions
from ui.viewer.routes import slide_key
from ui.viewer.viewer import show_viewer
from worklist.cases import Case, CaseSlide

TOP_REGIONS: Final = 5


def show_slide(case: Case, slide: CaseSlide) -> None:
    """Shows all that is known of a slide; what is not known is said to be so."""
    folder = slide.result_folder
    result = read_result(folder) if folder else None
    regions = _regions(folder) if folder and result and result.status == "scored" else ()
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_viewer(case, [slide])
        if st.button(t("Open in the large viewer"), icon=":material/open_in_full:", key="large viewer", shortcut="l"):
            open_page("viewer", case=case.accession_number, slide=slide_key(slide.path))
    with right:
        manifest = _manifest(slide.model) if slide.model else None
        _show_finding(slide, result, manifest)
        if result and result.quality:
            _show_quality(result.quality, from_below(slide.reason or ""))
        if regions:
            _show_regions(regions, manifest)
    if manifest:
        _show_model(manifest)
    if result:
        with st.expander(t("Trace: what this result was made from"), icon=":material/history:"):
            st.html(facts.pairs(trace_lines(result)))


def _show_finding(slide: CaseSlide, result: SlideResult | None, manifest: Manifest | None) -> None:
    if slide.reason:
        st.warning(facts.literal(from_below(slide.reason)), icon=":material/warning:")
    if slide.later_failure:
        words = t(
            "A later try failed; what stands here is from before it. {reason}", reason=from_below(slide.later_failure)
        )
        st.warning(facts.literal(words), icon=":material/warning:")
    badge = [(t("What the AI says of this slide"), slide_badge(slide))]
    if slide.state != "scored" or result is None:
        st.html(facts.badge_row(badge, (t("Slide"), slide.path.name)))
        return
    read = t("{slide}, read by {model}", slide=slide.path.name, model=result.model)
    st.html(facts.badge_row(badge, (t("Slide"), read)))
    lines = [(t("The score"), score_sentence(result)), (t("Read"), tile_sentence(result))]
    if manifest:
        looks, wrong = model_sentences(manifest)
        lines += [(t("What the AI looks for"), looks), (t("How often it is wrong"), wrong)]
    st.html(facts.pairs(lines))


def _show_regions(regions: tuple[Region, ...], manifest: Manifest | None) -> None:
    st.markdown(f"##### {t('Highest regions')}")
    if manifest:
        threshold = number(manifest.threshold.value, 2)
        st.caption(t("Tiles that touch and reach the tile's threshold of {threshold}.", threshold=threshold))
    shown = regions[:TOP_REGIONS]
    rows = [(str(it.number), number(it.mean_score, 2), number(it.tiles), _place(it)) for it in shown]
    st.html(facts.table((t("No."), t("Mean score"), t("Tiles"), t("Middle, px of the slide")), rows))
    if more := len(regions) - len(shown):
        st.caption(
            tn(
                "{n} more in regions.geojson, which QuPath opens.",
                "{n} more in regions.geojson, which QuPath opens.",
                more,
            )
        )


def _show_quality(quality: Quality, said_already: str) -> None:
    st.markdown(f"##### {t('Quality')}")
    rows = [check_row(check) for check in quality.checks]
    head = (t("Check"), t("Result"), t("Measured"))
    st.html(facts.table(head, [(row.name, row.verdict, row.measured) for row in rows]))
    for row in rows:
        if row.message and row.message not in said_already:
            st.text(f"{row.name}: {row.message}")
    for assumption in quality.assumptions:
        st.caption(facts.literal(t("Assumed: {what}", what=from_below(assumption))))


def _show_model(manifest: Manifest) -> None:
    title = t("What {model} is, and what it is not", model=manifest.label)
    with st.expander(facts.literal(title), icon=":material/info:"):
        is_, is_not = st.columns(2, gap="large")
        is_.html(facts.pairs(model_lines(manifest)))
        limits = [(t("Limit {n}", n=it), from_below(text)) for it, text in enumerate(manifest.limits, start=1)]
        is_not.html(facts.pairs(limits))
        if manifest.metrics:
            rows = [(it.name, metric_words(it), from_below(it.on)) for it in manifest.metrics]
            st.html(facts.table((t("Figure"), t("Value (95% interval)"), t("Measured on")), rows))


def _regions(folder: Path) -> tuple[Region, ...]:
    try:
        return read_regions(folder / "regions.geojson")
    except RegionsError as error:
        st.warning(facts.literal(from_below(f"{error}")), icon=":material/warning:")
        return ()


def _manifest(label: str) -> Manifest | None:
    try:
        return find_model(label).manifest
    except ModelError as error:
        st.caption(facts.literal(t("What the model is cannot be shown: {reason}", reason=f"{error}")))
        return None


def _place(region: Region) -> str:
    x, y = region.middle
    return f"{number(x)}; {number(y)}"
