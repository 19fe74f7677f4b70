"""`forrang opinion ...`: second opinions asked, sent, received, answered, withdrawn, listed and measured."""

from datetime import datetime
from math import isinf, isnan
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from models.showing import Json, local, print_json, print_line, print_table
from worklist.commands.acting import As, acting_person
from worklist.commands.reading import CaseNumber
from worklist.errors import WorklistError

if TYPE_CHECKING:
    from planner.calibration.bounds import Bounded
    from worklist.reading.second_opinion import Opinion

opinion_commands = typer.Typer(help='Second opinions ("revision").', no_args_is_help=True)

OpinionId = Annotated[int, typer.Argument(metavar="ID", help="As `forrang opinion list` shows it.")]
At = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], help="When, on the site's clocks; now if left out."),
]


@opinion_commands.command()
def ask(
    case: CaseNumber,
    question: Annotated[str, typer.Argument(help="What is asked.")],
    person: Annotated[str | None, typer.Option(help="Login of the person who is asked.")] = None,
    site: Annotated[str | None, typer.Option(help="Code of the site that is asked.")] = None,
    region: Annotated[str | None, typer.Option(help="Name of the region that is asked.")] = None,
    way: Annotated[Literal["digital", "post"], typer.Option(help="How it gets there.")] = "digital",
    due_days: Annotated[
        int | None, typer.Option(help="Working days until it is due; digital 2, post 5 if left out.", min=1)
    ] = None,
    login: As = None,
) -> None:
    """Asks for a second opinion on a case that a reader has; the case waits for the answer."""
    from worklist.pathways import load_pathways
    from worklist.reading.second_opinion import Question
    from worklist.reading.second_opinion import ask as ask_for
    from worklist.store.store import Store

    asked: list[tuple[Literal["person", "site", "region"], str]] = []
    asked += [("person", person)] if person else []
    asked += [("site", site)] if site else []
    asked += [("region", region)] if region else []
    if len(asked) != 1:
        raise WorklistError("whom to ask: give one of --person, --site and --region")
    ((kind, whom),) = asked
    store, calendar = Store.open(), load_pathways().calendar
    found = ask_for(store, acting_person(store, login), case, Question(kind, whom, way, question, due_days), calendar)
    print_line(f"second opinion {found.id} on {case}: {whom}, {way}, due {local(found.due_utc, calendar.zone)}")


@opinion_commands.command()
def sent(opinion: OpinionId, at: At = None, login: As = None) -> None:
    """It has left by post."""
    from worklist.reading.second_opinion import mark_sent
    from worklist.store.store import Store

    store = Store.open()
    _show(mark_sent(store, acting_person(store, login), opinion, _utc(at)), "sent")


@opinion_commands.command()
def received(opinion: OpinionId, at: At = None, login: As = None) -> None:
    """It is in the hands of whoever answers."""
    from worklist.reading.second_opinion import mark_received
    from worklist.store.store import Store

    store = Store.open()
    _show(mark_received(store, acting_person(store, login), opinion, _utc(at)), "received")


@opinion_commands.command()
def answer(
    opinion: OpinionId,
    text: Annotated[str, typer.Argument(help="The answer's words; needed where it differs.")] = "",
    by: Annotated[str | None, typer.Option(help="Who answered, where you enter it for them.")] = None,
    login: As = None,
    *,
    agrees: Annotated[bool, typer.Option("--agrees/--differs", help="Whether it agrees with the reader.")],
) -> None:
    """Keeps the answer; the case goes on once no other second opinion is open."""
    from worklist.reading.second_opinion import answer as keep
    from worklist.store.store import Store

    store = Store.open()
    found = keep(store, acting_person(store, login), opinion, text, agrees=agrees, answered_by=by)
    _show(found, "answered: agrees" if found.agrees else "answered: differs")


@opinion_commands.command()
def withdraw(
    opinion: OpinionId, reason: Annotated[str, typer.Argument(help="Why, in a few words.")], login: As = None
) -> None:
    """The case waits for it no longer."""
    from worklist.reading.second_opinion import withdraw as take_back
    from worklist.store.store import Store

    store = Store.open()
    _show(take_back(store, acting_person(store, login), opinion, reason), "withdrawn")


@opinion_commands.command("list")
def list_opinions(
    case: Annotated[str | None, typer.Option(help="Only those of that case.")] = None,
    login: As = None,
    *,
    include_closed: Annotated[bool, typer.Option("--all", help="Those answered or withdrawn, too.")] = False,
    json: Json = False,
) -> None:
    """Second opinions that are open, the soonest due first."""
    from worklist.pathways import load_pathways
    from worklist.reading.second_opinion import opinions
    from worklist.store.store import Store

    store = Store.open()
    store.saw(acting_person(store, login), "see list", case)
    found = opinions(store, case, only_open=not include_closed)
    if json:
        print_json(found)
        return
    zone, now = load_pathways().calendar.zone, store.now()
    rows = [
        (
            it.id,
            it.accession_number,
            it.to_whom,
            it.way,
            local(it.asked_utc, zone),
            local(it.due_utc, zone),
            _stage(it, now),
        )
        for it in found
    ]
    print_table(("id", "case", "of", "way", "asked", "due", "where it is"), rows, "No second opinion is open.")


@opinion_commands.command()
def report(login: As = None, *, json: Json = False) -> None:
    """How long second opinions take by their way, and what the digital way saves against the post."""
    from worklist.reading.opinion_report import opinion_report
    from worklist.reading.second_opinion import opinions
    from worklist.store.store import Store

    store = Store.open()
    store.saw(acting_person(store, login), "see figures")
    found = opinion_report(opinions(store), store.now())
    if json:
        print_json(found)
        return
    columns = ("way", "asked", "answered", "open", "withdrawn", "late", "differ", "median time", "of it on the way")
    rows = [
        (
            *(it.way, it.asked, it.answered, it.open, it.withdrawn, it.late),
            _share(it.differ),
            _hours(it.hours),
            _hours(it.transit_hours),
        )
        for it in found.ways
    ]
    print_table(columns, rows, "No second opinion yet.")
    print_line(f"by post: {_hours(found.post_hours)}, {found.post_source}")
    print_line(f"a digital one saves {_hours(found.saved_hours)}, median against median")


def _stage(it: "Opinion", now_utc: datetime) -> str:
    if it.answered_utc:
        return f"answered by {it.answered_by}: {'agrees' if it.agrees else 'differs'}"
    if it.withdrawn_utc:
        return "withdrawn"
    stage = "received" if it.received_utc else "on its way" if it.sent_utc else "not sent yet"
    return f"{stage}, overdue" if now_utc > it.due_utc else stage


def _show(opinion: "Opinion", what: str) -> None:
    print_line(f"second opinion {opinion.id} on {opinion.accession_number}: {what}")


def _utc(at: datetime | None) -> datetime | None:
    from worklist.pathways import load_pathways

    return None if at is None else at.replace(tzinfo=load_pathways().calendar.zone)


def _hours(it: "Bounded") -> str:
    if isnan(it.value):
        return "unknown"
    if isinf(it.low) or isinf(it.high):
        return f"{_time(it.value)} (too few to bound)"
    return f"{_time(it.value)} ({_time(it.low)} to {_time(it.high)})"


def _time(hours: float) -> str:
    return f"{hours * 60:.0f} min" if abs(hours) < 2 else f"{hours:.1f} h"


def _share(it: "Bounded") -> str:
    return "unknown" if isnan(it.value) else f"{it.value:.0%} ({it.low:.0%} to {it.high:.0%})"
