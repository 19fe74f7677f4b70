"""`forrang intake dicomweb`: fetches slides from a DICOMweb server."""

from typing import Annotated

import typer

from models.showing import print_line

SOME_FAILED = 1


def register(group: typer.Typer) -> None:
    """Puts the command into the group `forrang intake`."""
    group.command("dicomweb")(fetch_slides)


def fetch_slides(
    url: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="The server; FORRANG_DICOMWEB_URL if left out.")
    ] = None,
    study: Annotated[list[str] | None, typer.Option(help="UID of a study; may be given again.")] = None,
    accession: Annotated[list[str] | None, typer.Option(help="Accession number of a case; may be given again.")] = None,
) -> None:
    """Brings the slides that are not here yet; run again, it goes on. Exit status 1 where any failed."""
    from worklist.intake.dicomweb.attributes import is_uid
    from worklist.intake.dicomweb.fetching import FetchError, Server, fetch
    from worklist.intake.dicomweb.landing import Landing
    from worklist.people import Actor
    from worklist.settings import Settings
    from worklist.store.store import Store

    settings = Settings()
    address = url or settings.dicomweb_url
    if not address:
        raise FetchError("name the DICOMweb server with --from URL, or in FORRANG_DICOMWEB_URL")
    if not study and not accession:
        raise FetchError("say what to fetch: --accession NUMBER or --study UID")
    wrong = [it for it in study or () if not is_uid(it)]
    if wrong:
        raise FetchError(f"--study {wrong[0]}: is no UID; it has digits and points only")
    server = Server(address, settings.dicomweb_token.get_secret_value() if settings.dicomweb_token else None)
    studies = list(study or ())
    for number in accession or ():
        found = server.studies(number)
        if not found:
            typer.echo(f"case {number}: the server has no study of it", err=True)
        studies += found
    store = Store.open(settings.store_url)
    actor = Actor(server.name, "system", "dicomweb")
    failed = not studies
    for one in dict.fromkeys(studies):
        for series in fetch(server, one, Landing(settings.slides_folder), store, actor):
            became = f"{series.slide.outcome}, case {series.slide.accession_number}" if series.slide else "no scan here"
            print_line(f"series {series.series}: {series.fetched} fetched, {series.known} here before; {became}")
            for problem in series.problems:
                typer.echo(f"series {series.series}: {problem}", err=True)
            failed = failed or bool(series.problems)
    if failed:
        raise typer.Exit(SOME_FAILED)
