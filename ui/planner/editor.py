"""One plan: a form for everyday changes beside the whole of it as YAML, checked while it is typed; saved, and asked."""

from dataclasses import replace

import streamlit as st

from models.errors import ForrangError
from planner.errors import PlannerError, ScenarioError
from planner.questions.question import Kind
from planner.scenario.check import Finding
from planner.scenario.difference import differences
from planner.scenario.everyday import changed
from planner.scenario.load import dump_scenario
from planner.scenario.scenario import Scenario
from planner.scenario.yaml_limits import LONGEST
from planner.shelf import free_name, named
from ui.access.visitor import visitor
from ui.planner.asking import KINDS, ask_and_open, new_question
from ui.planner.changes import change_line
from ui.planner.draft import Draft, draft_of, forget, keep, text_of
from ui.planner.facts import Read, read
from ui.planner.form import show_form
from ui.planner.home import back_words
from ui.planner.words import problem_words, teller
from ui.shell.desk import look
from ui.shell.facts import heading, literal
from ui.shell.faults import show_fault
from ui.shell.language import t, tn
from ui.shell.memory import remember
from worklist.planning import from_todays_list, save_plan

MOST_SHOWN = 6
EDITOR_PX = 560


def show(name: str) -> None:
    """Shows the plan that the address names. Raises ScenarioError where there is none."""
    draft = draft_of(name)
    may_plan = visitor().may("plan")
    base = read(draft.text, name)
    title = teller()(base.scenario.title or base.scenario.name) if base.scenario else name
    head, back = st.columns([6, 1], vertical_alignment="center")
    kind = t("made here") if draft.shelved.own else t("comes with Forrang; save a copy to keep changes")
    head.html(heading(title, f"{name} · {kind}"))
    if back.button(back_words(), icon=":material/arrow_back:"):
        st.query_params.clear()
        st.rerun()
    left, right = st.columns([5, 4], gap="medium")
    with left:
        made = _form(draft, base, disabled=not may_plan)
    with right:
        text = text_of(draft, base.scenario, made) if base.scenario and made else draft.text
        _yaml(draft, text, disabled=not may_plan)
    known = read(text, name)
    with left:
        _said(base, known)
        if may_plan and known.scenario:
            _ask(name, text)
        if may_plan:
            _keeping(draft, text, known)


def _form(draft: Draft, base: Read, *, disabled: bool) -> Scenario | None:
    if base.scenario is None:
        st.info(t("The form comes back when the text on the right can be read."), icon=":material/edit_note:")
        return None
    changes = show_form(base.scenario, f"form {draft.shelved.name} {draft.number}", disabled=disabled)
    try:
        return changed(base.scenario, changes)
    except ScenarioError as error:
        show_fault(error)
        return base.scenario


def _yaml(draft: Draft, text: str, *, disabled: bool) -> None:
    """The whole plan; written by hand, the form starts from it anew."""
    key = f"yaml text {draft.shelved.name} {draft.number} {hash(text)}"
    most = max(LONGEST, len(text))
    written = st.text_area(
        t("The whole plan (YAML)"), text, height=EDITOR_PX, max_chars=most, key=key, disabled=disabled
    )
    if written != text and not disabled:
        keep(draft.with_text(written))
        st.rerun()
    st.caption(
        t("Change either side; the other follows. Ctrl+Enter takes what is typed. The form writes without comments.")
    )


def _said(base: Read, known: Read) -> None:
    """Live validation, and what is changed."""
    if known.scenario is None:
        st.error(literal(problem_words(known.problem)), icon=":material/error:")
        return
    warnings = [it for it in known.findings if it.level == "warning"]
    if warnings:
        with st.expander(
            tn("It can run; {n} warning", "It can run; {n} warnings", len(warnings)), icon=":material/warning:"
        ):
            st.markdown(_listed(warnings))
    else:
        st.success(t("This plan can run."), icon=":material/check_circle:")
    moved = differences(base.scenario, known.scenario) if base.scenario else ()
    if moved:
        with st.expander(tn("{n} change in the form", "{n} changes in the form", len(moved)), expanded=True):
            st.markdown("\n".join(f"- {change_line(it)}" for it in moved[: 2 * MOST_SHOWN]))


