"""`forrang verdict ...`: a reader's verdicts on slides, and where they and the AI differ."""

import json as json_text
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from models.showing import Json, local, print_json, print_line, print_table
from worklist.commands.acting import As, acting_person
from worklist.commands.reading import CaseNumber
from worklist.errors import RegionsError

if TYPE_CHECKING:
    from worklist.reading.verdict import Verdict

verdict_commands = typer.Typer(help="Readers' verdicts against the AI's.", no_args_is_help=True)

Days = Annotated[int | None, typer.Option(help="Only those of the last days; all if left out.", min=1)]


@verdict_commands.command()
def give(
    case: CaseNumber,
    slide: Annotated[str, typer.Argument(help="The slide's number or file name.")],
    verdict: Annotated[Literal["positive", "negative", "uncertain", "not assessable"], typer.Argument()],
    regions: Annotated[Path | None, typer.Option(help="Regions drawn on it, GeoJSON as QuPath exports it.")] = None,
    comment: Annotated[str, typer.Option(help="A few words.")] = "",
    login: As = None,
) -> None:
    """Keeps a verdict on a slide; a later one of the same reader counts in its place."""
    from worklist.reading.verdict import give_verdict
    from worklist.store.store import Store

    store = Store.open()
    drawn = None if regions is None else _read(regions)
    kept = give_verdict(store, acting_person(store, login), case, slide, verdict, regions=drawn, comment=comment)
    ai = (
        "had no score" if kept.ai_score is None else f"said {kept.ai_score:.2f}{', flagged' if kept.ai_flagged else ''}"
    )
    print_line(f"{case} {kept.slide}: {kept.verdict}; the AI {ai}{f'; {kept.discord}' if kept.discord else ''}")


@verdict_commands.command("list")
def list_verdicts(
    case: Annotated[str | None, typer.Option(help="Only those on that case.")] = None,
    days: Days = None,
    login: As = None,
    *,
    json: Json = False,
) -> None:
    """The verdict that counts of each reader on each slide, the oldest first."""
    from worklist.reading.verdict import verdicts
    from worklist.store.store import Store

    store = Store.open()
    store.saw(acting_person(store, login), "see list", case)
    _show(verdicts(store, case, _since(store.now(), days)), "No verdict yet.", as_json=json)


@verdict_commands.command()
def discordant(days: Days = None, login: As = None, *, json: Json = False) -> None:
    """Where reader and AI differ, the worst first."""
    from worklist.reading.verdict import discordant as differing
    from worklist.store.store import Store

    store = Store.open()
    store.saw(acting_person(store, login), "see list")
    _show(differing(store, _since(store.now(), days)), "Readers and AI agree so far.", as_json=json)


def _show(found: "list[Verdict]", nothing: str, *, as_json: bool) -> None:
    from worklist.pathways import load_pathways

    if as_json:
        print_json([{**vars(it), "discord": it.discord} for it in found])
        return
    zone = load_pathways().calendar.zone
    rows = [
        (
            *(it.accession_number, it.slide, it.by, local(it.at_utc, zone), it.verdict),
            "none" if it.ai_score is None else f"{it.ai_score:.2f}{' flagged' if it.ai_flagged else ''}",
            it.discord,
            it.comment,
        )
        for it in found
    ]
    print_table(("case", "slide", "reader", "when", "verdict", "AI score", "they differ", "comment"), rows, nothing)


def _since(now_utc: datetime, days: int | None) -> datetime | None:
    return None if days is None else now_utc - timedelta(days=days)


def _read(regions: Path) -> object:
    try:
        return json_text.loads(regions.read_text(encoding="utf-8"))
    except OSError as error:
        raise RegionsError(f"{regions}: {error.strerror}; check the path") from error
    except ValueError as error:
        raise RegionsError(f"{regions}: no JSON in UTF-8; export the regions as GeoJSON") from error
