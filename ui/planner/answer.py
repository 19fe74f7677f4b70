"""One answer: how far it has come, with the way to stop it; then its words, charts and tables, to be kept."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from models.errors import ForrangError
from planner.errors import PlannerError
from planner.questions.folder import Asked, answer, asked
from planner.report.exports import pictures, workbook
from planner.report.page import Grid, Page, Section, render
from planner.shelf import free_name
from ui.access.visitor import visitor
from ui.planner.answer_list import SAID, TONES
from ui.planner.asking import KINDS, ask_and_open, new_question
from ui.planner.files import file_name
from ui.planner.home import back_words
from ui.planner.pictures import charts
from ui.planner.words import teller
from ui.shell.badges import Badge, badge_html
from ui.shell.desk import look
from ui.shell.facts import heading, literal, table
from ui.shell.faults import show_fault
from ui.shell.language import language, t, tn
from ui.shell.memory import remember
from worklist.planning import remove_question, save_plan, stop_question
from worklist.watching.action_times import TIMES

LOOK_SECONDS: Final = 0.5
UNFOLDED: Final = 12
"""Rows of a table that is not folded away."""
OPEN: Final = frozenset({"plans", "plan"})
"""Sections whose tables are the answer; those of others are folded under their charts."""
EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show(question_id: str) -> None:
    """Shows the question and its answer. Raises RunError where there is none."""
    it = asked(question_id)
    head, back = st.columns([6, 1], vertical_alignment="center")
    head.html(heading(t(KINDS[it.question.kind]), ", ".join(it.question.titles)))
    if back.button(back_words(), icon=":material/arrow_back:"):
        st.query_params.clear()
        st.rerun()
    if it.progress.is_open:
        _follow(question_id)
    elif it.progress.state == "done":
        with TIMES.timed("data-heavy"):
            _done(it)
    else:
        st.html(badge_html(Badge(SAID[it.progress.state](), TONES[it.progress.state], "")))
        st.error(literal(teller()(it.progress.reason)), icon=":material/error:")
        _acts(it)


@st.fragment(run_every=LOOK_SECONDS)
def _follow(question_id: str) -> None:
    """Looks again by itself until the answer is there."""
    it = asked(question_id)
    if not it.progress.is_open:
        st.rerun()
    progress = it.progress
    if progress.state == "waiting":
        words = t("It is being prepared, or waits for the question before it.")
    elif progress.wanted:
        words = t("{done} of {wanted} simulated", done=progress.done, wanted=progress.wanted)
    else:
        words = t("It has begun.")
    if progress.note:
        words = f"{words} · {teller()(progress.note)}"
    st.progress(progress.part, words)
    st.caption(t("You may close this page; the answer will be on the planner's page."))
    if visitor().may("plan") and st.button(t("Stop"), icon=":material/stop:", key="stop question"):
        try:
            stop_question(look().store, visitor().actor, it)
        except (ForrangError, PlannerError) as error:
            show_fault(error)
            return
        st.toast(t("It stops; what is finished is kept."))


@st.cache_data(max_entries=32, show_spinner=False)
def _page_of(question_id: str) -> Page:
    return answer(asked(question_id))


def _done(it: Asked) -> None:
    page = _page_of(it.id)
    say = teller()
    st.caption(literal(say(page.subtitle)))
    with st.container(border=True):
        for number, line in enumerate(page.answers):
            st.markdown(f"**{literal(say(line))}**" if number == 0 else literal(say(line)))
    _exports(page)
    _acts(it)
    for section in page.sections:
        _section(section, say)
    if page.foot:
        st.caption(literal(say(page.foot)))


def _exports(page: Page) -> None:
    with st.container(horizontal=True, gap="small"):
        for label, make, ending, mime in (
            (t("Report (HTML)"), lambda: render(page).encode(), "html", "text/html"),
            (t("Tables (Excel)"), lambda: workbook(page), "xlsx", EXCEL),
            (t("Charts (PNG)"), lambda: pictures(page), "zip", "application/zip"),
        ):
            if ending == "zip" and not any(section.pictures for section in page.sections):
                continue
            st.download_button(
                label, make, file_name(page.title, ending), mime, key=f"export {ending}", on_click="ignore",
                icon=":material/download:",
            )  # fmt: skip


def _acts(it: Asked) -> None:
    if not visitor().may("plan"):
        return
    plans = list(zip(it.question.titles, it.question.scenarios, strict=True))
    with st.container(horizontal=True, gap="small"):
        if st.button(t("Ask again"), icon=":material/refresh:", key="ask again"):
            how = it.question.model_dump(include={"replications", "target", "minutes", "years"})
            ask_and_open(new_question(it.question.kind, plans, **how))
        name, text = plans[-1]
        if st.button(t("Keep the plan {plan} as it was", plan=name), key="keep plan"):
            try:
                kept = save_plan(look().store, visitor().actor, free_name(name), text)
            except (ForrangError, PlannerError) as error:
                show_fault(error)
                return
            st.query_params.from_dict({"plan": kept.name})
            st.rerun()
        if st.button(t("Delete this answer"), icon=":material/delete:", key="delete answer"):
            try:
                remove_question(look().store, visitor().actor, it)
            except (ForrangError, PlannerError) as error:
                show_fault(error)
                return
            remember("planner said", t("The answer was deleted"))
            st.query_params.clear()
            st.rerun()


def _section(section: Section, say: Callable[[str], str]) -> None:
    st.subheader(literal(say(section.title)), anchor=section.anchor)
    for line in section.says:
        st.markdown(literal(say(line)))
    dark = st.context.theme.type == "dark"
    for place, picture in enumerate(section.pictures):
        st.caption(f"**{literal(say(picture.caption))}**")
        for number, spec in enumerate(charts(picture.spec, say, dark=dark, commas=language() == "da")):
            st.vega_lite_chart(spec, theme=None, width="stretch", key=f"chart {section.anchor} {place} {number}")
    for grid in section.grids:
        _grid(grid, say, folded=bool(section.pictures) and section.anchor not in OPEN)
    for note in section.notes:
        st.caption(literal(say(note)))


def _grid(grid: Grid, say: Callable[[str], str], *, folded: bool) -> None:
    told = table([say(cell) for cell in grid.head], [[say(cell) for cell in row] for row in grid.rows])
    if folded or grid.folded or len(grid.rows) > UNFOLDED:
        rows = tn("{n} row", "{n} rows", len(grid.rows))
        with st.expander(f"{literal(say(grid.caption))} · {rows}"):
            st.html(told)
    else:
        st.html(told)
