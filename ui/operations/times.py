"""Response times as the region measures them: by class of action, the share within its limit, by month and by hour."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from ui.operations.charts import within_by_hour
from ui.operations.words import WIDE, action_words
from ui.shell.desk import Desk
from ui.shell.facts import literal, table
from ui.shell.language import moment, month, number, percent, t, tn
from worklist.watching.action_times import ACTIONS, LIMITS_S, WANTED_PERCENT, Hour, Month, hours, months

SLOWEST: Final = 5
"""Hours that are told one by one. A."""


def show(desk: Desk) -> None:
    """Shows the months, and the hours of one that the visitor chooses."""
    found = months(desk.store)
    limits = ", ".join(f"{action_words(it)} {LIMITS_S[it]:g} s" for it in ACTIONS)
    wanted = percent(WANTED_PERCENT / 100, 1)
    st.caption(
        literal(
            t(
                "The region wants {wanted} of a month's actions within their limit: {limits}.",
                wanted=wanted,
                limits=limits,
            )
        )
    )
    st.caption(t("Taken in this server, from a request to its page; the network and the browser come on top."))
    if not found:
        st.info(t("No action has been counted yet: they are kept about once a minute."), icon=":material/info:")
        return
    head = (t("Month"), t("Class"), t("Actions"), t("Limit"), t("Within the limit"), t("Wanted"))
    st.html(table(head, month_rows(found)), width=WIDE)
    st.markdown(f"#### {t('By hour of the day')}")
    names = list(dict.fromkeys(it.month for it in found))
    zone = desk.policy.calendar.zone
    left, right = st.columns(2)
    chosen = left.selectbox(t("Month"), names, format_func=month_words, key="times_month") or names[0]
    classes = [it for it in ACTIONS if any(one.action == it for one in found if one.month == chosen)]
    action = right.selectbox(t("Class"), classes, format_func=action_words, key="times_class") or classes[0]
    of_month = [it for it in hours(desk.store, *month_span(chosen)) if it.action == action]
    if not of_month:
        st.caption(t("Of this month no hours were kept."))
        return
    st.vega_lite_chart(within_by_hour(by_hour(of_month, zone), WANTED_PERCENT), key="within_by_hour")
    st.markdown(f"#### {t('The slowest hours')}")
    late = slow_rows(of_month, zone)
    if not late:
        st.caption(t("In no hour was an action over its limit."))
        return
    st.html(table((t("Hour from"), t("Over the limit"), t("Actions"), t("Longest")), late), width=WIDE)


def month_rows(found: Iterable[Month]) -> list[tuple[str, ...]]:
    """Months and classes as rows; met and missed are said in words."""
    return [
        (
            month_words(it.month),
            action_words(it.action),
            number(it.actions),
            f"{LIMITS_S[it.action]:g} s",
            percent(it.percent / 100, 2),
            t("✓ met")
            if it.percent >= WANTED_PERCENT
            else t("✗ missed: {late} over the limit", late=number(it.actions - it.within)),
        )
        for it in sorted(sorted(found, key=lambda it: ACTIONS.index(it.action)), key=lambda it: it.month, reverse=True)
    ]


def by_hour(found: Iterable[Hour], zone: ZoneInfo) -> list[tuple[int, int]]:
    """Actions and those within the limit, of each of the 24 hours on the site's clock."""
    told = [(0, 0)] * 24
    for it in found:
        at = it.hour_utc.astimezone(zone).hour
        told[at] = (told[at][0] + it.actions, told[at][1] + it.within)
    return told


def slow_rows(found: Sequence[Hour], zone: ZoneInfo) -> list[tuple[str, ...]]:
    """The hours with the most actions over their limit."""
    late = sorted((it for it in found if it.within < it.actions), key=lambda it: (it.within - it.actions, it.hour_utc))
    return [
        (
            moment(it.hour_utc, zone),
            number(it.actions - it.within),
            number(it.actions),
            tn("{n} second", "{n} seconds", round(it.longest_s)),
        )
        for it in late[:SLOWEST]
    ]


def month_span(of: str) -> tuple[datetime, datetime]:
    """From the beginning of a month such as 2026-11 to its end, in UTC as months are kept."""
    start = datetime.strptime(of, "%Y-%m").replace(tzinfo=UTC)
    return start, (start + timedelta(days=32)).replace(day=1)


def month_words(month_of: str) -> str:
    """A month such as 2026-11 in words."""
    return month(month_span(month_of)[0].date())
