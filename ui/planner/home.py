"""The planner's first view: what is being answered, the plans as cards, how to bring one in, and the answers so far."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from models.errors import ForrangError
from planner.errors import PlannerError
from planner.questions.folder import all_asked
from planner.scenario.yaml_limits import LONGEST
from planner.shelf import Shelved, free_name, named, shelf, take
from ui.access.visitor import visitor
from ui.planner.answer_list import show_answers
from ui.planner.asking import ask_and_open, new_question
from ui.planner.facts import Figures, figures, read
from ui.planner.files import sentence_for_upload
from ui.planner.foresee import show_foreseeing
from ui.planner.words import problem_words, teller
from ui.shell.desk import look
from ui.shell.facts import heading, literal, pairs
from ui.shell.faults import show_fault
from ui.shell.language import number, t, tn
from ui.shell.memory import remember
from worklist.planning import remove_plan, save_plan

COLUMNS: Final = 3
MOST_ANSWERS: Final = 30
MOST_COMPARED: Final = 6


def back_words() -> str:
    """The way back to this view."""
    return t("All plans")


def show() -> None:
    """Shows plans and answers."""
    st.html(heading(t("Planner"), t("Change who works when, and with what; see who would get an answer on time")))
    may_plan = visitor().may("plan")
    plans = [take(name) for name in shelf()]
    newest = all_asked(MOST_ANSWERS)
    if may_plan:
        show_foreseeing(plans, newest)
    chosen = _cards(plans, may_plan=may_plan)
    if may_plan:
        _compare(plans, chosen)
        _import()
    st.subheader(t("Answers"))
    show_answers(newest)


def _cards(plans: Sequence[Shelved], *, may_plan: bool) -> list[str]:
    """The cards; gives the names of the plans that are ticked to be compared."""
    chosen = []
    for start in range(0, len(plans), COLUMNS):
        for column, plan in zip(st.columns(COLUMNS), plans[start : start + COLUMNS], strict=False):
            with column.container(border=True, height="stretch"):
                if _card(plan, may_plan=may_plan):
                    chosen.append(plan.name)
    return chosen


def _card(plan: Shelved, *, may_plan: bool) -> bool:
    known = read(plan.text, plan.name)
    shown = figures(known)
    st.markdown(f"**{literal(teller()(shown.title) if shown else plan.name)}**")
    st.caption(literal(plan.name) + " · " + (t("made here") if plan.own else t("comes with Forrang")))
    if shown:
        st.html(pairs(_lines(shown)))
    else:
        st.error(literal(problem_words(known.problem)), icon=":material/error:")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if st.button(t("Open plan"), key=f"open {plan.name}", type="primary"):
            st.query_params["plan"] = plan.name
            st.rerun()
        if may_plan and st.button(t("Clone"), key=f"clone {plan.name}"):
            _clone(plan)
        st.download_button(
            "YAML", plan.text, f"{plan.name}.yaml", "application/yaml", key=f"yaml {plan.name}", on_click="ignore"
        )
        if may_plan and plan.own and st.button(t("Delete"), key=f"delete {plan.name}"):
            _sure(plan)
    return bool(may_plan and shown and st.checkbox(t("Compare"), key=f"compare {plan.name}"))


def _lines(shown: Figures) -> list[tuple[str, str]]:
    heads = tn("{n} person", "{n} people", shown.people)
    doctors = (
        tn("{n} pathologist of them", "{n} pathologists of them", shown.pathologists) if shown.pathologists else ""
    )
    scanners = tn("{n} scanner", "{n} scanners", shown.scanners) if shown.scanners else ""
    way = {"post": t("Second opinion by post"), "digital": t("Second opinion on the screen"), None: ""}[shown.opinion]
    order = t("AI orders the reading") if shown.ai else t("Clinical order, no AI")
    noticed = tn(
        "checking the plan gave {n} warning: open the plan to read it",
        "checking the plan gave {n} warnings: open the plan to read them",
        shown.warnings,
    )
    return [
        (t("Comes in"), t("{cases} cases a week", cases=number(shown.cases_per_week))),
        (t("Works"), ", ".join(filter(None, (heads, doctors, scanners)))),
        (t("Set up"), " · ".join(filter(None, (order, way, noticed if shown.warnings else "")))),
    ]


def _clone(plan: Shelved) -> None:
    known = read(plan.text, plan.name)
    name = free_name(plan.name)
    scenario = known.scenario
    title = t("{plan}, copy", plan=(scenario.title or scenario.name)) if scenario else ""
    text = named(scenario, name, title) if scenario else plan.text
    try:
        save_plan(look().store, visitor().actor, name, text)
    except (ForrangError, PlannerError) as error:
        show_fault(error)
        return
    remember("planner said", t("A copy of {plan} is on the shelf: {name}", plan=plan.name, name=name))
    st.query_params["plan"] = name
    st.rerun()


def _sure(plan: Shelved) -> None:
    @st.dialog(t("Delete the plan {plan}?", plan=plan.name))
    def asked() -> None:
        st.write(t("Its answers and runs stay. Whoever needs it again can import its YAML file."))
        st.download_button(t("Keep its YAML file"), plan.text, f"{plan.name}.yaml", on_click="ignore")
        if st.button(t("Delete {plan}", plan=plan.name), type="primary", key="delete surely"):
            try:
                remove_plan(look().store, visitor().actor, plan.name)
            except (ForrangError, PlannerError) as error:
                show_fault(error)
                return
            remember("planner said", t("{plan} was deleted", plan=plan.name))
            st.rerun()

    asked()


def _compare(plans: Sequence[Shelved], chosen: Sequence[str]) -> None:
    if len(chosen) < 2:
        st.caption(t("Tick “Compare” on two plans or more to see what differs, how surely, and why."))
        return
    if len(chosen) > MOST_COMPARED:
        st.warning(t("At most {n} plans are compared at once.", n=MOST_COMPARED))
        return
    texts = {plan.name: plan.text for plan in plans}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        base = st.selectbox(t("Compare with"), chosen, len(chosen) - 1, key="compare base", width=320)
        often = st.number_input(t("Times simulated"), 2, 200, 10, key="compare replications", width=160)
        if st.button(tn("Compare {n} plan", "Compare {n} plans", len(chosen)), type="primary", key="compare now"):
            order = [base, *(name for name in chosen if name != base)]
            ask_and_open(new_question("compare", [(name, texts[name]) for name in order], replications=int(often)))


def _import() -> None:
    with st.expander(t("Import a plan from a YAML file"), icon=":material/upload_file:"):
        file = st.file_uploader(t("Scenario file"), type=["yaml", "yml"], key="import plan", max_upload_size=10)
        if file is None:
            return
        refused = sentence_for_upload(file.name, file.size, LONGEST)
        if refused:
            st.error(literal(refused), icon=":material/error:")
            return
        try:
            text = file.getvalue().decode("utf-8-sig")
        except UnicodeDecodeError:
            st.error(t("The file is no text in UTF-8; save it as such."), icon=":material/error:")
            return
        known = read(text, file.name)
        if known.scenario is None:
            st.error(literal(problem_words(known.problem)), icon=":material/error:")
            return
        name = free_name(known.scenario.name)
        if st.button(t("Put it on the shelf as {name}", name=name), type="primary", key="import now"):
            try:
                save_plan(look().store, visitor().actor, name, text)
            except (ForrangError, PlannerError) as error:
                show_fault(error)
                return
            st.query_params["plan"] = name
            st.rerun()
