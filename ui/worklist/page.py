"""The worklist: which case first, why, and how much time is left; nothing is hidden unless somebody filters."""

from contextlib import nullcontext
from dataclasses import replace
from math import ceil
from typing import Final, cast, get_args

import streamlit as st

from models.errors import ForrangError
from ui.access.visitor import visitor
from ui.acts.acts import ACT_OF, ask, may_act
from ui.acts.happened import show_happened
from ui.acts.words import ActName
from ui.case.due import FRESH
from ui.case.walk import keep_walk
from ui.shell.badges import Tone
from ui.shell.desk import Desk, look
from ui.shell.facts import counts
from ui.shell.faults import show_fault
from ui.shell.language import number, t
from ui.shell.memory import remember, remembered
from ui.shell.pages import open_page
from ui.worklist.bar import keep_seen, seen, show_bar, want, wanted
from ui.worklist.choice import Choice
from ui.worklist.filters import ask_choice, choice_before, keep_choice, say_what_is_hidden
from ui.worklist.list_table import Asked, Ticked, show_done, show_list
from ui.worklist.many_dialog import ask_many, show_outcome
from ui.worklist.present import Summary, done_row, order_words, row, site_time, summarise
from worklist.jobs.desk import stands_still
from worklist.kept_forecasts import chances_of
from worklist.priority.open_list import ListPage
from worklist.watching.action_times import TIMES

REFRESH_SECONDS: Final = 20
"""How often the list is read anew while somebody looks at it."""

PAGE: Final = 50
"""Cases on a page."""

AI_HINT: Final = (
    "Off: the clinical order alone, by working time left to the deadline. No case leaves the list either way."
)
KEYS: Final = (
    "Keys: **j** and **k** go down and up, **Enter** opens the case, **x** chooses it; **v** verdict, **t** take,"
    " **a** assign, **u** urgent, **o** second opinion, **r** rescan, **n** note, **s** sign out."
)

STANDS_STILL: Final = (
    "Slides wait for the AI, and no worker is at work: their cases keep their clinical place. Tell whoever runs Forrang"
    " to start one; Operations, *Queue and workers*, shows what waits."
)

EMPTY: Final = """
#### No case has come in yet

Forrang shows a case here from the moment it comes in until a person signs it out. To get cases onto the list:

- **Your own cases** come in from the hospital's systems; or whoever runs the server takes a file of them in:
  `forrang intake CASES.csv`. Their slides are scored while a worker runs, which `forrang serve` brings along.
- **Made-up cases**, to try it: whoever runs the server draws some with `make demo`; no patient's slide is among them.

This page looks for new cases by itself.
"""


def show() -> None:
    """Shows the page; a click on a case opens it."""
    _come_back()
    show_outcome()
    _ask_what_was_wanted()

    @st.fragment(run_every=REFRESH_SECONDS)
    def refreshed() -> None:
        try:
            _show_list(look())
        except ForrangError as error:  # it looks again by itself
            show_fault(error)

    refreshed()


def _come_back() -> None:
    """The cursor begins at the case that was opened last; to open it again is on the trail again."""
    opened = remembered("opened", None)
    if opened is not None:
        remember("came back from", opened)
    remember("opened", None)


def _ask_what_was_wanted() -> None:
    """Outside of what is drawn anew by itself, so that no refresh closes a dialog."""
    asked = wanted()
    if asked is None:
        return
    act, cases = asked
    if len(cases) == 1:
        ask(act, cases[0])
    elif act in ("assign", "give back", "urgent"):
        ask_many(act, cases)


@TIMES.timed("standard")
def _show_list(desk: Desk) -> None:
    if not desk.alike and not desk.store.signed_out(1).total:
        st.markdown(t(EMPTY))
        return
    title, ai_switch, done_switch = st.columns([7, 2, 2.1], vertical_alignment="center")
    before = choice_before()
    use_ai = True
    if desk.policy.raises:
        use_ai = ai_switch.toggle(t("AI may raise cases"), value=before.use_ai, key="use_ai", help=t(AI_HINT))
    remember("use_ai", use_ai)
    with_done = done_switch.toggle(
        t("Show signed-out cases"), value=bool(remembered("signed_out", default=False)), key="signed_out"
    )
    remember("signed_out", with_done)
    summary = summarise(desk.alike)
    title.html(_summary(summary))
    choice = replace(ask_choice(before, desk.alike), use_ai=use_ai)
    page = _page_of(desk, choice)
    pages = max(ceil(page.total / PAGE), 1)
    if choice.page > pages:
        choice = replace(choice, page=pages)
        page = _page_of(desk, choice)
    keep_choice(choice)
    say_what_is_hidden(summary.open, page.total)
    with st.container(horizontal=True, vertical_alignment="center", key="as of"):
        st.caption(_as_of(desk, choice))
        show_happened()
    if summary.waiting and stands_still(desk.store):
        st.info(t(STANDS_STILL), icon=":material/hourglass_disabled:")
    keep_seen(seen().drawn(it.case for it in page.cases))
    show_bar()
    opened = _show_table(desk, page)
    _show_pages(choice, pages, page.total)
    if with_done:
        opened = _show_signed_out(desk) or opened
    if opened and visitor().may("see case"):
        open_page("case", case=opened)
    elif opened:
        st.toast(t("Your role sees the list, and not what is in a case."), icon=":material/lock:")


