"""What the dialogs ask before a case is taken, given, marked urgent, noted upon or reopened; and the doing of it."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from ui.acts.words import holder_words, specimen_words
from ui.shell.desk import Desk
from ui.shell.facts import literal
from ui.shell.language import moment, t
from worklist.cases import Case
from worklist.people import Actor, may
from worklist.reading.assignment import assign, give_back, take
from worklist.reading.reading import reopen, start_reading, write_note
from worklist.reading.undo import Done
from worklist.reading.urgent import mark_urgent, unmark_urgent, wanted_by
from worklist.trail.directory import Person, people

Outcome = tuple[str, Done | None]
"""What was done, in words, and how it is taken back."""

Form = Callable[[Desk, Actor, Case, str], Outcome | None]
"""(desk, actor, case as seen, the button's words): asks, and gives what was done once that is confirmed."""

_SOONEST: Final = (0, 1, 2, 3)
"""Working days within which an urgent case may be wanted."""


def take_it(desk: Desk, actor: Actor, seen: Case, button: str) -> Outcome | None:
    """The actor takes a case that nobody has, and may begin to read it at once."""
    show_case(desk, actor, seen)
    with st.form(f"take {seen.accession_number}", border=False):
        begin = st.toggle(t("I begin to read it now"), value=True, key=f"begin {seen.accession_number}")
        if not st.form_submit_button(button, type="primary"):
            return None
    after = take(desk.store, actor, seen.accession_number, seen=seen)
    if begin:
        after = start_reading(desk.store, actor, seen.accession_number)
    return t("Case {case} is yours.", case=seen.accession_number), Done("assign", seen, after)


def assign_it(desk: Desk, actor: Actor, seen: Case, button: str) -> Outcome | None:
    """Gives the case to a reader."""
    show_case(desk, actor, seen)
    known = readers(desk)
    if not known:
        st.info(t("Nobody reads cases here yet: an administrator adds people."))
        return None
    logins = [login for login in known if login != seen.assigned_to]
    with st.form(f"assign {seen.accession_number}", border=False):
        chosen = st.selectbox(
            t("Reader"),
            logins,
            index=None,
            format_func=known.__getitem__,
            placeholder=t("Choose a reader"),
            key=f"reader {seen.accession_number}",
        )
        if not st.form_submit_button(button, type="primary"):
            return None
    if chosen is None:
        st.warning(t("Choose who is to read the case."))
        return None
    after = assign(desk.store, actor, seen.accession_number, chosen, seen=seen)
    words = t("Case {case} is with {name}.", case=seen.accession_number, name=known[chosen])
    return words, Done("assign", seen, after)


def give_it_back(desk: Desk, actor: Actor, seen: Case, button: str) -> Outcome | None:
    """The case waits for a reader again."""
    show_case(desk, actor, seen)
    st.text(t("It keeps its place on the list and waits for another reader."))
    if not st.button(button, type="primary", key=f"give back {seen.accession_number}"):
        return None
    after = give_back(desk.store, actor, seen.accession_number, seen=seen)
    return t("Case {case} waits for a reader.", case=seen.accession_number), Done("assign", seen, after)


def mark_it(desk: Desk, actor: Actor, seen: Case, button: str) -> Outcome | None:
    """Marks the case urgent, or takes the mark off."""
    show_case(desk, actor, seen)
    calendar = desk.policy.calendar
    if seen.urgent_by:
        until = moment(seen.ordered_deadline_utc or seen.deadline_utc, calendar.zone)
        st.text(t("{name} marked it urgent: {reason}", name=seen.urgent_by, reason=seen.urgent_reason or ""))
        st.text(t("Without the mark it is due {when}, as it was ordered.", when=until))
        if not st.button(button, type="primary", key=f"unmark {seen.accession_number}"):
            return None
        after = unmark_urgent(desk.store, actor, seen.accession_number, seen=seen)
        return t("Case {case} is not urgent any more.", case=seen.accession_number), Done("not urgent", seen, after)
    times = {days: wanted_by(desk.now_utc, days, calendar) for days in _SOONEST}
    choices = {at: days for days, at in reversed(times.items()) if at < seen.deadline_utc} or {times[0]: 0}
    with st.form(f"urgent {seen.accession_number}", border=False):
        wanted = st.radio(
            t("Wanted by"),
            sorted(choices),
            format_func=lambda at: moment(at, calendar.zone),
            horizontal=True,
            key=f"wanted {seen.accession_number}",
        )
        reason = st.text_input(t("Why is it urgent?"), max_chars=200, key=f"why urgent {seen.accession_number}")
        st.caption(t("It then stands among the first on the list. Write no patient's number."))
        if not st.form_submit_button(button, type="primary"):
            return None
    days = choices[wanted]
    after = mark_urgent(desk.store, actor, seen.accession_number, reason, calendar, working_days=days, seen=seen)
    due = moment(after.deadline_utc, calendar.zone)
    return t("Case {case} is urgent, due {when}.", case=seen.accession_number, when=due), Done("urgent", seen, after)


def note_it(desk: Desk, actor: Actor, seen: Case, button: str) -> Outcome | None:
    """Puts a note on the case."""
    show_case(desk, actor, seen)
    with st.form(f"note {seen.accession_number}", border=False):
        text = st.text_area(t("Note"), max_chars=2000, key=f"note text {seen.accession_number}")
        st.caption(t("Write no patient's number. A note stays with the case and cannot be taken back."))
        if not st.form_submit_button(button, type="primary"):
            return None
    write_note(desk.store, actor, seen.accession_number, text)
    return t("The note on case {case} is kept.", case=seen.accession_number), None


def reopen_it(desk: Desk, actor: Actor, seen: Case, button: str) -> Outcome | None:
    """Puts a signed-out case back on the list."""
    show_case(desk, actor, seen)
    with st.form(f"reopen {seen.accession_number}", border=False):
        reason = st.text_input(t("Why is it reopened?"), max_chars=200, key=f"why reopen {seen.accession_number}")
        st.caption(t("The reason, and who had signed it out, stay with the case as a note."))
        if not st.form_submit_button(button, type="primary"):
            return None
    reopen(desk.store, actor, seen.accession_number, reason)
    return t("Case {case} is on the list again.", case=seen.accession_number), None


def readers(desk: Desk) -> dict[str, str]:
    """Who may read cases: name by login, in the order of their names."""
    found = [it for it in people(desk.store) if it.active and may(Actor(it.login, it.role), "read")]
    return {it.login: person_words(it) for it in sorted(found, key=lambda it: it.name.casefold())}


def person_words(it: Person) -> str:
    """A person's name with their login, which is theirs alone."""
    return f"{it.name} ({it.login})" if it.name and it.name != it.login else it.login


def show_case(desk: Desk, actor: Actor, seen: Case) -> None:
    """One line on the case, so that it is known for sure which one is meant."""
    due = t("due {when}", when=moment(seen.deadline_utc, desk.policy.calendar.zone))
    facts = (seen.pathway_name, specimen_words(seen.specimen_kind), seen.site, due, holder_words(seen, actor.name))
    st.markdown(f"**{literal(seen.accession_number)}** · {literal(' · '.join(it for it in facts if it))}")
