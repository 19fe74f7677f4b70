"""Curves and groups of models on labelled tiles: what was found last, drawn; and the way to find it."""

from functools import cache
from pathlib import Path

import streamlit as st
from pydantic import ValidationError

from models.errors import ForrangError
from models.registry import Model
from models.shelf import manifest_hash
from training.judging.side_by_side import Findings
from ui.access.visitor import visitor
from ui.models import card, charts
from ui.models.run_list import show_runs
from ui.models.runs.record import FIGURES, Look, Report, Run, Work, all_runs
from ui.models.runs.start import start
from ui.models.tile_files import ask_tiles_and_split
from ui.shell.desk import Desk
from ui.shell.facts import literal, table
from ui.shell.faults import show_fault
from ui.shell.language import moment, t
from worklist.settings import Settings


def found_of(runs: list[Run], hashes: tuple[str, ...]) -> list[tuple[Run, Findings]]:
    """What finished runs found of just these models as they are now, the newest first, one for each file and split."""
    found: dict[tuple[str, str], tuple[Run, Findings]] = {}
    for run in runs:
        if run.state != "done" or run.asked.work.kind != "figures":
            continue
        it = read_findings(run.folder / FIGURES)
        if it is not None and tuple(one.manifest_sha256 for one in it.models) == hashes:
            found.setdefault((it.tiles, it.split), (run, it))
    return list(found.values())


@cache
def read_findings(path: Path) -> Findings | None:
    """What a run left; it is written once. None where it cannot be read."""
    try:
        return Findings.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def show_findings_of(desk: Desk, model: Model) -> None:
    """Draws a model's curves and groups, and offers to judge it on labelled tiles."""
    home = Settings().home_folder
    there = found_of(all_runs(home, desk.now_utc), (manifest_hash(model),))
    if there:
        names = [f"{it.tiles}, {it.split}" for _, it in there]
        at = st.selectbox(t("Judged on"), range(len(there)), format_func=lambda n: names[n], key="findings chosen")
        run, findings = there[at]
        when = moment(run.asked.at_utc, desk.policy.calendar.zone)
        st.caption(literal(f"{run.asked.by}, {when}"))
        st.markdown(literal(card.in_short(findings.models[0])))
        draw_curves(findings, key=run.id)
        st.html(_figures(findings))
        _draw_groups(findings, key=run.id)
    else:
        st.caption(t("Its curves and groups are drawn once it was judged here on labelled tiles."))
    label = model.manifest.label
    _offer(desk, home, {t("Judge on labelled tiles"): "figures", t("Whole report (minutes)"): "report"}, (label,))
    show_runs(desk, home, ("figures", "report"), of=label, news_only=True)


def offer_to_judge(desk: Desk, labels: tuple[str, ...]) -> None:
    """Offers to judge models on the same labelled tiles."""
    _offer(desk, Settings().home_folder, {t("Judge both on the same tiles"): "figures"}, labels)


def draw_curves(findings: Findings, key: str) -> None:
    """ROC, reliability and net benefit side by side."""
    drawn = (
        (t("What it finds, and what it costs"), charts.roc_chart(findings)),
        (t("What comes true of what it says"), charts.reliability_chart(findings)),
        (t("What acting on it is worth"), charts.benefit_chart(findings)),
    )
    for column, (name, spec) in zip(st.columns(3), drawn, strict=True):
        column.markdown(f"**{name}**")
        column.vega_lite_chart(spec=spec, key=f"{name} {key}")
    st.caption(t("Bands: 95% over patients. Diamonds: the model's own threshold."))


def _figures(findings: Findings) -> str:
    head = (t("figure"), t("value"), t("95% interval, by patient"), t("what it is"))
    return table(head, card.evaluation_rows(findings.models[0].evaluation))


def _draw_groups(findings: Findings, key: str) -> None:
    st.markdown(f"**{t('Groups')}**")
    st.vega_lite_chart(spec=charts.groups_chart(findings.models[0]), key=f"groups {key}")
    head = (t("group"), t("tiles"), t("patients"), t("positive"), "AUC", t("sensitivity"), t("specificity"), "")
    st.html(table(head, card.group_rows(findings.models[0])))
    st.caption(t("Hollow, or marked small: fewer than 10 patients, or fewer than 20 tiles of a class."))


def _offer(desk: Desk, home: Path, offered: dict[str, str], labels: tuple[str, ...]) -> None:
    who = visitor()
    if not who.may("train model"):
        return
    with st.container(border=True):
        asked = ask_tiles_and_split(home, "judge")
        if asked is None:
            return
        tiles, split = asked
        for column, (words, kind) in zip(st.columns(3), offered.items(), strict=False):
            if not column.button(words, key=f"start {kind}", width="stretch"):
                continue
            work: Work = Look(models=labels, tiles=tiles, split=split)
            if kind == "report":
                work = Report(model=labels[0], tiles=tiles, split=split)
            try:
                start(desk.store, home, who.actor, work)
            except ForrangError as error:
                show_fault(error)
            else:
                st.rerun()