def _listed(found: list[Finding]) -> str:
    say = teller()
    return "\n".join(f"- {literal(f'{it.field}: {say(it.message)}')}" for it in found)


def _ask(name: str, text: str) -> None:
    with st.container(border=True):
        kinds: list[Kind] = ["run", "bottleneck", "sensitivity", "optimise", "workforce"]
        row = st.columns([4, 2, 2], vertical_alignment="bottom")
        kind = row[0].selectbox(t("Ask"), kinds, format_func=lambda it: t(KINDS[it]), key="ask kind")
        how: dict[str, object] = {}
        if kind == "optimise":
            percent = row[1].number_input(t("On time, %"), 50, 99, 90, key="ask target")
            how["target"] = percent / 100
        elif kind == "workforce":
            how["years"] = int(row[1].number_input(t("Years"), 1, 30, 10, key="ask years"))
        else:
            how["replications"] = int(row[1].number_input(t("Times simulated"), 1, 200, 10, key="ask replications"))
        if row[2].button(t("Ask"), type="primary", icon=":material/play_arrow:", key="ask now", width="stretch"):
            ask_and_open(new_question(kind, [(name, text)], **how))
        st.caption(t("It is answered by a process of its own: you may close this page and come back."))


def _keeping(draft: Draft, text: str, known: Read) -> None:
    name = draft.shelved.name
    unsaved = text != draft.shelved.text
    if unsaved:
        st.caption(":material/edit: " + t("Not saved yet"))
    with st.container(horizontal=True, gap="small"):
        if draft.shelved.own and st.button(t("Save"), disabled=not unsaved or known.scenario is None, key="save plan"):
            _save(draft, name, text, draft.shelved.seen)
        if st.button(t("Save as ..."), disabled=known.scenario is None, key="save plan as"):
            _save_as(draft, text, known)
        if unsaved and st.button(t("Discard changes"), key="discard"):
            forget(name)
            st.rerun()
        if st.button(t("Start from today's list"), disabled=known.scenario is None, key="todays list"):
            _todays_list(draft, known)
        st.download_button(
            t("Export YAML"), text, f"{name}.yaml", "application/yaml", key="export yaml", on_click="ignore"
        )


def _save(draft: Draft, name: str, text: str, seen: str | None) -> None:
    try:
        kept = save_plan(look().store, visitor().actor, name, text, seen)
    except (ForrangError, PlannerError) as error:
        show_fault(error)
        return
    keep(replace(draft, shelved=kept).with_text(text))
    remember("planner said", t("{plan} is saved", plan=name))
    st.query_params["plan"] = name
    st.rerun()


def _save_as(draft: Draft, text: str, known: Read) -> None:
    @st.dialog(t("Save as a plan of your own"))
    def asked() -> None:
        scenario = known.scenario
        assert scenario is not None
        name = st.text_input(t("Name"), free_name(draft.shelved.name), max_chars=60, key="new name")
        title = st.text_input(t("Title"), scenario.title or scenario.name, max_chars=120, key="new title")
        if st.button(t("Save"), type="primary", key="save new"):
            forget(draft.shelved.name)
            _save(draft, name, named(scenario, name, title) if title != scenario.title else text, None)

    asked()


def _todays_list(draft: Draft, known: Read) -> None:
    assert known.scenario is not None
    desk = look()
    try:
        with st.spinner(t("Reading the open cases ...")):
            begun = from_todays_list(desk.store, visitor().actor, known.scenario, desk.now_utc)
    except (ForrangError, PlannerError) as error:
        show_fault(error)
        return
    keep(draft.with_text(dump_scenario(begun)))
    many = sum(entry.count for entry in begun.backlog)
    remember(
        "planner said",
        tn("The plan starts today with {n} open case", "The plan starts today with {n} open cases", many),
    )
    st.rerun()
