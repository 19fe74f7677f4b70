"""`forrang train slides` and `forrang heads ...`: slide heads, which score a slide from all its tiles at once."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from models.errors import ForrangError
from models.showing import Json, print_json, print_line, print_record, print_table
from training.commands.train import train_commands
from training.torch_extra import require_torch

heads_commands = typer.Typer(help="Slide heads: one score from all of a slide's tiles.", no_args_is_help=True)

HeadName = Annotated[str, typer.Option("--head", help="A head's name, name@version, or folder.")]
ModelName = Annotated[str, typer.Option(help="The tile model that embeds: its name, name@version, or folder.")]
Seed = Annotated[int, typer.Option(help="Everything random comes from it.")]
DEFAULT_HEAD = "idc-screen-head"
SOME_FAILED = 1


@train_commands.command("slides")
def train_slides(
    name: Annotated[str, typer.Option(help="Name of the head.")],
    bags: Annotated[Path | None, typer.Option(help="Bags: Parquet with bag, patient, label, split, embedding.")] = None,
    slides: Annotated[
        Path | None, typer.Option(help="Or a table of slides: CSV with slide, patient, label and, if known, split.")
    ] = None,
    model: ModelName = "idc-screen",
    kind: Annotated[
        str, typer.Option(help="mean, max, top-share, gated-attention, dual-stream, or all: the best.")
    ] = "all",
    out: Annotated[Path, typer.Option(help="Where the head's folder goes, under its name.")] = Path("trained-heads"),
    version: Annotated[str, typer.Option(help="Version of the head.")] = "0.1.0",
    describe: Annotated[
        Path | None, typer.Option(help="YAML file: classes, training_data, licence, intended_use, limits.")
    ] = None,
    axes: Annotated[
        list[int] | None, typer.Option(help="Principal axes of the embedding to keep; several: the best. 8 and 64.")
    ] = None,
    sensitivity: Annotated[float, typer.Option(help="That the threshold keeps on held-out bags.", min=0, max=1)] = 0.8,
    seed: Seed = 1,
    *,
    json: Json = False,
) -> None:
    """Fits slide heads on bags, keeps the best on held-out patients, exports and judges it, and writes its card."""
    require_torch()
    from training.heads.bag_files import read_bags
    from training.heads.head_options import AXES, options_of
    from training.heads.slide_bag_set import bags_of_table
    from training.heads.train_head import description, train_head

    candidates = options_of(kind, tuple(axes or AXES), seed)
    described = description(describe, name=name, version=version)
    if bags is not None and slides is None:
        splits, made_by = read_bags(bags)
    elif slides is not None and bags is None:
        splits, made_by = bags_of_table(slides, model, seed)
    else:
        raise ForrangError("give either --bags or --slides: what to fit the head on")
    head = train_head(splits, made_by, candidates, described, out, sensitivity)
    if json:
        print_record({"head": str(head.folder), "kind": head.manifest.kind}, as_json=True)
        return
    print_line(f"{head.folder}  ({head.manifest.kind})")
    rows = [(m.name, f"{m.value:.3f}", _range(m.low, m.high), m.on) for m in head.manifest.metrics]
    print_table(("figure", "value", "95% interval", "on"), rows, "It was judged on nothing.")


@heads_commands.command("list")
def list_heads(*, json: Json = False) -> None:
    """The slide heads that are here."""
    from models.heads.head_registry import list_heads as all_heads

    for head in all_heads():
        m = head.manifest
        by = m.embedded_by.model if m.embedded_by else "vectors of no tile model"
        print_line(m.model_dump_json() if json else f"{m.label}\t{m.kind} over {by}\t{m.intended_use}")


@heads_commands.command("score")
def score_slides(
    paths: Annotated[list[Path], typer.Argument(help="Slides, or folders of slides.")],
    head: HeadName = DEFAULT_HEAD,
    out: Annotated[Path, typer.Option(help="Where each slide's folder goes.")] = Path("forrang-results"),
    mpp: Annotated[float | None, typer.Option(help="um per px of level 0, of slides that do not say it.")] = None,
    *,
    json: Json = False,
) -> None:
    """Scores slides with a head and writes where it looked. Exit status 1 where a slide could not be scored."""
    from inference.score_with_head import model_of, score_with_head
    from inference.slides.find import find_slides
    from models.heads.head_registry import find_head

    chosen = find_head(head)
    model_of(chosen)
    slides = find_slides(paths)
    if not slides:
        raise ForrangError("no slides found there: name slides, or folders that hold some")
    failed = False
    for slide in slides:
        try:
            result = score_with_head(slide, chosen, out, mpp)
        except ForrangError as error:
            failed = True
            print_record({"slide": slide.name, "score": None, "reason": str(error)}, as_json=json)
            continue
        if json:
            print_json(asdict(result))
        else:
            says = "flagged" if result.flagged else "not flagged"
            print_line(f"{result.slide}\t{result.score:.3f}\t{says}\t{result.tiles} tiles\t{result.result}")
    if failed:
        raise typer.Exit(SOME_FAILED)


@heads_commands.command("evaluate")
def evaluate_bags(
    head: Annotated[str, typer.Argument(help="A head's name, name@version, or folder.")],
    bags: Annotated[Path, typer.Option(help="Labelled bags: Parquet with bag, patient, label, split and embedding.")],
    split: Annotated[str, typer.Option(help="Which split to evaluate on.")] = "test",
    *,
    json: Json = False,
) -> None:
    """Evaluates a slide head on labelled bags, with intervals by patient. Needs no torch."""
    from models.heads.head_registry import find_head
    from training.heads.bag_files import read_bags
    from training.heads.judge_head import evaluate_head

    splits, made_by = read_bags(bags)
    if split not in splits:
        raise ForrangError(f"{bags}: there is no split {split!r}; the file has {', '.join(sorted(splits))}")
    found = evaluate_head(find_head(head), splits[split], made_by)
    print_record(found.model_dump(mode="json"), as_json=json)


@heads_commands.command("bags")
def write_slide_bags(
    slides: Annotated[Path, typer.Argument(help="A table of slides: CSV with slide, patient, label and split.")],
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")] = Path("bags.parquet"),
    model: ModelName = "idc-screen",
    seed: Seed = 1,
) -> None:
    """Embeds a table's slides into one file of bags, which goes to another machine without the slides."""
    from training.heads.bag_files import write_bags
    from training.heads.slide_bag_set import bags_of_table

    splits, made_by = bags_of_table(slides, model, seed)
    write_bags(out, splits, made_by)
    print_line(f"{out}: {sum(len(part) for part in splits.values())} bags")


