"""`forrang evaluate`: how good a model is on labelled tiles."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from models.showing import Json, print_record

Weights = Literal["onnx-fp32", "onnx-int8"]


def evaluate(
    model: Annotated[str, typer.Argument(help="A model's name, name@version, or folder.")],
    tiles: Annotated[Path, typer.Option(help="Labelled tiles: Parquet with png, patient, label and split.")],
    split: Annotated[str, typer.Option(help="Which split to evaluate on.")] = "test",
    weights: Annotated[Weights | None, typer.Option(help="Which weights; the model's default if left out.")] = None,
    *,
    json: Json = False,
) -> None:
    """Evaluates a tile model on labelled tiles, with intervals by patient."""
    from models.registry import find_model
    from training.judging.evaluate import evaluate as evaluate_model

    found = evaluate_model(find_model(model), tiles, split, weights)
    print_record(found.model_dump(mode="json"), as_json=json)
