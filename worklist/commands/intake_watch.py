"""`forrang intake watch`: slides come in from the folders that scanners write to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.showing import Json, print_json, print_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from worklist.intake.watch.folder import Arrived, FolderWatch, Seen

SOME_FAILED = 1

Seconds = Annotated[float, typer.Option(min=0, help="Files that have not changed for so long may be complete.")]
Minutes = Annotated[
    float, typer.Option(min=0, help="What has not changed for so long and cannot be read comes in as failed.")
]
Every = Annotated[float, typer.Option(min=0.1, help="Seconds from one look at the folders to the next.")]
Pattern = Annotated[
    list[str] | None,
    typer.Option(help="How slides are named, a regular expression; again for more. FORRANG_SLIDE_NAMES if left out."),
]


def register(group: typer.Typer) -> None:
    """Puts the command into the group `forrang intake`."""
    group.command("watch")(watch)


def watch(
    folders: Annotated[list[Path], typer.Argument(help="Folders that scanners write to; all folders in them too.")],
    quiet_seconds: Seconds = 30,
    give_up_minutes: Minutes = 10,
    every: Every = 10,
    pattern: Pattern = None,
    *,
    once: Annotated[bool, typer.Option(help="Look twice, the quiet time apart, and end.")] = False,
    json: Json = False,
) -> None:
    """Takes slides in as scanners finish them, until it is stopped with Ctrl-C. With --once, status 1: not all came in.

    A slide joins the case that its name, barcode or attributes tell; without one it waits (`forrang intake unmatched`).
    """
    import signal
    import threading

    from worklist.errors import IntakeError
    from worklist.intake.names import compiled
    from worklist.intake.watch.completeness import Patience
    from worklist.intake.watch.folder import FolderWatch
    from worklist.intake.watch.inspection import InspectionProcess
    from worklist.people import Actor, command_line
    from worklist.settings import Settings
    from worklist.store.store import Store

    for folder in folders:
        if not folder.is_dir():
            raise IntakeError(f"{folder}: no such folder; name the folders that scanners write to")
    settings = Settings()
    patterns = compiled(pattern or settings.slide_names)
    patience = Patience(quiet_seconds, quiet_seconds if once else give_up_minutes * 60)
    actor = Actor("folder watch", "system", f"command line of {command_line().name}")
    inspector = InspectionProcess(patterns)
    watched = FolderWatch(
        Store.open(settings.store_url),
        [folder.absolute() for folder in folders],
        patterns,
        actor,
        inspector,
        patience,
    )
    stopped = threading.Event()
    show = _show_json if json else _show
    try:
        if once:
            first = watched.look(show)
            stopped.wait(quiet_seconds)
            if _tell_the_end(first, watched.look(show), json=json):
                raise typer.Exit(SOME_FAILED)
        else:
            signal.signal(signal.SIGTERM, lambda *_: stopped.set())
            typer.echo(f"watching {', '.join(map(str, folders))} (stop it with Ctrl-C)", err=True)
            keep_looking(watched, show, stopped, every)
    except KeyboardInterrupt:
        typer.echo("stopped; every slide that was named is on the list", err=True)
    finally:
        inspector.close()


def keep_looking(watched: "FolderWatch", show: "Callable[[Arrived], None]", stopped: "Event", every: float) -> None:
    """Looks again and again until it is stopped; a store that is away for a while is waited for, and told."""
    from worklist.errors import StoreError

    while not stopped.is_set():
        try:
            watched.look(show)
        except StoreError as error:
            typer.echo(f"{error}; nothing is lost, the next look is in {every:g} s", err=True)
        stopped.wait(every)


def _show(arrived: "Arrived") -> None:
    applied = arrived.applied
    case = f" {applied.accession_number}" if applied.accession_number else ""
    print_line(f"{_shown(arrived.path.name)}: {applied.outcome}{case}: {applied.message}")


def _show_json(arrived: "Arrived") -> None:
    applied = arrived.applied
    told = {"outcome": applied.outcome, "case": applied.accession_number, "message": applied.message}
    print_json({"slide": _shown(str(arrived.path))} | told)


def _shown(name: str) -> str:
    """A file's name that can be printed, with no patient's number in it."""
    from worklist.trail.identity_guard import mask_identity

    return mask_identity(name).encode(errors="backslashreplace").decode()


def _tell_the_end(first: "Seen", last: "Seen", *, json: bool) -> bool:
    """A line of figures: on stdout for people, beside the lines of JSON on stderr. Returns whether any went wrong."""
    arrived = (*first.arrived, *last.arrived)
    words = f"{len(arrived)} dealt with, {first.known} known before, {last.waiting} not complete yet"
    typer.echo(f"{words}, {last.others} files that are no slides", err=json)
    for name in last.unreadable:
        typer.echo(f"{name}: this folder cannot be read; check the share and its rights", err=True)
    refused = sum(it.applied.outcome == "refused" for it in arrived)
    failed = sum(not it.is_readable for it in arrived)
    if refused or failed:
        typer.echo(f"{refused} refused, {failed} cannot be read: see above what to do for each", err=True)
    return bool(refused or failed or last.unreadable)
