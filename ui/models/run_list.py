"""Runs as people follow them: what is asked, how far it is, how it ended, and what can be done about it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import streamlit as st

from models.errors import ForrangError
from ui.access.visitor import visitor
from ui.models.charts import learning_chart
from ui.models.runs.record import REPORT, Kind, Run, State, all_runs
from ui.models.runs.start import act_of, go_on, remove, stop
from ui.shell.badges import Badge, Tone, badge_html
from ui.shell.desk import Desk, look
from ui.shell.facts import literal
from ui.shell.faults import show_fault
from ui.shell.language import moment, t

FOLLOW: Final = "3s"
"""How often a run that is under way is looked at."""
SHOWN: Final = 10

STATES: Final[dict[State, str]] = {
    "starting": "starting",
    "waiting": "waits for its turn",
    "running": "under way",
    "done": "done",
    "failed": "failed",
    "stopped": "stopped",
    "cut off": "cut off",
}
_TONES: Final[dict[State, Tone]] = {
    "starting": "ample",
    "waiting": "ample",
    "running": "soon",
    "done": "clear",
    "failed": "problem",
    "stopped": "unknown",
    "cut off": "problem",
}


def title_of(run: Run) -> str:
    """What was asked for."""
    work = run.asked.work
    match work.kind:
        case "train":
            return t("Train {model}", model=f"{work.options.name}@{work.options.version}")
        case "gates":
            return t("Judge {model} before it goes into use", model=work.model)
        case "figures":
            return t("Curves and groups of {models}", models=" / ".join(work.models))
        case "report":
            return t("Whole report on {model}", model=work.model)
        case "feedback":
            return t("Labelled tiles from feedback")
        case "suggest":
            return t("Slides to label next")


def epochs_of(run: Run) -> list[dict[str, Any]]:
    """The epochs that a training told of, in order; `fit` numbers those of several, each from 1."""
    found: list[dict[str, Any]] = []
    for told in run.told:
        if told.get("event") == "epoch" and "validation_auc" in told:
            before = found[-1] if found else {"fit": 1, "epoch": 0}
            fit = before["fit"] + (told["epoch"] <= before["epoch"])
            found.append({**told, "fit": fit})
    return found


def progress_of(run: Run) -> tuple[float, str]:
    """How far a run is, 0 to 1, and in words."""
    work = run.asked.work
    if work.kind == "train":
        done = len(epochs_of(run))
        of = sum(it.epochs for it in (work.options.fit, *work.options.mixed_with))
        if done >= of:
            return 1.0, t("calibrates, exports and judges the model")
        return done / of, t("epoch {done} of {of} done", done=done, of=of)
    steps = [str(it.get("said", "")) for it in run.told if it.get("event") == "step"]
    return min(0.9, len(steps) / 6), steps[-1] if steps else ""


def ended_words(run: Run) -> str:
    """How a run ended, in a sentence."""
    if run.outcome is None:
        return t("Its process ended without a word, as when the machine was switched off.") if run.is_over else ""
    if run.state == "stopped":
        return t("Stopped by {name}.", name=run.outcome.said)
    if run.state == "failed":
        return run.outcome.said
    if run.asked.work.kind == "train":
        return t("{model} is on the shelf. It is not in use until somebody puts it into use.", model=run.outcome.said)
    return t("Done: {what}", what=run.outcome.said)


def models_of(run: Run) -> tuple[str, ...]:
    """The models that it is about."""
    work = run.asked.work
    if work.kind == "figures":
        return work.models
    return (work.model,) if work.kind == "gates" or work.kind == "report" else ()


def show_runs(
    desk: Desk,
    home: Path,
    kinds: tuple[Kind, ...],
    draw: Callable[[Run], None] | None = None,
    *,
    of: str | None = None,
    news_only: bool = False,
) -> None:
    """The latest runs of these kinds; follows those under way.

    draw: shows what came of one that is done. of: only those about this model. news_only: what is done is left out,
    where the page shows what came of it already; a report is not.
    """
    zone = desk.policy.calendar.zone

    def wanted(run: Run) -> bool:
        kind = run.asked.work.kind
        shown = not news_only or run.state != "done" or kind == "report"
        return kind in kinds and shown and (of is None or of in models_of(run))

    def found(now: datetime) -> list[Run]:
        return [it for it in all_runs(home, now) if wanted(it)]

    live = {it.id for it in found(desk.now_utc) if not it.is_over}

    @st.fragment(run_every=FOLLOW if live else None)
    def followed() -> None:
        try:
            now = look()
            runs = found(now.now_utc)
            for run in runs[:SHOWN]:
                _show_run(now, run, zone, draw)
        except ForrangError as error:
            show_fault(error)
            return
        if live and not any(it.id in live and not it.is_over for it in runs):
            st.rerun()

    followed()


def _show_run(desk: Desk, run: Run, zone: ZoneInfo, draw: Callable[[Run], None] | None) -> None:
    with st.container(border=True):
        words, acts = st.columns([5, 2], vertical_alignment="center")
        badge = Badge(t(STATES[run.state]), _TONES[run.state], "")
        words.markdown(f"**{literal(title_of(run))}**")
        words.html(f'<div class="facts">{badge_html(badge)}</div>')
        words.caption(literal(f"{run.asked.by}, {moment(run.asked.at_utc, zone)}"))
        with acts, st.container(horizontal=True, horizontal_alignment="right"):
            _offer_acts(desk, run)
        if run.state == "running":
            share, told = progress_of(run)
            st.progress(share, text=literal(told) or None)
        if said := ended_words(run):
            (st.warning if run.state in ("failed", "cut off") else st.markdown)(literal(said))
        if run.asked.work.kind == "train" and (epochs := epochs_of(run)):
            st.vega_lite_chart(spec=learning_chart(epochs), width="content", key=f"learning {run.id}")
        if run.state == "done" and draw is not None:
            draw(run)


def _offer_acts(desk: Desk, run: Run) -> None:
    who = visitor()
    if not who.may(act_of(run.asked.work)):
        return
    if run.state == "done" and run.asked.work.kind == "report" and (run.folder / REPORT).is_file():
        page = (run.folder / REPORT).read_bytes()
        name = f"{run.asked.work.model.replace('@', '-')}.html"
        st.download_button(t("Download"), page, name, "text/html", key=f"get {run.id}", on_click="ignore")
    if not run.is_over:
        _press(t("Stop"), f"stop {run.id}", lambda: stop(desk.store, who.actor, run))
        return
    if run.may_go_on:
        _press(t("Go on"), f"go on {run.id}", lambda: go_on(desk.store, who.actor, run))
    _press(t("Remove"), f"remove {run.id}", lambda: remove(desk.store, who.actor, run))


def _press(label: str, key: str, act: Callable[[], object]) -> None:
    if not st.button(label, key=key):
        return
    try:
        act()
    except ForrangError as error:
        show_fault(error)
    else:
        st.rerun()
