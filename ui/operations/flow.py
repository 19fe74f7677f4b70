"""Slides that came and what went wrong with them: by day, by hour, by scanner, and by reason."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from ui.operations.charts import by_hour, slides_a_day
from ui.operations.words import WIDE, fault_words, reason_words, scanner_words
from ui.shell.desk import Desk
from ui.shell.facts import literal, table
from ui.shell.language import number, percent, t, tn
from worklist.store.store import Store
from worklist.watching.flow import Arrived, Fault, Finished, arrived, by_scanner, faults, finished

PERIODS: Final = (7, 30, 90)
"""Days that can be looked at."""
KEPT_S: Final = 60
"""Figures are counted anew so often at most. A."""


@dataclass(frozen=True)
class Flow:
    """What there was over some days."""

    slides: tuple[Arrived, ...]
    jobs: tuple[Finished, ...]
    faults: tuple[Fault, ...]


def show(desk: Desk) -> None:
    """Shows the days that the visitor chooses."""
    days = (
        st.segmented_control(
            t("Period"),
            PERIODS,
            default=30,
            required=True,
            format_func=lambda it: tn("{n} day", "{n} days", it),
            key="flow_days",
        )
        or 30
    )
    flow = _flow(desk.store, days)
    if not flow.slides and not flow.jobs and not flow.faults:
        st.info(t("No slide arrived in these days."), icon=":material/info:")
        return
    zone = desk.policy.calendar.zone
    total = sum(it.slides for it in flow.slides)
    st.caption(literal(t("{n} slides arrived in {days} days.", n=number(total), days=days)))
    st.vega_lite_chart(slides_a_day(days_of(flow.slides, zone), _states()), key="slides_a_day")
    st.markdown(f"#### {t('Over the day')}")
    st.caption(t("The mean of all these days, on the site's clock, weekends among them."))
    came, read = t("arrived"), t("read by the AI")
    st.vega_lite_chart(by_hour(hours_of(flow, zone, days, came, read), (came, read)), key="slides_an_hour")
    st.markdown(f"#### {t('By scanner')}")
    head = (t("Scanner"), t("Slides"), t("Rejected"), t("Failed"), t("Rescans asked for"), t("still to do"))
    st.html(table(head, scanner_rows(flow)), width=WIDE)
    st.markdown(f"#### {t('Faults by scanner and reason')}")
    if not flow.faults:
        st.caption(t("Nothing was rejected, failed or asked for again."))
        return
    st.html(table((t("Scanner"), t("What"), t("Reason"), t("Slides")), fault_rows(flow.faults)), width=WIDE)


@st.cache_data(ttl=KEPT_S, show_spinner=False, max_entries=len(PERIODS))
def _flow(_store: Store, days: int) -> Flow:
    since = _store.now() - timedelta(days=days)
    return Flow(tuple(arrived(_store, since)), tuple(finished(_store, since)), tuple(faults(_store, since)))


def days_of(slides: Iterable[Arrived], zone: ZoneInfo) -> dict[date, Counter[str]]:
    """Slides by the day on the site's clock and by state."""
    days: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for it in slides:
        days[it.hour_utc.astimezone(zone).date()][it.state] += it.slides
    return dict(days)


def hours_of(flow: Flow, zone: ZoneInfo, days: int, came: str, read: str) -> list[dict[str, float]]:
    """Of each hour of the day, how many slides came and were read, as a mean over the days."""
    hours: list[dict[str, float]] = [{came: 0.0, read: 0.0} for _ in range(24)]

    def add(hour_utc: datetime, name: str, count: int) -> None:
        hours[hour_utc.astimezone(zone).hour][name] += count / days

    for it in flow.slides:
        add(it.hour_utc, came, it.slides)
    for job in flow.jobs:
        if job.state == "done":
            add(job.hour_utc, read, job.jobs)
    return hours


def scanner_rows(flow: Flow) -> list[tuple[str, ...]]:
    """Each scanner with its slides and what went wrong of them; the busiest first."""
    slides = by_scanner(flow.slides)
    wrong: Counter[tuple[str, str]] = Counter()
    still: Counter[str] = Counter()
    for it in flow.slides:
        wrong[it.scanner, it.state] += it.slides
    for fault in flow.faults:
        if fault.what == "rescan":
            wrong[fault.scanner, "rescan"] += fault.slides
            still[fault.scanner] += fault.still_open
            slides[fault.scanner] += 0
    return [
        (
            scanner_words(it),
            number(count),
            *(_of(wrong[it, what], count) for what in ("rejected", "failed", "rescan")),
            number(still[it]),
        )
        for it, count in sorted(slides.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def fault_rows(found: Iterable[Fault]) -> list[tuple[str, ...]]:
    """What went wrong, the most frequent first."""
    return [
        (scanner_words(it.scanner), fault_words(it.what), reason_words(it.reason), number(it.slides)) for it in found
    ]


def _of(count: int, total: int) -> str:
    return f"{number(count)} ({percent(count / total, 1)})" if count and total else number(count)


def _states() -> dict[str, str]:
    return {
        "scored": t("scored"),
        "unscored": t("not read yet"),
        "rejected": t("rejected"),
        "failed": t("failed"),
    }
