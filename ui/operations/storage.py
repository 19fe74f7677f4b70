"""Storage: how full the disks are, how fast they fill, and when they will be full."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import streamlit as st

from ui.operations.charts import used_over_days
from ui.operations.words import WIDE, size_words
from ui.shell.desk import Desk
from ui.shell.facts import literal, table
from ui.shell.language import number, percent, t
from worklist.watching.flow import arrived
from worklist.watching.storage import LEAST_DAYS, THE_LIST, StorageDay, Trend, mean_slide_bytes, storage_days, trends

SOON_DAYS: Final = 60
"""A disk that is full within so many days is said so: about as long as buying one takes. A."""
_DAYS: Final = 30
_UNITS: Final = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"))


def show(desk: Desk) -> None:
    """Shows the disks, and what slides add to them."""
    days = storage_days(desk.store)
    if not days:
        st.info(
            t("The disks have not been looked at yet: the app does that once an hour while it runs."),
            icon=":material/info:",
        )
        return
    found = trends(days)
    for it in found:
        if it.days_left is not None and it.days_left < SOON_DAYS:
            told = t("{place} is full in about {days} days.", place=place_words(it.place), days=number(it.days_left))
            st.warning(literal(told), icon=":material/warning:")
    head = (t("Disk"), t("Used"), t("Free"), t("Full to"), t("Grows a day"), t("Full in"))
    st.html(table(head, trend_rows(found)), width=WIDE)
    _show_slides(desk)
    unit, name = next((it for it in _UNITS if max(one.used_bytes for one in days) >= it[0]), _UNITS[-1])
    st.vega_lite_chart(used_over_days(chart_rows(days), unit, name), key="used_over_days")


def trend_rows(found: Iterable[Trend]) -> list[tuple[str, ...]]:
    """Places as rows of a table; what is not known yet is said so."""
    rows: list[tuple[str, ...]] = []
    for it in found:
        free = "" if it.free_bytes is None else size_words(it.free_bytes)
        share = "" if it.free_bytes is None else percent(it.used_bytes / max(1, it.used_bytes + it.free_bytes))
        unknown = t("known after {days} days", days=LEAST_DAYS)
        grows = unknown if it.bytes_a_day is None else size_words(it.bytes_a_day)
        left = "" if it.free_bytes is None or it.bytes_a_day is None else t("does not fill")
        if it.days_left is not None:
            left = t("{days} days", days=number(it.days_left))
        rows.append((place_words(it.place), size_words(it.used_bytes), free, share, grows, left))
    return rows


def chart_rows(days: Iterable[StorageDay]) -> list[tuple[date, str, int]]:
    """The disks' days, for the chart; the database is small beside them."""
    return [(it.day, it.place, it.used_bytes) for it in days if it.place != THE_LIST]


def place_words(place: str) -> str:
    """A place as people say it."""
    return t("the list's database") if place == THE_LIST else place


def _show_slides(desk: Desk) -> None:
    """What slides add: their latest sizes times how many arrive."""
    mean = mean_slide_bytes(desk.store)
    if mean is None:
        return
    slides = sum(it.slides for it in arrived(desk.store, desk.now_utc - timedelta(days=_DAYS)))
    size, count = mean
    st.caption(
        literal(
            t(
                "The latest {count} slides that were read are {size} each; {day} arrive a day: {grows} a day.",
                count=number(count),
                size=size_words(size),
                day=number(slides / _DAYS),
                grows=size_words(size * slides / _DAYS),
            )
        )
    )
