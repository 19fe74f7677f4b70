"""What the dialogs ask before a reader begins, judges, asks a colleague or the laboratory, and signs out."""

from collections.abc import Mapping
from typing import Final, get_args

import streamlit as st

from models.errors import ForrangError
from ui.acts.forms import Outcome, readers, show_case
from ui.acts.words import rescan_words, verdict_words
from ui.shell.desk import Desk
from ui.shell.facts import literal
from ui.shell.language import t, tn
from worklist.cases import Case, CaseSlide
from worklist.people import Actor
from worklist.reading.drawn import Drawn, drawn_by
from worklist.reading.reading import start_reading
from worklist.reading.rescan import RESCAN_REASONS, ask_rescan, rescans
from worklist.reading.second_opinion import DUE_WORKING_DAYS, Question, ToKind, Way, ask, opinions
from worklist.reading.undo import Done
from worklist.reading.verdict import Reading, give_verdict
from worklist.trail.directory import sites

READINGS: Final[tuple[Reading, ...]] = get_args(Reading)
_TALL: Final = 8
"""More slides than this are judged in a box that scrolls."""


def begin(desk: Desk, actor: Actor, seen: Case, button: str) -> Outcome | None:
    """The actor begins to read what is theirs."""
    show_case(desk, actor, seen)
    if not st.button(button, type="primary", key=f"read {seen.accession_number}"):
        return None
    start_reading(desk.store, actor, seen.accession_number)
    return t("You are reading case {case}.", case=seen.accession_number), None


def ask_opinion(desk: Desk, actor: Actor, seen: Case, button: str) -> Outcome | None:
    """Asks a colleague, a site or a region for a second opinion."""
    show_case(desk, actor, seen)
    number = seen.accession_number
    known: dict[tuple[ToKind, str], str] = {
        ("person", login): name for login, name in readers(desk).items() if login != seen.assigned_to
    }
    there = [site for site in sites(desk.store) if site.active]
    known |= {("site", it.code): t("{name} (site)", name=it.name) for it in there}
    known |= {("region", it): t("{name} (region)", name=it) for it in sorted({it.region for it in there} - {""})}
    with st.form(f"opinion {number}", border=False):
        whom = st.selectbox(
            t("Of whom?"),
            list(known),
            index=None,
            format_func=known.__getitem__,
            placeholder=t("A colleague, a site or a region"),
            key=f"whom {number}",
        )
        way: Way = st.radio(
            t("How does it get there?"),
            ("digital", "post"),
            format_func=_way_words,
            horizontal=True,
            key=f"way {number}",
        )
        text = st.text_area(t("What do you ask?"), max_chars=2000, key=f"question {number}")
        st.caption(t("The case waits for the answer. Write no patient's number."))
        if not st.form_submit_button(button, type="primary"):
            return None
    if whom is None:
        st.warning(t("Choose whom to ask."))
        return None
    kind, name = whom
    asked = ask(desk.store, actor, number, Question(kind, name, way, text), desk.policy.calendar, seen=seen)
    after = desk.store.case(number)
    words = t("{name} is asked for a second opinion on case {case}.", name=known[whom], case=number)
    return words, Done("second opinion", seen, after, asked.id)


def ask_for_rescan(desk: Desk, actor: Actor, seen: Case, button: str) -> Outcome | None:
    """Asks the laboratory to scan a slide again."""
    show_case(desk, actor, seen)
    number = seen.accession_number
    paths = [str(slide.path) for slide in seen.slides]
    names = {str(slide.path): slide_words(slide) for slide in seen.slides}
    with st.form(f"rescan {number}", border=False):
        path = st.selectbox(
            t("Slide"),
            paths,
            index=0 if len(paths) == 1 else None,
            format_func=lambda it: literal(names[it]),
            placeholder=t("Choose a slide"),
            key=f"rescan slide {number}",
        )
        reason = st.radio(t("What is wrong?"), RESCAN_REASONS, format_func=rescan_words, key=f"rescan why {number}")
        words = st.text_input(t("In your words"), max_chars=200, key=f"rescan words {number}")
        if not st.form_submit_button(button, type="primary"):
            return None
    if path is None:
        st.warning(t("Choose which slide."))
        return None
    asked = ask_rescan(desk.store, actor, number, path, reason, words, seen=seen)
    told = t("A rescan of {slide} in case {case} is asked for.", slide=asked.slide, case=number)
    return told, Done("rescan", seen, seen, asked.id)


