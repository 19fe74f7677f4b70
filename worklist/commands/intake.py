"""`forrang intake`: cases, orders and slides come in, from files, folders and other systems."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from models.showing import Json, local, print_json, print_line
from worklist.commands import intake_dicomweb, intake_fhir, intake_hl7, intake_watch
from worklist.commands.acting import As, acting_account, acting_person

SOME_FAILED = 1


class FileOrCommand(TyperGroup):
    """A group whose first word, where it is no command, is a file of cases: `forrang intake CASES.csv`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Reads `FILE` as `cases FILE`."""
        if args and self.get_command(ctx, args[0]) is None:
            args = ["cases", *args]
        return super().resolve_command(ctx, args)


intake_commands = typer.Typer(
    cls=FileOrCommand,
    help="Cases, orders and slides come in. `forrang intake CASES.csv` takes a file of cases.",
    no_args_is_help=True,
)


@intake_commands.command()
def cases(
    file: Annotated[Path, typer.Argument(help="Cases as CSV or .xlsx; docs/worklist.md says which columns.")],
) -> None:
    """Takes cases onto the list. Good lines come in; bad ones are named, and the exit status is then 1."""
    from worklist.intake.case_table import read_cases
    from worklist.intake.unmatched import match_known
    from worklist.pathways import load_pathways
    from worklist.settings import Settings
    from worklist.store.store import Store

    settings = Settings()
    store = Store.open(settings.store_url)
    read = read_cases(file, load_pathways(settings.pathways), store.now())
    actor = acting_account(store)
    added = store.add_cases(read.cases, actor)
    for problem in read.problems:
        typer.echo(f"{file.name}: {problem}", err=True)
    for severity, told in (("error", added.conflicts), ("warning", added.look_alikes)):
        for it in told:
            typer.echo(f"{file.name}: line {read.lines[it.accession_number]}: {severity}: {it.message}", err=True)
    print_line(f"{added.new} new, {added.extended} with new slides, {added.unchanged} known already")
    matched = match_known(store, actor)
    if matched:
        print_line(f"{matched} slide(s) that had waited for their case joined it")
    if read.errors or added.conflicts:
        raise typer.Exit(SOME_FAILED)


@intake_commands.command()
def unmatched(*, json: Json = False) -> None:
    """Lists the slides that wait for their case, and why; those that came first, first."""
    from worklist.intake.unmatched import waiting_slides
    from worklist.pathways import load_pathways
    from worklist.settings import Settings
    from worklist.store.store import Store

    settings = Settings()
    store = Store.open(settings.store_url)
    store.saw(acting_account(store), "see list", details={"what": "unmatched slides"})
    found = waiting_slides(store)
    if json:
        print_json(found)
        return
    zone = load_pathways(settings.pathways).calendar.zone
    for slide in found:
        named = f", names case {slide.accession_number}" if slide.accession_number else ""
        gone = "" if slide.is_there else "; its file is gone, perhaps renamed"
        print_line(f"{slide.path}\n    came {local(slide.arrived_utc, zone)}{named}: {slide.reason}{gone}")
    if not found:
        print_line("No slide waits for its case.")


@intake_commands.command()
def match(
    slide: Annotated[Path, typer.Argument(help="The slide, as `forrang intake unmatched` shows it.")],
    case: Annotated[str, typer.Argument(help="Accession number of the open case that it belongs to.")],
    login: As = None,
) -> None:
    """Puts a slide that waits into a case, because a person says whose it is."""
    from worklist.intake.unmatched import match_slide
    from worklist.settings import Settings
    from worklist.store.store import Store

    store = Store.open(Settings().store_url)
    match_slide(store, slide.absolute(), case, acting_person(store, login))
    print_line(f"{slide.name} is a slide of case {case} now")


intake_watch.register(intake_commands)
intake_hl7.register(intake_commands)
intake_fhir.register(intake_commands)
intake_dicomweb.register(intake_commands)
