"""The case's record: when it is due and why, what readers and colleagues said, notes, and what was done."""

import streamlit as st

from ui.access.visitor import Visitor
from ui.acts.opinion_acts import ask_step, steps, take_back_rescan
from ui.acts.words import rescan_words, verdict_words
from ui.case.due import due_lines, forecast_words
from ui.case.history import events
from ui.shell import facts
from ui.shell.desk import Desk
from ui.shell.facts import literal
from ui.shell.language import moment, number, t
from worklist.calendar import WorkingCalendar
from worklist.cases import Case
from worklist.kept_forecasts import forecast_of
from worklist.reading.reading import notes_of
from worklist.reading.rescan import Rescan, rescans
from worklist.reading.second_opinion import Opinion, opinions
from worklist.reading.verdict import Discord, Verdict, verdicts
from worklist.trail.entries import of_case

LATEST = 30
"""Acts that are shown; the administrator's page has them all."""


def show_record(desk: Desk, case: Case, who: Visitor) -> None:
    """Three columns: the deadline, what people said, and what was done."""
    due, said, done = st.columns(3, gap="large")
    with due:
        _show_due(desk, case)
    with said:
        _show_verdicts(desk, case)
        _show_opinions(desk, case, who)
        _show_rescans(desk, case, who)
    with done:
        _show_notes(desk, case)
        _show_history(desk, case, who)


def discord_words(discord: Discord) -> str:
    """How reader and AI differ."""
    match discord:
        case "AI did not flag, reader positive":
            return t("the AI did not flag it")
        case "AI had no score, reader positive":
            return t("the AI had no score")
        case "AI flagged, reader negative":
            return t("the AI flagged it")


def verdict_row(it: Verdict, calendar: WorkingCalendar) -> tuple[str, str, str]:
    """Slide, what the reader saw, and what the AI had said of it by then."""
    ai = t("no score") if it.ai_score is None else number(it.ai_score, 2)
    against = f"{ai}: {t('differs')}, {discord_words(it.discord)}" if it.discord else ai
    regions = t(", with regions") if it.has_regions else ""
    comment = f": {it.comment}" if it.comment else ""
    when = moment(it.at_utc, calendar.zone)
    return it.slide, f"{verdict_words(it.verdict)}{regions} ({it.by}, {when}){comment}", against


def opinion_words(it: Opinion, calendar: WorkingCalendar) -> str:
    """Where a second opinion is."""

    def at(what: str) -> str:
        instant = getattr(it, f"{what}_utc")
        return moment(instant, calendar.zone) if instant else ""

    if it.answered_utc:
        says = t("agrees") if it.agrees else t("differs")
        answer = f": {it.answer}" if it.answer else ""
        return t("answered {when} by {name}: {says}", when=at("answered"), name=it.answered_by, says=says) + answer
    if it.withdrawn_utc:
        return t("withdrawn {when}", when=at("withdrawn"))
    if it.received_utc:
        return t("arrived {when}, due {due}", when=at("received"), due=at("due"))
    if it.sent_utc:
        return t("on its way since {when}, due {due}", when=at("sent"), due=at("due"))
    return t("not sent yet, due {due}", due=at("due"))


def rescan_state(it: Rescan, calendar: WorkingCalendar) -> str:
    """Why a slide was asked for again, and whether it came."""
    why = rescan_words(it.reason) + (f": {it.words}" if it.words else "")
    if it.ended_utc is None:
        return t("{why}. {name} asked {when}.", why=why, name=it.by, when=moment(it.at_utc, calendar.zone))
    ended = moment(it.ended_utc, calendar.zone)
    return (
        t("{why}. Taken back {when}.", why=why, when=ended)
        if it.withdrawn
        else t("{why}. Done {when}.", why=why, when=ended)
    )


def _show_due(desk: Desk, case: Case) -> None:
    calendar = desk.policy.calendar
    st.markdown(f"##### {t('Deadline')}")
    lines = due_lines(case, desk.now_utc, calendar)
    if case.is_open:
        found = forecast_of(desk.store, case.accession_number)
        lines.append((t("Forecast"), forecast_words(found, case.deadline_utc, desk.now_utc, calendar)))
    st.html(facts.pairs(lines))


def _show_verdicts(desk: Desk, case: Case) -> None:
    st.markdown(f"##### {t('Verdicts')}")
    told = verdicts(desk.store, case.accession_number)
    if not told:
        st.caption(t("No reader has given a verdict yet."))
        return
    rows = [verdict_row(it, desk.policy.calendar) for it in told]
    st.html(facts.table((t("Slide"), t("Reader"), t("AI then")), rows))


def _show_opinions(desk: Desk, case: Case, who: Visitor) -> None:
    for it in opinions(desk.store, case.accession_number):
        st.markdown(f"##### {t('Second opinion')}")
        lines = [
            (t("{name} asked {whom}", name=it.asked_by, whom=it.to_whom), it.question),
            (t("Where it is"), opinion_words(it, desk.policy.calendar)),
        ]
        st.html(facts.pairs(lines))
        if steps(it, case, who) and st.button(t("Answer, send or withdraw ..."), key=f"opinion {it.id}"):
            ask_step(it, case)


def _show_rescans(desk: Desk, case: Case, who: Visitor) -> None:
    asked = rescans(desk.store, case.accession_number)
    if asked:
        st.markdown(f"##### {t('Rescans')}")
    for it in asked:
        st.html(facts.pairs([(it.slide, rescan_state(it, desk.policy.calendar))]))
        if it.is_open and who.may("ask rescan"):
            take_back_rescan(it)


def _show_notes(desk: Desk, case: Case) -> None:
    st.markdown(f"##### {t('Notes')}")
    notes = notes_of(desk.store, case.accession_number)
    if not notes:
        st.caption(t("Nobody has written a note."))
        return
    zone = desk.policy.calendar.zone
    st.html(facts.pairs([(f"{it.by}, {moment(it.at_utc, zone)}", it.text) for it in notes]))


def _show_history(desk: Desk, case: Case, who: Visitor) -> None:
    zone = desk.policy.calendar.zone
    told = of_case(desk.store, who.actor, case.accession_number, LATEST)
    with st.expander(literal(t("History: {n} acts", n=len(told))), icon=":material/history:", expanded=True):
        rows = [(moment(it.at_utc, zone), it.who, it.words) for it in events(told)]
        with st.container(height=300 if len(rows) > 7 else "content", border=False):
            st.html(facts.table((t("When"), t("Who"), t("What")), rows))
        if len(told) == LATEST:
            st.caption(t("The latest {n} are shown; the audit trail has them all.", n=LATEST))
