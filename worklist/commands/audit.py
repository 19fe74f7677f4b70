"""`forrang audit`: checks the audit trail's chain, shows it, and writes it out."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.showing import Json, local, print_json, print_line
from worklist.commands.acting import As, acting_person

if TYPE_CHECKING:
    from worklist.trail.entries import Wanted

audit_commands = typer.Typer(help="The audit trail: who did what, when and from where.", no_args_is_help=True)

DAY = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
Case = Annotated[str | None, typer.Option(help="Only acts on the case of that accession number.")]
Person = Annotated[str | None, typer.Option(help="Only acts of that login.")]
ActName = Annotated[str | None, typer.Option(help="Only that act, such as 'sign out'.")]
Since = Annotated[datetime | None, typer.Option(formats=DAY, help="From then on, on the site's clocks.")]
Until = Annotated[datetime | None, typer.Option(formats=DAY, help="Before then, on the site's clocks.")]


@audit_commands.command()
def verify(
    anchor: Annotated[
        str | None, typer.Option(help="A head that was written down, NUMBER:HASH; the trail must still hold it.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Checks every link of the trail's chain. Exit status 2 where one does not hold, which is then named."""
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.trail.verify import Anchor
    from worklist.trail.verify import verify as verify_trail

    found = verify_trail(Store.open(Settings().store_url), None if anchor is None else Anchor.read(anchor))
    if json:
        print_json(found)
        return
    span = f", from {found.first:%Y-%m-%d %H:%M} to {found.last:%Y-%m-%d %H:%M} UTC" if found.first else ""
    print_line(f"the audit trail holds: {found.rows} rows{span}; {'anchor held; ' if anchor else ''}head {found.head}")


@audit_commands.command()
def head(*, json: Json = False) -> None:
    """Prints the trail's head, NUMBER:HASH, to be kept where nobody who may write to the store can."""
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.trail.verify import head as trail_head

    found = trail_head(Store.open(Settings().store_url))
    if json:
        print_json(found)
    else:
        print_line(str(found))


@audit_commands.command("list")
def list_entries(
    case: Case = None,
    person: Person = None,
    act: ActName = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(help="How many, the latest first.", min=1)] = 50,
    login: As = None,
    *,
    json: Json = False,
) -> None:
    """Lists acts, the latest first; for an admin."""
    from worklist.pathways import load_pathways
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.trail.entries import latest

    settings = Settings()
    store = Store.open(settings.store_url)
    zone = load_pathways(settings.pathways).calendar.zone
    found = latest(store, acting_person(store, login), _wanted(case, person, act, since, until), limit)
    if json:
        print_json([it.as_record() for it in found])
        return
    for it in found:
        case_words = f" {it.accession_number}" if it.accession_number else ""
        told = f" ({it.told})" if it.told else ""
        by = f"{it.who}, {it.role}, from {it.source}"
        print_line(f"{it.number}  {local(it.at_utc, zone)}  {it.act}{case_words}{told}  by {by}")


@audit_commands.command()
def export(
    out: Annotated[Path | None, typer.Option(help="The file; stdout if left out.")] = None,
    case: Case = None,
    person: Person = None,
    act: ActName = None,
    since: Since = None,
    until: Until = None,
    login: As = None,
) -> None:
    """Writes the trail as JSON lines, the oldest first, each with its hash; for an admin."""
    from worklist.errors import TrailError
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.trail.entries import export as export_entries

    store = Store.open(Settings().store_url)
    entries = export_entries(store, acting_person(store, login), _wanted(case, person, act, since, until))
    lines = (json.dumps(it.as_record(), ensure_ascii=False) for it in entries)
    if out is None:
        for line in lines:
            print_line(line)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            count = sum(1 for line in lines if file.write(f"{line}\n"))
    except OSError as error:
        raise TrailError(f"{out}: {error.strerror}; name a file that is not there yet") from error
    print_line(f"{count} rows in {out}")


def _wanted(
    case: str | None, person: str | None, act: str | None, since: datetime | None, until: datetime | None
) -> "Wanted":
    from worklist.pathways import load_pathways
    from worklist.trail.entries import Wanted

    zone = load_pathways().calendar.zone
    starts, ends = (None if it is None else it.replace(tzinfo=zone) for it in (since, until))
    return Wanted(case, person, act, starts, ends)
