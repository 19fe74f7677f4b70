"""Drift: whether the models still see what they saw at first, week by week, and whether readers agree with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

import streamlit as st

from ui.access.visitor import visitor
from ui.models.charts import weeks_chart
from ui.shell.badges import Badge, Tone, badge_html
from ui.shell.desk import Desk
from ui.shell.facts import literal, table
from ui.shell.language import day, moment, number, percent, t
from ui.shell.memory import remember, remembered
from worklist.watching.agreement import WeekRate, is_alarm
from worklist.watching.drift import LEAST_SLIDES, MOVED, MOVED_FAR, REFERENCE_SLIDES, Level, Shift
from worklist.watching.model_watch import WEEKS, ModelWatch, Watch, watch_models

LEVELS: Final[dict[Level, str]] = {
    "as before": "as before",
    "moved": "moved",
    "moved far": "moved far",
    "too few": "too few slides",
}
_TONES: Final[dict[Level, Tone]] = {"as before": "clear", "moved": "soon", "moved far": "overdue", "too few": "unknown"}
RATES: Final = {
    "not scored": "not scored",
    "rejected or failed": "rejected or failed",
    "overruled": "readers overruled the AI",
    "missed": "read as positive, not flagged",
}


SMALLEST_P: Final = 0.001
"""Below it a p-value is not told apart."""


@dataclass(frozen=True)
class _Looked:
    at_utc: datetime
    watch: Watch


def show(desk: Desk) -> None:
    """Shows the last weeks; they are judged when somebody first looks, and anew when asked."""
    words, again = st.columns([6, 1.4], vertical_alignment="center")
    kept = cast("_Looked | None", remembered("watch", None))
    if again.button(t("Look again"), key="watch again", icon=":material/refresh:") or kept is None:
        zone = desk.policy.calendar.zone
        with st.spinner(t("Looking at the last {weeks} weeks", weeks=WEEKS)):
            kept = _Looked(desk.now_utc, watch_models(desk.store, visitor().actor, zone))
        remember("watch", kept)
    at = moment(kept.at_utc, desk.policy.calendar.zone)
    words.caption(
        t("The last {weeks} weeks, as of {at}. What needs a hand is on the operations list too.", weeks=WEEKS, at=at)
    )
    _show_arrivals(kept.watch.arrivals)
    if not kept.watch.models:
        st.info(t("No model has scored a slide here yet."), icon=":material/monitoring:")
    for it in kept.watch.models:
        _show_model(it, desk.policy.calendar.zone)


def newest(shifts: Sequence[Shift]) -> list[Shift]:
    """Those of the newest week, the farthest moved first."""
    week = max((it.week for it in shifts), default=None)
    return sorted((it for it in shifts if it.week == week), key=lambda it: -(it.psi or -1))


def worst_level(shifts: Sequence[Shift]) -> Level:
    """The worst of a week."""
    order: tuple[Level, ...] = ("moved far", "moved", "as before")
    return next((level for level in order if any(it.level == level for it in shifts)), "too few")


def psi_rows(shifts: Sequence[Shift]) -> list[tuple[date, str, float]]:
    """Week, what moved, and how far, over all slides."""
    names = {"score": t("scores"), "quality": t("quality of slides")}
    return [(it.week, names[it.what], it.psi) for it in shifts if it.group == "all" and it.psi is not None]


def shift_rows(shifts: Sequence[Shift]) -> list[tuple[str, ...]]:
    """The newest week by group, for people."""
    names = {"score": t("scores"), "quality": t("quality of slides")}
    return [
        (
            group_words(it.group),
            names[it.what],
            number(it.slides),
            "–" if it.psi is None else number(it.psi, 2),
            _p_words(it.adjusted_p),
            t(LEVELS[it.level]),
        )
        for it in newest(shifts)
    ]


def _p_words(p: float | None) -> str:
    if p is None:
        return "–"
    return number(p, 3) if p >= SMALLEST_P else f"< {number(SMALLEST_P, 3)}"


def group_words(group: str) -> str:
    """all; a scanner; a site."""
    kind, _, name = group.partition(" ")
    words = {"all": t("all slides"), "scanner": t("scanner"), "site": t("site")}
    return f"{words.get(kind, kind)} {name}".strip()


def rate_rows(rates: Sequence[WeekRate]) -> list[tuple[str, ...]]:
    """Each week's rates, the newest first, alarms marked in words."""
    return [
        (
            day(it.week),
            t(RATES[it.rate]),
            f"{number(it.count)} / {number(it.of)}",
            f"{percent(it.value.value)} ({percent(it.value.low)}–{percent(it.value.high)})",
            t("more than before") if is_alarm(it) else "",
        )
        for it in reversed(rates)
    ]


def _show_arrivals(rates: Sequence[WeekRate]) -> None:
    if not rates:
        return
    with st.expander(t("What became of the slides that arrived"), expanded=False):
        rows = [(it.week, t(RATES[it.rate]), it.value.value) for it in rates]
        st.vega_lite_chart(spec=weeks_chart(rows, t("share of slides"), {}), key="arrivals")
        st.html(table(_rate_head(), rate_rows(rates)))


def _show_model(it: ModelWatch, zone: ZoneInfo) -> None:
    week = newest(it.shifts)
    level = worst_level(week)
    with st.container(border=True):
        st.markdown(f"**{literal(it.model)}**")
        if it.reference_until_utc is None:
            st.progress(
                min(1.0, it.gathered / REFERENCE_SLIDES),
                text=t(
                    "{gathered} of the {needed} slides that make its reference; until then drift is not judged.",
                    gathered=number(it.gathered),
                    needed=number(REFERENCE_SLIDES),
                ),
            )
        else:
            badge = Badge(t(LEVELS[level]), _TONES[level], t("week of {day}", day=day(week[0].week)) if week else "")
            st.html(f'<div class="facts">{badge_html(badge)}</div>')
            until = moment(it.reference_until_utc, zone)
            st.caption(
                t(
                    "Against its first {count} scored slides here, until {until}. A group counts as moved where the"
                    " shift (PSI) is {moved} or more and no chance; weeks of fewer than {least} slides are not judged.",
                    count=number(REFERENCE_SLIDES),
                    until=until,
                    moved=number(MOVED, 1),
                    least=LEAST_SLIDES,
                )
            )
            if rows := psi_rows(it.shifts):
                limits = {t("moved"): MOVED, t("moved far"): MOVED_FAR}
                st.vega_lite_chart(spec=weeks_chart(rows, "PSI", limits), key=f"psi {it.model}")
            if week:
                head = (t("group"), t("what"), t("slides"), "PSI", t("p, adjusted"), t("so it is"))
                st.html(table(head, shift_rows(it.shifts)))
            else:
                st.caption(t("No slide has been scored since."))
        if it.readings:
            rows = [(one.week, t(RATES[one.rate]), one.value.value) for one in it.readings]
            st.vega_lite_chart(spec=weeks_chart(rows, t("share of verdicts"), {}), key=f"readings {it.model}")
            with st.expander(t("Week by week")):
                st.html(table(_rate_head(), rate_rows(it.readings)))
        else:
            st.caption(t("No verdict on a slide that it scored yet."))


def _rate_head() -> tuple[str, ...]:
    return (t("week of"), t("what"), t("slides"), t("share, with 95% interval"), "")
