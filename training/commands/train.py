"""`forrang train ...`: making models from labelled data."""

from pathlib import Path
from typing import Annotated

import typer

from models.showing import Json, print_line, print_record
from training.torch_extra import require_torch

train_commands = typer.Typer(help="Making models from labelled data (needs the extra `torch`).", no_args_is_help=True)


@train_commands.command("tiles")
def train_tiles(
    tiles: Annotated[Path, typer.Option(help="Labelled tiles: Parquet with png, patient, label and split.")],
    out: Annotated[Path, typer.Option(help="Where the model's folder goes, under its name.")] = Path("trained-models"),
    recipe: Annotated[Path | None, typer.Option(help="A recipe file, or the name of a ready-made one.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model.")] = None,
    version: Annotated[str | None, typer.Option(help="Version of the model; each has its own.")] = None,
    epochs: Annotated[int | None, typer.Option(help="How often the tiles are gone through.")] = None,
    seed: Annotated[int | None, typer.Option(help="Everything random comes from it.")] = None,
    network: Annotated[str | None, typer.Option(help="Name in timm, or hf-hub:owner/name.")] = None,
    start: Annotated[
        str | None, typer.Option(help="First weights: auto, random, download, a safetensors file, or an own model.")
    ] = None,
    processes: Annotated[int, typer.Option(help="That share the work, one a GPU.", min=1)] = 1,
    folds: Annotated[int | None, typer.Option(help="Cross-validate in so many folds instead.")] = None,
    calibrate_on: Annotated[
        str | None, typer.Option(help="val, or folds: corrected by the scores that --folds left in --out.")
    ] = None,
    curves: Annotated[Path | None, typer.Option(help="Folder for TensorBoard's curves.")] = None,
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint of a run cut off.")] = False,
    json: Json = False,
) -> None:
    """Fine-tunes, calibrates, exports, quantises and judges a tile model, and writes its card.

    With --folds it makes no model: it scores the splits train and val out of fold, by patient.
    """
    from training.tiles.options import TrainOptions

    require_torch()
    from training.tiles.folds import cross_validate_file, folds_file
    from training.tiles.train_tiles import train_tiles as train

    told = {"name": name, "version": version, "epochs": epochs, "seed": seed, "network": network, "start": start}
    options = TrainOptions.from_recipe(recipe, tiles=tiles, out=out, calibrate_on=calibrate_on, **told)
    if folds is None:
        folder = train(options, resume=resume, processes=processes, curves=curves)
        print_record({"model": str(folder)}, as_json=True) if json else print_line(str(folder))
        return
    found = cross_validate_file(options, folds, resume=resume)
    figures = {"n": len(found.labels), "patients": len(set(found.patients)), "folds": folds}
    aucs = {"auc": found.auc, "auc_ci": found.auc_ci, "patient_auc": found.patient_auc}
    print_record({**figures, **aucs, "scores": str(folds_file(options))}, as_json=json)


@train_commands.command("search")
def search(
    tiles: Annotated[Path, typer.Option(help="Labelled tiles: Parquet with png, patient, label and split.")],
    space: Annotated[Path, typer.Option(help="What may vary: a YAML file of fields and their ranges.")],
    out: Annotated[Path, typer.Option(help="Folder of the search; it goes on from what is there.")],
    recipe: Annotated[Path | None, typer.Option(help="The recipe that is varied, a file or a ready-made one.")] = None,
    trials: Annotated[int, typer.Option(help="Finished trials to come to, in all.", min=1)] = 20,
    seed: Annotated[int | None, typer.Option(help="Of the trainings and of the search.")] = None,
    epochs: Annotated[int | None, typer.Option(help="How often each trial goes through the tiles.")] = None,
    *,
    json: Json = False,
) -> None:
    """Searches for the recipe with the best AUC by patient on the split val; the split test is not read."""
    from training.tiles.options import TrainOptions

    require_torch()
    from training.tiles.search import search as search_recipes

    options = TrainOptions.from_recipe(recipe, tiles=tiles, out=out, epochs=epochs, seed=seed)
    found = search_recipes(options, space, trials)
    record = {"trials": found.trials, "auc": found.auc, **found.values, "recipe": str(found.recipe)}
    print_record(record, as_json=json)
