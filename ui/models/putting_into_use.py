"""Into use, back, into the shadow: the gates shown, each act confirmed with the model named and a reason on record."""

from collections.abc import Callable
from typing import Final

import streamlit as st
from pydantic import ValidationError

from models.errors import ForrangError
from models.registry import Model
from training.shipping.promotion import state
from ui.access.visitor import Visitor, visitor
from ui.models import acts, card
from ui.models.run_list import show_runs
from ui.models.runs.record import GATES, GatesFound, Judge, Run, all_runs
from ui.models.runs.start import start
from ui.models.tile_files import ask_tiles_and_split
from ui.shell.desk import Desk
from ui.shell.facts import literal, table
from ui.shell.faults import show_fault
from ui.shell.language import moment, t
from ui.shell.memory import remember
from worklist.settings import Settings

SAID: Final = "models said"
"""What the last act did, told once on the next page."""


def show_acts(desk: Desk, model: Model, now: str) -> None:
    """What the visitor may do with a model; `now` is its state, as `training.shipping.overview` has it."""
    who = visitor()
    manifest = model.manifest
    if not who.may("put model into use"):
        return
    if now.startswith("in use"):
        serving = state(manifest.name).serving
        if len(serving) > 1:
            before = f"{serving[-2].name}@{serving[-2].version}"
            if st.button(t("Go back to {model} …", model=before), key="go back", icon=":material/undo:"):
                _go_back(desk, who, manifest.label, before, acts.as_seen(manifest.name))
        return
    with st.container(horizontal=True):
        words = t("End its time in the shadow …") if now == "shadow" else t("Try it in the shadow …")
        if st.button(words, key="shadow", icon=":material/visibility:"):
            _shadow(desk, who, manifest.label, acts.as_seen(manifest.name), end=now == "shadow")


def may_come_into_use(now: str) -> bool:
    """Whether the visitor may put a model in this state into use."""
    return not now.startswith("in use") and visitor().may("put model into use")


def show_gates(desk: Desk, model: Model) -> None:
    """What the gates say of a model, the way to ask them, and the way through them."""
    who = visitor()
    found = _judged(desk, model)
    if found is None:
        st.caption(t("Every gate must let it through, on labelled tiles that it did not learn from."))
    else:
        run, gates = found
        st.html(table((t("gate"), "", t("what it found")), gate_rows(gates)))
        tiles = run.asked.work.tiles.name if run.asked.work.kind == "gates" else ""
        st.caption(literal(f"{tiles}, {run.asked.by}, {moment(run.asked.at_utc, desk.policy.calendar.zone)}"))
        if not acts.still_holds(gates, model):
            st.warning(t("Since then another version came into use, or this one was changed: judge it again."))
        elif st.button(
            t("Put {model} into use …", model=model.manifest.label),
            type="primary",
            key="use",
            icon=":material/publish:",
        ):
            _use(desk, who, gates, acts.as_seen(model.manifest.name))
    _ask_to_judge(desk, who, model)
    show_runs(desk, Settings().home_folder, ("gates",), of=model.manifest.label, news_only=True)


def gate_rows(found: GatesFound) -> list[tuple[str, str, str]]:
    """Each gate, whether it lets the model through, and what it found."""
    return [(t(card.GATES.get(gate.name, gate.name)), _verdict(passed=gate.passed), gate.said) for gate in found.gates]


def _verdict(*, passed: bool) -> str:
    """On one line, whatever the width."""
    return (f"✓ {t('passed')}" if passed else f"✗ {t('refused')}").replace(" ", "\N{NO-BREAK SPACE}")


def _judged(desk: Desk, model: Model) -> tuple[Run, GatesFound] | None:
    """The newest answer of the gates on this model."""
    for run in all_runs(Settings().home_folder, desk.now_utc):
        work = run.asked.work
        if run.state == "done" and work.kind == "gates" and work.model == model.manifest.label:
            try:
                return run, GatesFound.model_validate_json((run.folder / GATES).read_bytes())
            except (OSError, ValidationError):
                continue
    return None


def _ask_to_judge(desk: Desk, who: Visitor, model: Model) -> None:
    home = Settings().home_folder
    asked = ask_tiles_and_split(home, "gates")
    if asked is None:
        return
    tiles, split = asked
    if st.button(t("Ask the gates"), key="ask gates"):
        work = Judge(model=model.manifest.label, tiles=tiles, split=split)
        try:
            start(desk.store, home, who.actor, work)
        except ForrangError as error:
            show_fault(error)
        else:
            st.rerun()


def _use(desk: Desk, who: Visitor, found: GatesFound, seen: acts.Seen) -> None:
    @st.dialog(literal(t("Put {model} into use", model=found.model)))
    def confirm() -> None:
        refused = [gate for gate in found.gates if not gate.passed]
        st.markdown(
            t(
                "From then on **{model}** scores the slides that come in for the name **{name}**.",
                model=literal(found.model),
                name=literal(seen.name),
            )
        )
        override, why = "", ""
        if refused:
            names = ", ".join(t(card.GATES.get(gate.name, gate.name)) for gate in refused)
            st.warning(
                t("Refused by: {gates}. It can be overridden with a reason, which stays on record.", gates=names)
            )
            override = st.text_input(t("Reason to override"), key="override reason", max_chars=500)
        else:
            why = st.text_input(t("Why, for the record"), key="why use", max_chars=500)
        ready = bool(override.strip()) if refused else True
        label = t("Override and put into use") if refused else t("Put into use")
        if st.button(label, type="primary", disabled=not ready, key="confirm use"):
            _do(
                lambda: acts.use(desk.store, who.actor, seen, found, why, override),
                t("{model} is in use.", model=found.model),
            )

    confirm()


def _go_back(desk: Desk, who: Visitor, now: str, before: str, seen: acts.Seen) -> None:
    @st.dialog(literal(t("Go back to {model}", model=before)))
    def confirm() -> None:
        st.markdown(
            t("**{before}** comes into use again in place of **{now}**.", before=literal(before), now=literal(now))
        )
        why = st.text_input(t("Why, for the record"), key="why back", max_chars=500)
        if st.button(t("Go back"), type="primary", disabled=not why.strip(), key="confirm back"):
            said = t("{model} is in use again.", model=before)
            _do(lambda: acts.go_back(desk.store, who.actor, seen, why), said)

    confirm()


def _shadow(desk: Desk, who: Visitor, label: str, seen: acts.Seen, *, end: bool) -> None:
    title = t("End the shadow of {model}", model=label) if end else t("Try {model} in the shadow", model=label)

    @st.dialog(literal(title))
    def confirm() -> None:
        st.markdown(
            t("It is put on record that this version is tried beside the one in use. The list does not change.")
            if not end
            else t("It is put on record that the trial is over. The list does not change.")
        )
        why = st.text_input(t("Why, for the record"), key="why shadow", max_chars=500)
        if st.button(t("Confirm"), type="primary", disabled=not why.strip(), key="confirm shadow"):
            said = (
                t("{model} is no longer in the shadow.", model=label)
                if end
                else t("{model} is in the shadow.", model=label)
            )
            _do(lambda: acts.try_in_shadow(desk.store, who.actor, seen, label, why, end=end), said)

    confirm()


def _do(act: Callable[[], object], said: str) -> None:
    try:
        act()
    except ForrangError as error:
        show_fault(error)
    else:
        remember(SAID, said)
        st.rerun()
