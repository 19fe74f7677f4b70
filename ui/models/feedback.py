"""Readers' verdicts set against the AI: where they differ, and labelled tiles made of them to train on."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from models.errors import ForrangError
from models.registry import list_models
from ui.access.visitor import visitor
from ui.models.run_list import show_runs
from ui.models.runs.record import Feedback, Run
from ui.models.runs.start import start
from ui.models.tile_files import FEEDBACK
from ui.shell.desk import Desk
from ui.shell.facts import table
from ui.shell.faults import show_fault
from ui.shell.language import moment, number, percent, t, tn
from ui.shell.pages import open_page
from worklist.reading.verdict import Discord, Verdict, discordant, verdicts
from worklist.settings import Settings

PERIODS: Final = (1, 4, 8, 26)
"""Weeks."""
SHOWN: Final = 100
"""How many differences are shown, the worst; more than anybody goes through at a time. A."""

KINDS: Final[dict[Discord, str]] = {
    "AI did not flag, reader positive": "AI did not flag, reader positive",
    "AI had no score, reader positive": "AI had no score, reader positive",
    "AI flagged, reader negative": "AI flagged, reader negative",
}


def show(desk: Desk) -> None:
    """Shows the differences, the worst first, and offers to make tiles of what was read."""
    weeks = st.segmented_control(
        t("Verdicts of the last"),
        PERIODS,
        default=4,
        required=True,
        format_func=lambda n: tn("{n} week", "{n} weeks", n),
    )
    since = desk.now_utc - timedelta(weeks=weeks or 4)
    given = verdicts(desk.store, since_utc=since)
    differing = discordant(desk.store, since_utc=since) if given else []
    _show_counts(given, differing)
    _show_differences(differing, desk.policy.calendar.zone)
    _offer_export(desk)


def rows_of(found: Sequence[Verdict], zone: ZoneInfo, *, with_case: bool) -> list[dict[str, object]]:
    """A line a difference; cases are named to those only who may see them."""
    lines: list[dict[str, object]] = []
    for it in found:
        assert it.discord is not None
        line: dict[str, object] = {t("case"): it.accession_number, t("slide"): it.slide} if with_case else {}
        lines.append(
            line
            | {
                t("how they differ"): t(KINDS[it.discord]),
                t("AI's score"): it.ai_score,
                t("model"): it.model or "–",
                t("site"): it.site,
                t("scanner"): it.scanner or "–",
                t("when"): moment(it.at_utc, zone),
                t("regions drawn"): t("yes") if it.has_regions else "",
            }
        )
    return lines


def _show_counts(given: Sequence[Verdict], differing: Sequence[Verdict]) -> None:
    if not given:
        st.info(
            t(
                "No verdict in this time. Readers give one on a case's page; they and the regions drawn become"
                " labels here."
            ),
            icon=":material/rate_review:",
        )
        return
    counted = Counter(it.discord for it in differing)
    columns = st.columns(len(KINDS) + 1)
    columns[0].metric(t("Verdicts"), number(len(given)))
    for column, (kind, words) in zip(columns[1:], KINDS.items(), strict=True):
        count = counted[kind]
        column.metric(t(words), f"{number(count)} ({percent(count / len(given))})")


def _show_differences(differing: Sequence[Verdict], zone: ZoneInfo) -> None:
    if not differing:
        return
    shown = list(differing[:SHOWN])
    with_case = visitor().may("see case")
    st.markdown(f"**{t('Where readers and AI differ, the worst first')}**")
    lines = rows_of(shown, zone, with_case=with_case)
    if with_case:
        names = {f"{it.accession_number} · {it.slide}": it.accession_number for it in shown}
        pick, go = st.columns([4, 1], vertical_alignment="bottom")
        chosen = pick.selectbox(
            t("Open a case"), list(names), index=None, key="differing case", placeholder=t("Choose")
        )
        if go.button(t("Open the case"), disabled=chosen is None, key="open differing") and chosen is not None:
            open_page("case", case=names[chosen])
    score = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(lines, hide_index=True, column_config={t("AI's score"): score}, key="differences")
    if len(differing) > len(shown):
        st.caption(
            t(
                "The worst {shown} of {of} are shown; whoever runs the server lists all: `forrang verdict discordant`.",
                shown=SHOWN,
                of=len(differing),
            )
        )
    if not with_case:
        st.caption(t("Your role does not see cases: their numbers are left out."))


def _offer_export(desk: Desk) -> None:
    who = visitor()
    if not who.may("export feedback"):
        return
    home = Settings().home_folder
    with st.container(border=True):
        st.markdown(f"**{t('Make labelled tiles of all verdicts')}**")
        st.caption(
            t(
                "Patients and slides are told by keyed hashes, each patient in one split for good. The regions that"
                " readers drew are cut as the chosen model reads slides; what readers differ on is left out."
            )
        )
        labels = [it.manifest.label for it in list_models()]
        pick, go = st.columns([3, 1], vertical_alignment="bottom")
        model = pick.selectbox(t("Cut as it is read by"), labels, key="feedback model")
        if go.button(t("Make tiles"), key="make feedback", type="primary", width="stretch") and model:
            out = home / FEEDBACK / f"feedback-{desk.now_utc:%Y%m%d-%H%M%S}.parquet"
            try:
                start(desk.store, home, who.actor, Feedback(model=model, out=out))
            except ForrangError as error:
                show_fault(error)
            else:
                st.rerun()
    show_runs(desk, home, ("feedback",), _show_made)


def _show_made(run: Run) -> None:
    for it in run.told:
        if it.get("event") == "written":
            st.markdown(
                t(
                    "{slides} slides and {tiles} tiles, on offer under Train.",
                    slides=number(int(it["slides"])),
                    tiles=number(int(it["tiles"])),
                )
            )
    left = [(str(it["reason"]), number(int(it["count"]))) for it in run.told if it.get("event") == "left out"]
    if left:
        st.html(table((t("left out, because"), t("slides")), left))