@heads_commands.command("build-bags")
def build_bags(
    tiles: Annotated[Path, typer.Option(help="Labelled tiles: Parquet with png, patient, label and split.")],
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")] = Path("bags.parquet"),
    model: ModelName = "idc-screen",
    least: Annotated[float, typer.Option(help="Least share of positive tiles in a positive bag.", min=0, max=1)] = 0.01,
    greatest: Annotated[float, typer.Option(help="Greatest share.", min=0, max=1)] = 0.5,
    bags_a_group: Annotated[int, typer.Option(help="Bags built of each group of patients.", min=2)] = 30,
    seed: Seed = 1,
) -> None:
    """Builds bags that stand in for slides from labelled tiles, where there are no slides with and without disease."""
    from models.registry import find_model
    from training.heads.bag_files import write_bags
    from training.heads.built_bags import TILES_A_BAG, build_bags_of_tiles
    from training.heads.slide_bag_set import embedded_by

    found = find_model(model)
    splits = build_bags_of_tiles(tiles, found, bags_a_group, TILES_A_BAG, (least, greatest), seed)
    write_bags(out, splits, embedded_by(found))
    print_line(f"{out}: " + ", ".join(f"{len(part)} bags of split {split}" for split, part in splits.items()))


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.3f} to {high:.3f}"
