"""`forrang intake fhir`, `fhir-tasks` and `token`: FHIR resources in, the list as Tasks out, and who may send."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from models.showing import print_line

SOME_FAILED = 1

FhirVersion = Annotated[Literal["R4", "R5"], typer.Option("--version", help="Version of FHIR that they are in.")]


def register(group: typer.Typer) -> None:
    """Puts the commands into the group `forrang intake`."""
    group.command("fhir")(take_files)
    group.command("fhir-tasks")(tasks)
    group.command("token")(token)


def take_files(
    files: Annotated[list[Path], typer.Argument(help="Resources or Bundles in JSON; .ndjson: one resource a line.")],
    source: Annotated[str, typer.Option(help="Name of the system that they are from.")],
    version: FhirVersion = "R4",
) -> None:
    """Takes ServiceRequests, Specimens and Tasks in. What is refused is named, and the exit status is then 1."""
    from worklist.errors import IntakeError
    from worklist.intake.fhir.documents import read_documents
    from worklist.intake.fhir.faults import UnreadableMessageError
    from worklist.intake.fhir.taking_in import desk_for, take_in, tell_refusals
    from worklist.people import Actor, command_line
    from worklist.settings import Settings
    from worklist.store.store import Store

    settings = Settings()
    actor = Actor(command_line().name, "system", "command line")
    desk = desk_for(Store.open(settings.store_url), settings, actor, source)
    counts: dict[str, int] = {}
    for file in files:
        try:
            document = read_documents(file.read_bytes(), lines=file.suffix.lower() == ".ndjson")
        except OSError as error:
            raise IntakeError(f"{file.name}: cannot be read: {error.strerror}; check its path") from error
        except UnreadableMessageError as error:
            tell_refusals(desk, [error.fault])
            print_line(f"{file.name}: refused")
            print_line(f"{file.name}:   {error.fault}")
            counts["refused"] = counts.get("refused", 0) + 1
            continue
        for taken in take_in(document, version, desk):
            counts[taken.outcome] = counts.get(taken.outcome, 0) + 1
            print_line(f"{file.name}: {taken.name or taken.place}: {taken.outcome}")
            for fault in taken.faults:
                print_line(f"{file.name}:   {fault}")
    print_line(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing to take in")
    if counts.get("refused"):
        raise typer.Exit(SOME_FAILED)


def tasks(
    out: Annotated[Path | None, typer.Option(help="File to write; on stdout if left out.")] = None,
    count: Annotated[int, typer.Option(help="How many places, from the first on.", min=1)] = 1000,
) -> None:
    """The ranked list as a Bundle of FHIR Tasks, in the order in which to read the cases; the same in R4 and R5."""
    import json

    from worklist.errors import IntakeError
    from worklist.intake.fhir.tasks import as_bundle
    from worklist.people import command_line
    from worklist.priority.page import first_page
    from worklist.settings import Settings
    from worklist.site import site_policy
    from worklist.store.store import Store

    settings = Settings()
    store = Store.open(settings.store_url)
    store.saw(command_line(), "see list", details={"what": "FHIR Tasks", "count": count})
    now_utc = store.now()
    bundle = as_bundle(first_page(store, now_utc, site_policy(settings), count), now_utc)
    text = json.dumps(bundle, ensure_ascii=False, indent=2)
    if out is None:
        print_line(text)
        return
    try:
        out.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise IntakeError(f"{out}: cannot be written: {error.strerror}; choose another --out") from error
    print_line(f"{len(bundle.get('entry', ()))} Tasks in {out}")


def token(
    sender: Annotated[str, typer.Argument(help="Name of the system that may send, such as LIS or scanner-2.")],
) -> None:
    """Makes a bearer token for a system that sends over HTTP, and shows it this once; only its hash is kept."""
    from worklist.intake.tokens import make_token
    from worklist.settings import Settings

    settings = Settings()
    print_line(make_token(settings.tokens_file, sender))
    typer.echo(f"{sender} may send with it now; take its line out of {settings.tokens_file} to end that", err=True)
