"""What needs a person's hand: each entry once, with what to do, and closed once it has been seen to."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from models.errors import ForrangError
from ui.access.visitor import visitor
from ui.operations.words import ago, kind_words, safe
from ui.shell.below import from_below
from ui.shell.desk import Desk, look
from ui.shell.facts import literal
from ui.shell.faults import show_fault
from ui.shell.language import moment, t, tn
from ui.shell.memory import remember, remembered
from worklist.watching.operations import KINDS, Operation, close_operation, open_operations, operation_counts

FIRST: Final = 20
"""Entries shown at first. A."""


def show(desk: Desk) -> None:
    """Shows the entries, the latest first."""
    counts = operation_counts(desk.store)
    if not counts:
        st.success(t("Nothing needs a hand."), icon=":material/check_circle:")
        return
    chosen = st.pills(
        t("Kind"),
        [kind for kind in KINDS if kind in counts],
        selection_mode="multi",
        format_func=lambda kind: f"{kind_words(kind)} ({counts.get(kind, 0)})",
        key="operation_kinds",
    )
    total = sum(count for kind, count in counts.items() if not chosen or kind in chosen)
    count = int(str(remembered("operations shown", FIRST)))
    entries = open_operations(desk.store, chosen, count)
    st.caption(
        tn("{n} entry, the latest first.", "{n} entries, the latest first.", total)
        + (" " + t("The first {shown} are shown.", shown=len(entries)) if total > len(entries) else "")
    )
    drawn = remembered("operations drawn", {})
    before: Mapping[int, Operation] = drawn if isinstance(drawn, dict) else {}
    remember("operations drawn", {entry.id: entry for entry in entries})
    for entry in entries:
        _show_entry(desk, entry, before.get(entry.id, entry))
    if total > len(entries):
        st.button(t("Show more"), key="more_operations", on_click=remember, args=("operations shown", count + FIRST))


def _show_entry(desk: Desk, entry: Operation, before: Operation) -> None:
    """before: the entry as it was drawn last, which is what somebody saw who presses its button."""
    zone = desk.policy.calendar.zone
    with st.container(border=True):
        told, when, act = st.columns([7, 2.2, 1.2], vertical_alignment="center")
        told.markdown(f"{_title(entry)}  \n{literal(from_below(safe(entry.text)))}")
        when.markdown(literal(moment(entry.last_utc, zone)))
        since = t("since {when}", when=moment(entry.first_utc, zone))
        again = tn("happened once", "happened {n} times", entry.times)
        when.caption(f"{ago(entry.last_utc, desk.now_utc)} · {again}{f' {since}' if entry.times > 1 else ''}")
        may = visitor().may("close operation")
        if may and act.button(t("Close ..."), key=f"close_operation_{entry.id}", width="stretch"):
            st.dialog(t("Has this been seen to?"), icon=":material/task_alt:")(ask_to_close)(before)


def ask_to_close(seen: Operation) -> None:
    """What the dialog asks. seen: the entry as it was drawn when its button was pressed."""
    st.markdown(f"{_title(seen)}  \n{literal(from_below(safe(seen.text)))}")
    st.caption(t("It leaves the list in your name. Should the same thing happen again, it is a new entry."))
    if not st.button(t("Close entry {number}", number=seen.id), type="primary", key="close_operation_now"):
        return
    try:
        close_operation(look().store, visitor().actor, seen.id, seen=seen)
    except ForrangError as error:
        show_fault(error)
        return
    st.toast(literal(t("Closed: {what}", what=f"{kind_words(seen.kind)}, {from_below(safe(seen.subject))}")))
    st.rerun()


def _title(entry: Operation) -> str:
    return f"**{literal(kind_words(entry.kind))}** · {literal(from_below(safe(entry.subject)))}"
