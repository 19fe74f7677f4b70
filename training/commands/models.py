"""`forrang models ...`: the models that are here, and which of them is used."""

from typing import Annotated

import typer

from models.showing import Json, print_line

models_commands = typer.Typer(help="The models that score slides.", no_args_is_help=True)


@models_commands.command("list")
def list_models(*, json: Json = False) -> None:
    """The models that are here."""
    from models.registry import list_models as all_models

    for model in all_models():
        m = model.manifest
        if json:
            print_line(m.model_dump_json())
        else:
            print_line(f"{m.label}\t{m.positive} at {m.mpp:g} um/px\t{m.intended_use}")


@models_commands.command("show")
def show_model(model: Annotated[str, typer.Argument(help="A model's name, name@version, or folder.")]) -> None:
    """A model's manifest: what it takes, what it says, what it was shown, and what it is not for."""
    from models.registry import find_model

    print_line(find_model(model).manifest.model_dump_json(indent=2))
