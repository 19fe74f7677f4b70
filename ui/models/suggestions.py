"""What to label next: the scored slides whose labels would teach most, as pictures, with the list to fill in."""

import csv
import io
from pathlib import Path

import streamlit as st

from models.errors import ForrangError
from training.labelling.suggest import SHEET, TABLE
from ui.access.visitor import visitor
from ui.models.run_list import show_runs
from ui.models.runs.record import Run, Suggest
from ui.models.runs.start import start
from ui.shell.desk import Desk
from ui.shell.facts import literal
from ui.shell.faults import show_fault
from ui.shell.language import number, t
from worklist.settings import Settings

PICTURES = 12
"""How many are shown as pictures; all are on the list."""


def show(desk: Desk) -> None:
    """Asks how many, and shows what was suggested."""
    settings = Settings()
    st.caption(
        t(
            "Slides of different looks on which the model is in doubt. On our own test set this saved no labels against"
            " choosing at random: docs/models.md says how to measure it on yours."
        )
    )
    if visitor().may("train model"):
        _ask(desk, settings)
    else:
        st.caption(t("Researchers have lists of such slides made; those that are ready stand here."))
    show_runs(desk, settings.home_folder, ("suggest",), lambda run: _show_suggested(run, settings.results_folder))


def _ask(desk: Desk, settings: Settings) -> None:
    ask, go, _ = st.columns([1, 1, 4], vertical_alignment="bottom")
    count = ask.number_input(t("How many slides"), 1, 200, 10, key="suggest count")
    if go.button(t("Suggest"), type="primary", key="suggest", width="stretch"):
        try:
            work = Suggest(results=settings.results_folder, count=int(count))
            start(desk.store, settings.home_folder, visitor().actor, work)
        except ForrangError as error:
            show_fault(error)
        else:
            st.rerun()


def suggested(text: str) -> list[dict[str, str]]:
    """The lines of the list."""
    return list(csv.DictReader(io.StringIO(text)))


def without_names(lines: list[dict[str, str]]) -> str:
    """The list for whoever does not see cases: a slide is told by the hash that its result's folder ends with."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=["result", "score", "threshold", "label"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {"result": it["result"].rpartition("-")[2], **{name: it[name] for name in ("score", "threshold", "label")}}
        for it in lines
    )
    return text.getvalue()


def _show_suggested(run: Run, results: Path) -> None:
    try:
        text = (run.folder / TABLE).read_text(encoding="utf-8")
        sheet = (run.folder / SHEET).read_bytes()
    except OSError:
        st.caption(t("Its list is no longer here."))
        return
    lines = suggested(text)
    named = visitor().may("see case")
    columns = st.columns(6)
    for at, line in enumerate(lines[:PICTURES]):
        picture = results / Path(line["result"]).name / "thumbnail.jpg"
        with columns[at % 6]:
            if picture.is_file():
                st.image(picture.read_bytes(), width="stretch")
            name = line["slide"] if named else ""
            st.caption(literal(f"{at + 1}. {name} {number(float(line['score']), 2)}".replace("  ", " ")))
    with st.container(horizontal=True):
        listed = text if named else without_names(lines)
        st.download_button(t("List to fill in"), listed, TABLE, "text/csv", key=f"list {run.id}", on_click="ignore")
        if named:
            st.download_button(
                t("Sheet of pictures"), sheet, SHEET, "text/html", key=f"sheet {run.id}", on_click="ignore"
            )
