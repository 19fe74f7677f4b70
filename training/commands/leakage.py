"""`forrang data leakage`: what a split that tears patients apart would promise on these tiles."""

from pathlib import Path
from typing import Annotated

import typer

from models.showing import Json, print_json, print_line


def show_leakage(
    tiles: Annotated[Path, typer.Argument(help="A tile file.")],
    model: Annotated[str, typer.Option(help="Whose frozen network sees the tiles.")] = "idc-screen",
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation.", min=2, max=50)] = 5,
    most: Annotated[int, typer.Option(help="Patients are taken whole until there are so many tiles.", min=20)] = 3000,
    seed: Annotated[int, typer.Option(help="Everything random comes from it.")] = 0,
    *,
    json: Json = False,
) -> None:
    """Judges one simple model by random folds and with patients kept whole: the difference is what leaks."""
    from models.registry import find_model
    from training.judging.leakage import check_leakage_of

    found = check_leakage_of(tiles, find_model(model), most, folds, seed)
    if json:
        print_json(found)
    else:
        print_line(f"{found.tiles} tiles of {found.patients} patients. {found.told}")
