"""`forrang train suggest ...`: what to label next, and what choosing saves."""

from pathlib import Path
from typing import Annotated

import typer

from models.showing import Json, print_json, print_line, print_table
from training.torch_extra import require_torch

suggest_commands = typer.Typer(help="What to label next.", no_args_is_help=True)

Out = Annotated[Path, typer.Option(help="Folder for the list to fill in and the sheet to look at.")]
Count = Annotated[int, typer.Option(help="How many are wanted.", min=1)]
ModelName = Annotated[str, typer.Option(help="Whose doubt counts: a model's name, name@version, or folder.")]


@suggest_commands.command("tiles")
def suggest_tiles(
    pool: Annotated[Path, typer.Argument(help="Tiles: Parquet with png and patient; `label` empty where not known.")],
    model: ModelName = "idc-screen",
    out: Out = Path("to-label"),
    count: Count = 40,
) -> None:
    """Picks the tiles whose labels would teach most: doubtful, unlike what is labelled, of many patients."""
    require_torch()
    from models.registry import find_model
    from training.labelling.suggest import SHEET, TABLE
    from training.labelling.suggest import suggest_tiles as suggest

    found = suggest(find_model(model), pool, out, count)
    print_line(f"{found} tiles to label: {out / TABLE}, pictures in {out / SHEET}")


@suggest_commands.command("slides")
def suggest_slides(
    results: Annotated[Path, typer.Argument(help="Folder that `forrang score` wrote its results into.")],
    out: Out = Path("to-label"),
    count: Count = 10,
) -> None:
    """Picks the scored slides whose labels would teach most: doubtful, of different patterns of scores."""
    from training.labelling.suggest import SHEET, TABLE
    from training.labelling.suggest import suggest_slides as suggest

    found = suggest(results, out, count)
    print_line(f"{found} slides to label: {out / TABLE}, pictures in {out / SHEET}")


@suggest_commands.command("fill")
def fill(
    pool: Annotated[Path, typer.Argument(help="The pool that the list was made from.")],
    filled: Annotated[Path, typer.Argument(help="The list, with labels written into it.")],
    out: Annotated[Path, typer.Option(help="The pool with these labels (Parquet); may be the pool itself.")],
) -> None:
    """Puts the labels that were written into the list into the pool."""
    from training.labelling.pool import fill_labels

    print_line(f"{fill_labels(pool, filled, out)} labels put into {out}")


@suggest_commands.command("curve")
def curve(
    tiles: Annotated[Path, typer.Argument(help="Labelled tiles: Parquet with png, patient, label and split.")],
    tile_px: Annotated[int, typer.Option(help="Side of the largest tile, px.", min=8)] = 50,
    step: Annotated[int, typer.Option(help="Labels a round, and at the start.", min=2)] = 40,
    rounds: Annotated[int, typer.Option(help="Rounds of labelling.", min=2)] = 15,
    seeds: Annotated[int, typer.Option(help="How often it is all done, each time from another start.", min=2)] = 20,
    judged_on: Annotated[str, typer.Option(help="Split that judges every round.")] = "test",
    report: Annotated[Path | None, typer.Option(help="HTML file for the figure.")] = None,
    *,
    json: Json = False,
) -> None:
    """Shows on a labelled set how many labels choosing saves against labelling at random."""
    require_torch()
    from training.judging.html import write_report
    from training.labelling.curve_report import HEAD, curve_page, curve_rows
    from training.labelling.label_curve import Plan
    from training.labelling.measure_curve import measure_curve

    found = measure_curve(tiles, tile_px, Plan(step, step, rounds, seeds), judged_on)
    if report is not None:
        write_report(curve_page(found), report)
    if json:
        print_json(found)
    else:
        print_table(HEAD, curve_rows(found), "no rounds")
