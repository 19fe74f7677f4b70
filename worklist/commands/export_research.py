"""`forrang export research` and `forrang export reveal`: a pseudonymised export, and the way back for an admin."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from models.showing import Json, print_json, print_line
from worklist.commands.acting import As, acting_person


def register(group: typer.Typer) -> None:
    """Puts the commands into the group of exports."""
    group.command("research")(export_research)
    group.command()(reveal)


def export_research(
    out: Annotated[Path, typer.Option(help="The folder to make; it must not be there yet.")],
    cases: Annotated[Path | None, typer.Option(help="A file of accession numbers, one a line.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only cases received from that day on.")
    ] = None,
    login: As = None,
    *,
    signed_out: Annotated[bool, typer.Option("--signed-out", help="Only cases that were signed out.")] = False,
    with_slides: Annotated[
        bool, typer.Option("--with-slides", help="Also copies of the slides, without label and macro image.")
    ] = False,
    json: Json = False,
) -> None:
    """Writes cases, slides, scores and verdicts under pseudonyms with moved dates; for a researcher.

    Exit status 1 where a slide's file could not be cleaned, or a number is not known; the rest is written.
    """
    from worklist.errors import ExportError
    from worklist.pathways import load_pathways
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.trail.research_export import Chosen
    from worklist.trail.research_export import export_research as write_export

    settings = Settings()
    try:
        numbers = None if cases is None else cases.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ExportError(f"{cases}: cannot be read: {error}; give a text of accession numbers, one a line") from error
    named = None if numbers is None else tuple(number.strip() for number in numbers if number.strip())
    starts = None if since is None else since.replace(tzinfo=load_pathways(settings.pathways).calendar.zone)
    store = Store.open(settings.store_url)
    chosen = Chosen(named, starts, signed_out)
    actor = acting_person(store, login)
    made = write_export(store, actor, settings.home_folder, out, chosen, with_slides=with_slides)
    if json:
        print_json(made)
    else:
        print_line(f"{made.cases} cases, {made.slides} slides and {made.verdicts} verdicts in {out}")
        if with_slides:
            print_line(f"{made.copied} of {made.slides} slides copied, without label and macro image")
        for name, reason in made.not_copied.items():
            print_line(f"not copied: {name}: {reason}")
        if made.unknown:
            print_line(f"not in the store: {', '.join(made.unknown)}")
    if made.not_copied or made.unknown:
        raise typer.Exit(1)


def reveal(
    pseudonym: Annotated[str, typer.Argument(help="As it stands in an export.")],
    login: As = None,
    *,
    json: Json = False,
) -> None:
    """Says what a pseudonym stands for; for an admin, and on the audit trail."""
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.trail.pseudonyms import reveal as look_up

    store = Store.open(Settings().store_url)
    found = look_up(store, acting_person(store, login), pseudonym)
    if json:
        print_json(found)
    else:
        moved = f", its dates moved by {found.shift_days} days" if found.shift_days else ""
        print_line(f"{found.name} is the {found.kind} {found.original}{moved}")
