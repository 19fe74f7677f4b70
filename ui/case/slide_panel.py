"""One slide of a case: the picture with the heatmap, what the AI says, the quality, and where all that is from."""

from pathlib import Path
from typing import Final

import streamlit as st
from PIL import Image

from inference.quality import Quality
from inference.result_folder import read_result
from inference.results import SlideResult
from models.errors import ModelError
from models.manifest import Manifest
from models.registry import find_model
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
from ui.viewer.pictures import compose, outline, ramp_css
from ui.viewer.regions import Region, RegionsError, read_regions
from worklist.cases import CaseSlide

LONGEST_PX: Final = 1200
"""Longest side of the picture on the page."""

TOP_REGIONS: Final = 5


def show_slide(slide: CaseSlide) -> None:
    """Shows all that is known of a slide; what is not known is said to be so."""
    folder = slide.result_folder
    result = read_result(folder) if folder else None
    manifest = _manifest(slide.model) if slide.model else None
    regions = _regions(folder) if folder and result and result.status == "scored" else ()
    left, right = st.columns([3, 2], gap="large")
    with left:
        _show_picture(folder, result, manifest, regions)
    with right:
        _show_finding(slide, result, manifest)
        if regions:
            _show_regions(regions, manifest)
        if result and result.quality:
            _show_quality(result.quality, slide.reason or "")
    if manifest:
        _show_model(manifest)
    if result:
        with st.expander("Trace: what this result was made from", icon=":material/history:"):
            st.html(facts.pairs(trace_lines(result)))


def _show_picture(
    folder: Path | None, result: SlideResult | None, manifest: Manifest | None, regions: tuple[Region, ...]
) -> None:
    if folder is None or not (folder / "thumbnail.jpg").is_file():
        st.info("There is no picture of this slide: it was not read, or could not be.", icon=":material/image:")
        return
    heatmap = (folder / "heatmap.png").is_file()
    opacity, outlines = 0.0, False
    if heatmap:
        percent, switch = st.columns([3, 2], vertical_alignment="bottom")
        opacity = percent.slider("Heatmap opacity", 0, 100, 40, 5, format="%d%%", key="opacity") / 100
        outlines = bool(regions) and switch.toggle("Outline the highest regions", value=True, key="outlines")
    try:
        picture = _picture(folder, opacity if heatmap else None)
    except OSError:
        st.warning("The picture of this slide is damaged; score the slide again.", icon=":material/image:")
        return
    if outlines and result and result.width and result.height:
        picture = outline(picture, regions[:TOP_REGIONS], (result.width, result.height))
    st.image(picture, output_format="JPEG", width="stretch")
    if heatmap:
        meaning = f"probability of {manifest.positive}" if manifest else "probability of the model's positive class"
        st.html(facts.ramp(ramp_css(), f"Colour of a tile: {meaning}; grey: the tile could not be read"))


def _show_finding(slide: CaseSlide, result: SlideResult | None, manifest: Manifest | None) -> None:
    if slide.reason:
        st.warning(facts.literal(slide.reason), icon=":material/warning:")
    if slide.later_failure:
        words = f"A later try failed; what stands here is from before it. {slide.later_failure}"
        st.warning(facts.literal(words), icon=":material/warning:")
    badge = [("What the AI says of this slide", slide_badge(slide))]
    if slide.state != "scored" or result is None:
        st.html(facts.badge_row(badge, ("Slide", slide.path.name)))
        return
    st.html(facts.badge_row(badge, ("Slide", f"{slide.path.name}, read by {result.model}")))
    lines = [("The score", score_sentence(result)), ("Read", tile_sentence(result))]
    if manifest:
        lines.insert(1, ("Positive means", manifest.positive_means))
    st.html(facts.pairs(lines))


def _show_regions(regions: tuple[Region, ...], manifest: Manifest | None) -> None:
    st.markdown("##### Highest regions")
    if manifest:
        st.caption(f"Tiles that touch and reach the tile's threshold of {manifest.threshold.value:.2f}.")
    shown = regions[:TOP_REGIONS]
    rows = [(str(it.number), f"{it.mean_score:.2f}", str(it.tiles), _place(it)) for it in shown]
    st.html(facts.table(("No.", "Mean score", "Tiles", "Middle, px of the slide"), rows))
    if len(regions) > len(shown):
        st.caption(f"{len(regions) - len(shown)} more in regions.geojson, which QuPath opens.")


def _show_quality(quality: Quality, said_already: str) -> None:
    st.markdown("##### Quality")
    rows = [check_row(check) for check in quality.checks]
    st.html(facts.table(("Check", "Verdict", "Measured"), [(row.name, row.verdict, row.measured) for row in rows]))
    for row in rows:
        if row.message and row.message not in said_already:
            st.text(f"{row.name}: {row.message}")
    for assumption in quality.assumptions:
        st.caption(f"Assumed: {facts.literal(assumption)}")


def _show_model(manifest: Manifest) -> None:
    with st.expander(f"What {manifest.label} is, and what it is not", icon=":material/info:"):
        is_, is_not = st.columns(2, gap="large")
        is_.html(facts.pairs(model_lines(manifest)))
        is_not.html(facts.pairs([(f"Limit {number}", text) for number, text in enumerate(manifest.limits, start=1)]))
        if manifest.metrics:
            rows = [(it.name, metric_words(it), it.on) for it in manifest.metrics]
            st.html(facts.table(("Figure", "Value (95% interval)", "Measured on"), rows))


@st.cache_data(max_entries=64, show_spinner=False)
def _picture(folder: Path, opacity: float | None) -> Image.Image:
    """The slide with its heatmap, or without one; a result's folder is named after all that it was made from."""
    with Image.open(folder / "thumbnail.jpg") as thumbnail:
        if opacity is None:
            return compose(thumbnail, None, 0, LONGEST_PX)
        with Image.open(folder / "heatmap.png") as heatmap:
            return compose(thumbnail, heatmap, opacity, LONGEST_PX)


def _regions(folder: Path) -> tuple[Region, ...]:
    try:
        return read_regions(folder / "regions.geojson")
    except RegionsError as error:
        st.warning(facts.literal(f"{error}"), icon=":material/warning:")
        return ()


def _manifest(label: str) -> Manifest | None:
    try:
        return find_model(label).manifest
    except ModelError as error:
        st.caption(facts.literal(f"What the model is cannot be shown: {error}"))
        return None


def _place(region: Region) -> str:
    x, y = region.middle
    return f"{x:.0f}, {y:.0f}"
