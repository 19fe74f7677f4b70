"""`forrang cases ...`: who reads which case, notes on it, its sign-out, and its way back on the list."""

from typing import TYPE_CHECKING, Annotated

import typer

from models.showing import Json, local, print_json, print_line, print_table
from worklist.commands.acting import As, acting_person

if TYPE_CHECKING:
    from worklist.cases import Case

cases_commands = typer.Typer(help="Reading: who has which case, notes, sign-out, reopening.", no_args_is_help=True)

CaseNumber = Annotated[str, typer.Argument(metavar="CASE", help="The case's accession number.")]


@cases_commands.command()
def held(
    reader: Annotated[str | None, typer.Option(help="Only what that reader has, by login.")] = None,
    login: As = None,
    *,
    json: Json = False,
) -> None:
    """Who has which case, the soonest due first."""
    from worklist.pathways import load_pathways
    from worklist.reading.assignment import held_cases
    from worklist.store.store import Store

    store = Store.open()
    store.saw(acting_person(store, login), "see list")
    found = held_cases(store, reader)
    if json:
        print_json(found)
        return
    zone = load_pathways().calendar.zone
    rows = [
        (it.reader, it.accession_number, it.state, local(it.deadline_utc, zone), local(it.since_utc, zone), it.by)
        for it in found
    ]
    print_table(("reader", "case", "state", "due", "since", "given by"), rows, "Nobody has a case.")


@cases_commands.command()
def assign(
    case: CaseNumber, reader: Annotated[str, typer.Argument(help="Login of the reader.")], login: As = None
) -> None:
    """Gives a case to a reader."""
    from worklist.reading.assignment import assign as give
    from worklist.store.store import Store

    store = Store.open()
    _show(give(store, acting_person(store, login), case, reader))


@cases_commands.command()
def take(case: CaseNumber, login: As = None) -> None:
    """Takes a case that nobody has."""
    from worklist.reading.assignment import take as take_case
    from worklist.store.store import Store

    store = Store.open()
    _show(take_case(store, acting_person(store, login), case))


@cases_commands.command("give-back")
def give_back(case: CaseNumber, login: As = None) -> None:
    """Gives a case back to the list, for another reader."""
    from worklist.reading.assignment import give_back as give
    from worklist.store.store import Store

    store = Store.open()
    _show(give(store, acting_person(store, login), case))


@cases_commands.command()
def read(case: CaseNumber, login: As = None) -> None:
    """Begins to read a case; whoever reads it has it."""
    from worklist.reading.reading import start_reading
    from worklist.store.store import Store

    store = Store.open()
    _show(start_reading(store, acting_person(store, login), case))


@cases_commands.command()
def note(case: CaseNumber, text: Annotated[str, typer.Argument(help="The note's words.")], login: As = None) -> None:
    """Puts a note on a case. One that holds a patient's number is refused."""
    from worklist.reading.reading import write_note
    from worklist.store.store import Store

    store = Store.open()
    write_note(store, acting_person(store, login), case, text)
    print_line(f"noted on {case}")


@cases_commands.command()
def notes(case: CaseNumber, login: As = None, *, json: Json = False) -> None:
    """The notes on a case, the oldest first."""
    from worklist.pathways import load_pathways
    from worklist.reading.reading import notes_of
    from worklist.store.store import Store

    store = Store.open()
    accession_number = store.case(case).accession_number
    store.saw(acting_person(store, login), "see case", accession_number)
    found = notes_of(store, accession_number)
    if json:
        print_json(found)
        return
    zone = load_pathways().calendar.zone
    print_table(("when", "by", "note"), [(local(it.at_utc, zone), it.by, it.text) for it in found], "No notes.")


@cases_commands.command("sign-out")
def sign_out(
    case: CaseNumber,
    login: As = None,
    *,
    without_opinions: Annotated[
        bool, typer.Option("--without-opinions", help="Do not wait for the second opinions that are open.")
    ] = False,
) -> None:
    """Takes a case off the list in the person's name."""
    from worklist.store.store import Store

    store = Store.open()
    _show(store.sign_out(case, acting_person(store, login), without_opinions=without_opinions))


@cases_commands.command()
def reopen(
    case: CaseNumber, reason: Annotated[str, typer.Argument(help="Why, in a few words.")], login: As = None
) -> None:
    """Puts a signed-out case back on the list; the reason stays with it as a note."""
    from worklist.reading.reading import reopen as put_back
    from worklist.store.store import Store

    store = Store.open()
    _show(put_back(store, acting_person(store, login), case, reason))


def _show(case: "Case") -> None:
    by = case.signed_out_by or case.assigned_to
    print_line(f"{case.accession_number}: {case.state}{f', {by}' if by else ''}")
