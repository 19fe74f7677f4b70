"""The head of the case page: which case it is, where it stands and why, what may be done, and who else was here."""

from typing import Final

import streamlit as st

from models.errors import ForrangError
from ui.access.visitor import Visitor
from ui.acts.acts import act_button, may_act
from ui.acts.happened import show_happened
from ui.acts.words import ActName, holder_words, specimen_words, subspecialty_words
from ui.case.walk import Neighbours
from ui.shell import facts
from ui.shell.badges import Badge, Tone
from ui.shell.below import from_below
from ui.shell.desk import Desk, look
from ui.shell.faults import show_fault
from ui.shell.language import moment, t
from ui.shell.pages import link_page, open_page
from ui.worklist.present import ai_badge, moved_words, reason_words, signed_out_words, time_badge
from worklist.cases import Case
from worklist.priority.rank import RankedCase
from worklist.reading.as_seen import changes

LOOK_AGAIN: Final = "10s"
"""How often it is looked whether somebody else has changed the case. A."""

_FIRST: Final[tuple[ActName, ...]] = ("take", "read", "verdict", "sign out", "reopen")
_FURTHER: Final[tuple[ActName, ...]] = ("assign", "give back", "urgent", "second opinion", "rescan", "note")
KEYS: Final[dict[ActName, str]] = {
    "take": "t",
    "verdict": "v",
    "sign out": "s",
    "assign": "a",
    "urgent": "u",
    "second opinion": "o",
    "note": "n",
}
"""As on the list. Streamlit keeps `r` for itself, so a rescan has none here."""


def show_way(beside: Neighbours) -> None:
    """Back to the list, what was just done, and on to the case before and after."""
    with st.container(horizontal=True, vertical_alignment="center", key="way"):
        link_page("worklist", t("Back to the worklist"), ":material/arrow_back:")
        show_happened()
        st.space("stretch")
        for number, words, icon, key in (
            (beside.previous, t("Previous"), ":material/chevron_left:", "k"),
            (beside.following, t("Next"), ":material/chevron_right:", "j"),
        ):
            pressed = st.button(words, key=f"go {key}", icon=icon, shortcut=key, disabled=number is None)
            if pressed and number is not None:
                open_page("case", case=number)


def show_head(desk: Desk, case: Case, ranked: RankedCase | None, who: Visitor) -> None:
    """The case's name and facts, its badges, and the reason for its place."""
    calendar = desk.policy.calendar
    received = t("received {when}", when=moment(case.received_utc, calendar.zone))
    known = (
        case.pathway_name,
        specimen_words(case.specimen_kind),
        case.site,
        subspecialty_words(case.subspecialty),
        received,
    )
    under = " · ".join(fact for fact in known if fact)
    st.html(facts.heading(t("Case {case}", case=case.accession_number), under))
    if ranked is None:
        done = Badge(t("Signed out"), "ample", signed_out_words(case, calendar))
        why = (t("Why"), t("a person signed it out"))
        st.html(facts.badge_row([(t("On the list"), done), (t("AI"), ai_badge(case))], why))
        return
    place = Badge(t("Place {n}", n=ranked.rank), "ample", moved_words(ranked) or t("its clinical place"))
    badges = [
        (t("Time left"), time_badge(ranked, desk.policy)),
        (t("AI"), ai_badge(case)),
        (t("On the list"), place),
        (t("Reader"), _holder(case, who)),
    ]
    if case.urgent_by:
        badges.insert(1, (t("Urgent"), Badge(t("Urgent"), "overdue", case.urgent_reason or "")))
    if case.order_cancelled_utc:
        badges.append((t("Order"), Badge(t("Cancelled"), "problem", t("it stays until a person signs it out"))))
    st.html(facts.badge_row(badges, (t("Why"), reason_words(ranked))))


def show_acts(case: Case, who: Visitor) -> None:
    """The buttons of all that this visitor may do with this case as it is."""
    offered = [act for act in (*_FIRST, *_FURTHER) if may_act(act, case, who)]
    if not offered:
        st.caption(t("Your role looks at cases; what is done with them is for others."))
        return
    primary = next((act for act in ("take", "read", "reopen", "sign out") if act in offered), None)
    with st.container(horizontal=True, key="acts"):
        for act in offered:
            act_button(act, case, key=f"act {act}", primary=act == primary, shortcut=KEYS.get(act))


def watch(drawn: Case) -> None:
    """Looks again and again whether the case is still as it was drawn, and says who changed what where it is not."""

    @st.fragment(run_every=LOOK_AGAIN)
    def looking() -> None:
        try:
            told = changes(drawn, look().store.case(drawn.accession_number))
        except ForrangError as error:
            show_fault(error)
            return
        if told:
            with st.container(horizontal=True, vertical_alignment="center", key="changed"):
                words = t("This case has changed since it was shown: {changes}.", changes=from_below("; ".join(told)))
                st.warning(facts.literal(words), icon=":material/sync_problem:", width="stretch")
                if st.button(t("Show it as it is now"), key="as it is now"):
                    st.rerun()

    looking()


def _holder(case: Case, who: Visitor) -> Badge:
    tones: dict[str, Tone] = {"in reading": "clear", "second opinion": "soon"}
    details = {
        "assigned": t("not begun yet"),
        "in reading": t("is reading it"),
        "second opinion": t("waits for a second opinion"),
    }
    words = holder_words(case, who.actor.name)
    shown = words[:1].upper() + words[1:]
    return Badge(shown, tones.get(case.state, "ample"), details.get(case.state, t("waits for a reader")))
