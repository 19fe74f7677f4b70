"""The audit trail: who did what, to which case, when and from where; and whether its chain holds."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from models.errors import ForrangError
from ui.access.visitor import visitor
from ui.operations.trail_check import Checked, TrailCheck
from ui.operations.words import ACTS, act_words, safe
from ui.shell.desk import Desk
from ui.shell.facts import literal, table
from ui.shell.faults import show_fault
from ui.shell.language import day, moment, number, t, tn
from ui.shell.memory import remember, remembered
from worklist.trail.entries import TrailEntry, Wanted, latest
from worklist.trail.verify import Anchor, head
from worklist.watching.action_times import TIMES

PAGE: Final = 50
"""Rows of a page."""
LOOK_EVERY: Final = "2s"
"""How often a check that is under way is asked whether it has ended."""

_FOUND: Final = "audit found"


def show(desk: Desk) -> None:
    """Asks what to look for, shows a page of it, and checks the chain."""
    wanted = _ask(desk.policy.calendar.zone)
    if wanted is not None:
        _search(desk, wanted)
    found = remembered(_FOUND, None)
    if isinstance(found, tuple):
        _show_found(desk, *found)
    else:
        st.caption(t("Every search is an act too: it stands on the trail in your name."))
    st.divider()
    _show_check(desk)


def _ask(zone: ZoneInfo) -> Wanted | None:
    """What is looked for, when the visitor says so."""
    with st.form("audit_search", border=False):
        columns = st.columns([2, 2, 2, 2, 2, 1], vertical_alignment="bottom")
        case = columns[0].text_input(t("Case"), key="audit_case", placeholder=t("Accession number"))
        who = columns[1].text_input(t("Who"), key="audit_who", placeholder=t("Login or system"))
        act = columns[2].selectbox(
            t("Act"), ACTS, index=None, key="audit_act", format_func=act_words, placeholder=t("All")
        )
        since = columns[3].date_input(t("From"), value=None, key="audit_since", format="YYYY-MM-DD")
        until = columns[4].date_input(t("To"), value=None, key="audit_until", format="YYYY-MM-DD")
        if not columns[5].form_submit_button(t("Search"), type="primary", width="stretch"):
            return None
    first, last = (it if isinstance(it, date) else None for it in (since, until))
    return wanted_of(case, who, act, first, last, zone)


def wanted_of(case: str, who: str, act: str | None, since: date | None, until: date | None, zone: ZoneInfo) -> Wanted:
    """What is looked for; both days are whole days on the site's clock."""
    starts = None if since is None else datetime.combine(since, time(), zone)
    ends = None if until is None else datetime.combine(until + timedelta(days=1), time(), zone)
    return Wanted(case.strip() or None, who.strip() or None, act, starts, ends)


def _search(desk: Desk, wanted: Wanted) -> None:
    with TIMES.timed("search"):
        rows = latest(desk.store, visitor().actor, wanted, PAGE + 1)
    remember(_FOUND, (wanted, rows))


def _show_found(desk: Desk, wanted: Wanted, rows: list[TrailEntry]) -> None:
    shown = rows[:PAGE]
    if not shown:
        st.info(t("No such act is on the trail."), icon=":material/info:")
        return
    title = (t("No."), t("When"), t("Act"), t("Case"), t("What"), t("Who"), t("From where"))
    st.html(table(title, entry_rows(shown, desk.policy.calendar.zone)))
    with st.container(horizontal=True):
        if wanted.before is not None and st.button(t("Newest"), key="audit_newest"):
            _search(desk, _before(wanted, None))
            st.rerun()
        if len(rows) > PAGE and st.button(t("Older"), key="audit_older"):
            _search(desk, _before(wanted, shown[-1].number))
            st.rerun()


def _before(wanted: Wanted, number_of_row: int | None) -> Wanted:
    return Wanted(wanted.accession_number, wanted.who, wanted.act, wanted.since_utc, wanted.until_utc, number_of_row)


def entry_rows(rows: Iterable[TrailEntry], zone: ZoneInfo) -> list[tuple[str, ...]]:
    """Rows of the trail as rows of a table."""
    return [
        (
            number(it.number),
            f"{day(it.at_utc.astimezone(zone).date())}, {it.at_utc.astimezone(zone):%H:%M:%S}",
            act_words(it.act),
            it.accession_number or "",
            safe(it.told),
            f"{it.who} ({it.role})",
            it.source,
        )
        for it in rows
    ]


def _show_check(desk: Desk) -> None:
    st.markdown(f"#### {t('Does the trail hold?')}")
    st.caption(
        t("Each row holds the hash of the one before: whatever was changed, taken out or put in breaks the chain.")
    )
    end = head(desk.store)
    st.caption(
        literal(
            tn(
                "The trail has {n} row. Its head, to be kept where nobody who may write to the list can write:",
                "The trail has {n} rows. Its head, to be kept where nobody who may write to the list can write:",
                end.number,
            )
        )
    )
    st.code(str(end), language=None)
    anchor = st.text_input(
        t("A head that was kept (optional)"), key="audit_anchor", placeholder="NUMBER:HASH", width=760
    ).strip()
    if st.button(t("Check every link"), key="audit_verify", icon=":material/fact_check:"):
        _begin(desk, anchor)
    _watch_check(desk)


def _begin(desk: Desk, anchor: str) -> None:
    try:
        told = str(Anchor.read(anchor)) if anchor else ""
        desk.store.saw(visitor().actor, "see audit", details={"what": "verify", "anchor": told or None})
    except ForrangError as error:
        show_fault(error)
        return
    if not _check().begin(desk.store.now(), told):
        st.info(t("A check is under way already."), icon=":material/info:")


def _watch_check(desk: Desk) -> None:
    """Draws the check, and looks again while it is under way."""
    it = _check().latest()
    if it is None:
        return
    if it.holds is not None:
        _show_checked(it, desk.policy.calendar.zone)
        return

    @st.fragment(run_every=LOOK_EVERY)
    def until_it_ends() -> None:
        now = _check().latest()
        if now is not None and now.holds is not None:
            st.rerun()
        st.info(t("Every link is being checked; other work goes on meanwhile."), icon=":material/hourglass_top:")

    until_it_ends()


def _show_checked(it: Checked, zone: ZoneInfo) -> None:
    when = moment(it.begun_utc, zone)
    if it.holds:
        st.success(literal(t("The trail holds, as of {when}.", when=when)), icon=":material/verified:")
    else:
        st.error(literal(t("The check of {when} did not pass.", when=when)), icon=":material/gpp_bad:")
    st.code(it.words, language=None, wrap_lines=True)


@st.cache_resource(show_spinner=False)
def _check() -> TrailCheck:
    return TrailCheck()
