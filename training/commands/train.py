"""`forrang train ...`: making models from labelled data."""

from pathlib import Path
from typing import Annotated

import typer

from models.showing import print_line
from training.torch_extra import require_torch

train_commands = typer.Typer(help="Making models from labelled data (needs the extra `torch`).", no_args_is_help=True)


@train_commands.command("tiles")
def train_tiles(
    tiles: Annotated[Path, typer.Option(help="Labelled tiles: Parquet with png, patient, label and split.")],
    out: Annotated[Path, typer.Option(help="Where the model's folder goes, under its name.")] = Path("trained-models"),
    recipe: Annotated[Path | None, typer.Option(help="A recipe file, or the name of a ready-made one.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model.")] = None,
    epochs: Annotated[int | None, typer.Option(help="How often the tiles are gone through.")] = None,
    seed: Annotated[int | None, typer.Option(help="Everything random comes from it.")] = None,
) -> None:
    """Fine-tunes, calibrates, exports, quantises and judges a tile model, and writes its card."""
    from training.tiles.options import TrainOptions

    require_torch()
    from training.tiles.train_tiles import train_tiles as train

    options = TrainOptions.from_recipe(recipe, tiles=tiles, out=out, name=name, epochs=epochs, seed=seed)
    print_line(str(train(options)))