def _page_of(desk: Desk, choice: Choice) -> ListPage:
    wanted = choice.wanted(visitor().actor.name)
    with TIMES.timed("search") if choice.chosen.text.split() else nullcontext():
        return desk.list_page(wanted, PAGE, (choice.page - 1) * PAGE, use_ai=choice.use_ai)


def _show_table(desk: Desk, page: ListPage) -> str | None:
    """The table; gives the number of the case to open."""
    keep_walk([it.case.accession_number for it in page.cases])
    if not page.cases:
        return None
    now, who = seen(), visitor()
    may = [act for act, needs in ACT_OF.items() if who.may(needs)]
    late = chances_of(desk.store, [it.case.accession_number for it in page.cases], desk.now_utc - FRESH)
    rows = [row(it, desk.policy, late.get(it.case.accession_number)) for it in page.cases]
    back = str(remembered("came back from", ""))
    asked = show_list(rows, "open_cases", now.newest, now.chosen, now.turn, may, back, _tick)
    if may:
        st.caption(t(KEYS))
    if asked is None:
        return None
    if asked.what == "open":
        return asked.accession_number
    _want(asked)
    return None


def _tick(ticked: Ticked) -> None:
    keep_seen(seen().ticked(ticked.accession_numbers, ticked.drawing, ticked.turn))


def _want(asked: Asked) -> None:
    """The act is about the case as that drawing showed it, wherever it stands by now."""
    case = seen().case(asked.accession_number, asked.drawing)
    act = next((it for it in get_args(ActName) if it == asked.what), None)
    if case is None or act is None:
        st.warning(t("The list has changed since: look at the case again, then say what you want."))
    elif not may_act(act, case):
        st.warning(t("That cannot be done to case {case} now, or not by you.", case=case.accession_number))
    else:
        want(act, (case,))
        st.rerun()


def _show_pages(choice: Choice, pages: int, total: int) -> None:
    if pages == 1:
        return
    back, on, where, jump = st.columns([1, 1, 4, 1.4], vertical_alignment="center")
    first = (choice.page - 1) * PAGE
    words = t(
        "{first} to {last} of {all}", first=number(first + 1), last=number(min(first + PAGE, total)), all=number(total)
    )
    back.button(
        t("Back"),
        key="page_back",
        disabled=choice.page == 1,
        width="stretch",
        on_click=_turn_to,
        args=(choice.page - 1,),
    )
    on.button(
        t("On"),
        key="page_on",
        disabled=choice.page == pages,
        width="stretch",
        on_click=_turn_to,
        args=(choice.page + 1,),
    )
    where.markdown(words)
    jump.number_input(
        t("Page of {pages}", pages=number(pages)),
        1,
        pages,
        choice.page,
        key=f"page {choice.page}",
        on_change=_jump,
        args=(choice.page,),
    )


def _turn_to(page: int) -> None:
    keep_choice(replace(choice_before(), page=page))


def _jump(before: int) -> None:
    _turn_to(cast("int", st.session_state[f"page {before}"]))


def _as_of(desk: Desk, choice: Choice) -> str:
    time = site_time(desk.now_utc, desk.policy.calendar)
    order = order_words(desk.rule(use_ai=choice.use_ai))
    return t(
        "In **{order}**. As of {time}; read anew every {seconds} s.", order=order, time=time, seconds=REFRESH_SECONDS
    )


def _show_signed_out(desk: Desk) -> str | None:
    done = desk.signed_out()
    st.markdown(f"#### {t('Signed out: {count}', count=number(done.total))}")
    if not done.cases:
        st.caption(t("Nobody has signed out a case yet."))
        return None
    if done.total > len(done.cases):
        st.caption(
            t(
                "Only the latest {shown} of {all} are shown; each other one opens by its address, `case?case=` and its"
                " number.",
                shown=len(done.cases),
                all=number(done.total),
            )
        )
    return show_done([done_row(case, desk.policy) for case in done.cases], key="signed_out_cases")


def _summary(summary: Summary) -> str:
    numbers: list[tuple[int, str, Tone | None]] = [
        (summary.open, t("open"), None),
        (summary.overdue, t("overdue"), "overdue"),
        (summary.flagged, t("flagged by the AI"), None),
        (summary.unread, t("unread by the AI"), None),
    ]
    return counts(t("Worklist"), numbers)
