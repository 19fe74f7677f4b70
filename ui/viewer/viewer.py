"""The slide viewer on a page: `show_viewer` puts it there, and asks what to do with the regions that a reader drew."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import streamlit as st
from PIL import Image

from ui.access.passes import HEADER, issue_pass
from ui.access.visitor import Visitor, visitor
from ui.case.present import slide_badge
from ui.shell.desk import look
from ui.shell.facts import ramp
from ui.shell.language import language, number, t
from ui.shell.memory import remember, remembered
from ui.viewer import library
from ui.viewer.pictures import compose, ramp_css
from ui.viewer.routes import BASE, slide_key
from ui.viewer.saving import ask_to_save, times_saved
from ui.viewer.words import viewer_words
from worklist.cases import Case, CaseSlide
from worklist.reading.drawn import drawn_by

HEIGHT_PX: Final = 620
"""Of the picture: it fits on a screen of 1280 x 800 px with its tools. A."""

_PICTURE_PX: Final = 1200
_HEAT: Final = 0.4

_MOUNT: Final = """
export default async function (component) {
  const { default: show } = await import(new URL(component.data.files + "viewer.js", document.baseURI).href);
  return show(component);
}
"""
"""All else is loaded from the server's own files, once, and kept by the browser."""

_component = st.components.v2.component(
    "forrang.viewer", css=Path(__file__).with_name("viewer.css").read_text("utf-8"), js=_MOUNT
)


@dataclass(frozen=True)
class Start:
    """Where the viewer begins; without a place it shows the whole slide."""

    slide: str = ""
    """Key of the slide (`ui.viewer.routes.slide_key`); the first where there is none of that key."""
    all: bool = False
    """Whether all slides stand side by side."""
    x: float | None = None
    y: float | None = None
    """The middle of the view, level-0 px."""
    scale: float | None = None
    """Level-0 px a px of the screen."""
    rotation: float = 0
    """Degrees, clockwise."""


def show_viewer(
    case: Case,
    slides: Sequence[CaseSlide] | None = None,
    *,
    height_px: int = HEIGHT_PX,
    start: Start | None = None,
    deep: bool = False,
) -> None:
    """Shows slides of a case in deep zoom, the first large; the reader may draw and save regions.

    slides: of that case; all of them where none are named. deep: whether the page's address follows the view, for the
    viewer's own page. One viewer stands on a page. Raises StoreError and NotAllowedError.
    """
    shown = tuple(case.slides if slides is None else slides)
    if not shown:
        st.info(t("This case has no slides yet. It keeps its clinical place on the list."), icon=":material/info:")
        return
    if not library.libraries_are_there():
        _show_still(shown[0])
        return
    who = visitor()
    before = remembered("viewed", None)
    remember("viewed", case)
    told = _component(
        key=f"viewer {case.accession_number}",
        data=_data(who, case, shown, start or Start(), height_px, deep=deep),
        on_renew_change=_drawn_anew,
        on_save_change=_drawn_anew,
    )
    asked = told.get("save")
    if isinstance(asked, Mapping) and who.may("give verdict"):
        slide = next((it for it in shown if slide_key(it.path) == asked.get("slide")), None)
        regions = asked.get("regions")
        if slide is not None and isinstance(regions, Mapping):
            same = isinstance(before, Case) and before.accession_number == case.accession_number
            ask_to_save(before if same and isinstance(before, Case) else case, slide, regions)


def _drawn_anew() -> None:
    """The page is drawn again, which gives the viewer a new pass and the page what the viewer asks."""


def _data(
    who: Visitor, case: Case, slides: Sequence[CaseSlide], start: Start, height_px: int, *, deep: bool
) -> dict[str, Any]:
    draws = who.may("give verdict")
    drawn = drawn_by(look().store, who.actor, case.accession_number) if draws else {}
    return {
        "files": library.address(),
        "base": BASE,
        "header": HEADER,
        "pass": issue_pass(who, case.accession_number),
        "page": "viewer",
        "case": case.accession_number,
        "slides": [
            {"key": slide_key(it.path), "name": it.path.name, "state": _state(it), "readable": it.state != "failed"}
            for it in slides
        ],
        "start": asdict(start),
        "deep": deep,
        "height": height_px,
        "locale": language(),
        "words": viewer_words(),
        "ramp": ramp_css(),
        "mayDraw": draws,
        "mayLabel": who.may("see label"),
        "drawn": {
            slide_key(it.path): drawn[str(it.path)].regions
            for it in slides
            if str(it.path) in drawn and drawn[str(it.path)].regions
        },
        "saved": times_saved(),
    }


def _state(slide: CaseSlide) -> str:
    words = slide_badge(slide).words
    return words if slide.score is None else f"{words} {number(slide.score, 2)}"


def _show_still(slide: CaseSlide) -> None:
    """Without the viewer's libraries: the picture that the AI left, and what to install."""
    st.info(
        t("The slide viewer is not installed. `make install` brings it, where npm's registry can be reached."),
        icon=":material/info:",
    )
    folder = slide.result_folder
    if folder is None:
        return
    try:
        with Image.open(folder / "thumbnail.jpg") as thumbnail, Image.open(folder / "heatmap.png") as heatmap:
            st.image(compose(thumbnail, heatmap, _HEAT, _PICTURE_PX), output_format="JPEG", width="stretch")
    except OSError:
        return
    st.html(ramp(ramp_css(), t("Colour of a tile: how likely the model finds it positive")))
