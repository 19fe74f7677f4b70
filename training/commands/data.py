"""`forrang data ...`: labelled tiles from what a department has, their splits, and a report before training."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from models.showing import Json, print_json, print_line, print_table
from training.commands.leakage import show_leakage
from training.torch_extra import require_imagehash

if TYPE_CHECKING:
    from training.data.tile import Found
    from training.data.tile_file import WrittenTiles

data_commands = typer.Typer(
    help="Labelled tiles: where from, who is in which split, what is wrong.", no_args_is_help=True
)
data_commands.command("leakage")(show_leakage)

Source = Annotated[
    Path,
    typer.Argument(
        help="A Parquet file of images, a folder of images by class, a folder of slides with QuPath's GeoJSON beside "
        "them, or a CSV file that names slides."
    ),
]
Out = Annotated[Path, typer.Option(help="The tile file that is written (Parquet).")]
Columns = Annotated[
    list[str] | None, typer.Option("--column", help="OURS=THEIRS: what the source calls a column, such as png=jpeg.")
]
Positive = Annotated[list[str] | None, typer.Option(help="Name of a positive class, where labels are not 0 and 1.")]
Negative = Annotated[
    list[str] | None, typer.Option(help="Name of a negative class; if left out, all that are not positive.")
]
Pattern = Annotated[
    str | None,
    typer.Option(help="Regular expression that finds the patient in a name; its group `patient`, else the first."),
]
TilePx = Annotated[int | None, typer.Option(help="Side of a tile, px.", min=8, max=4096)]
Mpp = Annotated[float | None, typer.Option(help="um per px that tiles are brought to.", min=0.05, max=20)]
SourceMpp = Annotated[float | None, typer.Option(help="um per px of images that do not say it.", min=0.05, max=20)]
FitWay = Annotated[
    Literal["keep", "cut", "whole"],
    typer.Option(help="keep images as they are, cut them into tiles, or shrink each whole one into a tile."),
]
IntoSplit = Annotated[
    str | None, typer.Option(help="Put every tile into this split, such as test: a set from elsewhere to judge on.")
]
RestNegative = Annotated[
    bool,
    typer.Option(help="Tissue that no region on a slide touches is negative: only if all that is positive was drawn."),
]
Shares = Annotated[str, typer.Option(help="Parts of the patients in train, val and test, where no split is given.")]
Seed = Annotated[int, typer.Option(help="Everything random comes from it.")]


@data_commands.command("tiles")
def bring_tiles(
    source: Source,
    out: Out,
    column: Columns = None,
    positive: Positive = None,
    negative: Negative = None,
    patient_pattern: Pattern = None,
    tile_px: TilePx = None,
    mpp: Mpp = None,
    source_mpp: SourceMpp = None,
    fit: FitWay = "keep",
    shares: Shares = "60/20/20",
    into_split: IntoSplit = None,
    seed: Seed = 0,
    *,
    rest_negative: RestNegative = False,
    json: Json = False,
) -> None:
    """Brings labelled images, or slides that were drawn on, into the one form that training and judging read."""
    from training.data.images import Size
    from training.data.read_source import read_tile_source
    from training.data.reading import Reading
    from training.data.tile import Classes, PatientPattern
    from training.data.tile_file import write_tiles

    reading = Reading(
        Size(tile_px, mpp, source_mpp, fit),
        Classes(frozenset(positive or ()), frozenset(negative or ())),
        PatientPattern.of(patient_pattern),
        _columns(column or []),
        rest_negative,
    )
    with _counting() as count:
        written = write_tiles(count(read_tile_source(source, reading, into_split)), out, _shares(shares), seed)
    _show(written, as_json=json)


@contextmanager
def _counting() -> Iterator[Callable[["Found"], "Found"]]:
    """Shows on stderr how many tiles came by."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.completed:.0f} tiles"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("tiles", total=None)

        def count(found: "Found") -> "Found":
            for one in found:
                progress.advance(task)
                yield one

        yield count