def judge(desk: Desk, actor: Actor, seen: Case, button: str) -> Outcome | None:
    """The actor's verdict on one slide of the case, or on several."""
    show_case(desk, actor, seen)
    before = drawn_by(desk.store, actor, seen.accession_number)
    with st.form(f"verdict {seen.accession_number}", border=False):
        chosen = _ask_verdicts(seen, before)
        comment = st.text_input(t("Comment"), max_chars=500, key=f"comment {seen.accession_number}")
        if not st.form_submit_button(button, type="primary"):
            return None
    count = _keep_verdicts(desk, actor, seen, chosen, before, comment)
    if not count:
        st.warning(t("Nothing was chosen that you had not said before."))
        return None
    words = tn(
        "Your verdict on case {case} is kept.",
        "{n} verdicts on case {case} are kept.",
        count,
        case=seen.accession_number,
    )
    return words, None


def sign_it_out(desk: Desk, actor: Actor, seen: Case, button: str) -> Outcome | None:
    """Takes the case off the list in the actor's name, with their verdicts where they give any."""
    show_case(desk, actor, seen)
    number = seen.accession_number
    waits = opinions(desk.store, number, only_open=True)
    with st.container():  # the form keeps its place though a doubt goes: no faded copy of it stands below for a moment
        for doubt in _doubts(desk, actor, seen):
            st.warning(literal(doubt), icon=":material/warning:")
    before = drawn_by(desk.store, actor, seen.accession_number)
    with st.form(f"sign out {number}", border=False):
        chosen = {}
        if seen.slides:
            st.markdown(t("Your verdict, where you give one:"))
            chosen = _ask_verdicts(seen, before)
        without = False
        if waits:
            whom = ", ".join(it.to_whom for it in waits)
            without = st.checkbox(literal(t("Do not wait for {name}", name=whom)), key=f"without {number}")
        st.caption(t("The case leaves the open list. Only a coordinator can put it back."))
        if not st.form_submit_button(button, type="primary"):
            return None
    count = _keep_verdicts(desk, actor, seen, chosen, before, "")
    try:
        desk.store.sign_out(number, actor, seen=seen, without_opinions=without)
    except ForrangError:
        if count:
            st.info(t("Your verdict is kept; the case was not signed out."))
        raise
    return t("Case {case} is signed out.", case=number), None


def slide_words(slide: CaseSlide) -> str:
    """A slide's number or file name, with its stain where it is known."""
    return " · ".join(filter(None, (slide_name(slide), slide.stain)))


def slide_name(slide: CaseSlide) -> str:
    """As `Verdict.slide` has it: its number, or its file's name."""
    return slide.slide_id or slide.path.name


def _doubts(desk: Desk, actor: Actor, seen: Case) -> list[str]:
    """What somebody should know who signs this case out."""
    told = []
    if seen.assigned_to not in (None, actor.name):
        told.append(t("The case is with {name}.", name=seen.assigned_to))
    unread = [slide for slide in seen.slides if slide.state != "scored"]
    if unread:
        told.append(
            tn(
                "{n} slide has no AI score: unknown, not low.",
                "{n} slides have no AI score: unknown, not low.",
                len(unread),
            )
        )
    asked = rescans(desk.store, seen.accession_number, only_open=True)
    if asked:
        told.append(tn("{n} rescan is still open.", "{n} rescans are still open.", len(asked)))
    return told


def _ask_verdicts(seen: Case, before: Mapping[str, Drawn]) -> dict[str, Reading | None]:
    """A row of choices for each slide, by its path."""
    chosen: dict[str, Reading | None] = {}
    with st.container(height=420 if len(seen.slides) > _TALL else "content", border=False):
        for number, slide in enumerate(seen.slides, start=1):
            chosen[str(slide.path)] = st.segmented_control(
                literal(f"{number}. {slide_words(slide)}"),
                READINGS,
                default=before[str(slide.path)].verdict if str(slide.path) in before else None,
                format_func=verdict_words,
                key=f"verdict {seen.accession_number} {slide.path}",
            )
    return chosen


def _keep_verdicts(
    desk: Desk, actor: Actor, seen: Case, chosen: dict[str, Reading | None], before: Mapping[str, Drawn], comment: str
) -> int:
    """Keeps what is new or other than before, with what was drawn before; returns how many that are."""
    new = 0
    for path, told in chosen.items():
        said = before.get(path)
        if told is not None and (said is None or told != said.verdict):
            regions = None if said is None else said.regions
            give_verdict(
                desk.store, actor, seen.accession_number, path, told, regions=regions, comment=comment, seen=seen
            )
            new += 1
    return new


def _way_words(way: Way) -> str:
    return (
        t("Digitally: due in {n} working days", n=DUE_WORKING_DAYS[way])
        if way == "digital"
        else t("By post: due in {n} working days", n=DUE_WORKING_DAYS[way])
    )