def _show(written: "WrittenTiles", *, as_json: bool) -> None:
    if as_json:
        print_json(written)
        return
    rows = [(split, written.patients[split], written.tiles[split]) for split in written.tiles]
    print_table(("split", "patients", "tiles"), rows, "no tile")
    print_line(f"{written.path}: splits {'as given' if written.given else 'made'}, {written.split_sha256[:16]}")
    for reason, count in written.left_out.items():
        print_line(f"left out {count}: {reason} ({', '.join(written.examples[reason])})")


def _columns(told: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in told]
    if any(not ours or not theirs for ours, _, theirs in pairs):
        raise typer.BadParameter("give it as OURS=THEIRS, such as png=jpeg", param_hint="--column")
    return {ours: theirs for ours, _, theirs in pairs}


def _shares(told: str) -> dict[str, float]:
    try:
        parts = [float(part) for part in told.split("/")]
    except ValueError:
        parts = []
    if len(parts) not in {2, 3} or min(parts) <= 0:
        raise typer.BadParameter("give two or three numbers, such as 60/20/20 (train/val/test)", param_hint="--shares")
    names = ("train", "val", "test") if len(parts) == 3 else ("train", "test")
    return {name: part / sum(parts) for name, part in zip(names, parts, strict=True)}


@data_commands.command("split")
def split_tiles(
    tiles: Annotated[Path, typer.Argument(help="A tile file.")],
    out: Annotated[
        Path | None, typer.Option(help="Where the tiles go in new splits: a file, or with --folds a folder.")
    ] = None,
    shares: Shares = "60/20/20",
    folds: Annotated[
        int | None, typer.Option(help="Make the rounds of a cross-validation, each a tile file.", min=3, max=50)
    ] = None,
    seed: Seed = 0,
    *,
    json: Json = False,
) -> None:
    """Verifies who is in which split, or with --out splits the patients anew."""
    from training.data.resplit import fold_files, resplit
    from training.data.splits import refuse_shared_patients
    from training.data.tile_set import read_who
    from training.data.trace import trace_of

    if out is None:
        if folds is not None:
            raise typer.BadParameter("name the folder of the rounds", param_hint="--out")
        who = read_who(tiles)
        refuse_shared_patients(who.patients, who.splits, str(tiles))
        written = [tiles]
    else:
        written = list(fold_files(tiles, out, folds, seed)) if folds else [resplit(tiles, out, _shares(shares), seed)]
    traces = {path: trace_of(path) for path in written}
    if json:
        print_json({str(path): trace.model_dump() for path, trace in traces.items()})
        return
    rows = [
        (path.name, split, trace.patients[split], trace.tiles[split], trace.split_sha256[:16])
        for path, trace in traces.items()
        for split in trace.tiles
    ]
    print_table(("file", "split", "patients", "tiles", "split hash"), rows, "no tile")


@data_commands.command("report")
def report_data(
    tiles: Annotated[Path, typer.Argument(help="A tile file.")],
    out: Annotated[Path | None, typer.Option(help="The report (HTML); NAME.report.html here if left out.")] = None,
    *,
    json: Json = False,
) -> None:
    """Looks at every tile before training, and writes a report with pictures; ends with 1 where something stops."""
    require_imagehash()
    from training.data.examination import examine
    from training.data.findings import find_faults
    from training.data.report_page import report_page
    from training.judging.html import write_report

    place = out or Path(f"{tiles.stem}.report.html")
    seen = examine(tiles)
    findings = find_faults(seen)
    write_report(report_page(seen, findings), place)
    if json:
        print_json({"report": place, "tiles": len(seen), "twins": len(seen.twins), "findings": findings})
    else:
        for finding in findings:
            print_line(f"{'stops' if finding.stops else 'look '}  {finding.sentence}")
        print_line(f"{len(seen)} tiles, {len(seen.twins)} pairs that show one picture: {place}")
    if any(finding.stops for finding in findings):
        raise typer.Exit(1)
