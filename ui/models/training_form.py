"""What the training form's answers mean: the options of a run. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from models.registry import Model, version_order
from training.tiles.options import Description, TrainOptions


@dataclass(frozen=True)
class Answers:
    """What was answered."""

    tiles: Path
    recipe: str
    """Name of a ready-made one."""
    name: str
    version: str
    start: str
    epochs: int
    patience: int
    """0: never stop early."""
    learning_rate: float
    batch: int
    all_fits: bool
    """Whether to average as many fits as the recipe does, rather than make one."""
    has_places: bool
    """Whether the tiles say where they lie, so that the tissue round them can join in."""
    training_data: str
    """What the tiles are, for the card; a recipe's own words are about other tiles, so that they are not taken over."""
    licence: str
    limits: str
    """One a line."""


def recipe_options(name: str, tiles: Path, home: Path) -> TrainOptions:
    """A ready-made recipe as it stands. Raises TrainingError."""
    return TrainOptions.from_recipe(Path(name), tiles=tiles, out=home / "model-runs")


def options_of(answers: Answers, home: Path) -> TrainOptions:
    """The run's options: the recipe's, with the answers over them. Raises TrainingError naming the field."""
    told = recipe_options(answers.recipe, answers.tiles, home).model_dump(mode="json")
    told |= {"name": answers.name, "version": answers.version, "start": answers.start}
    asked = {
        "epochs": answers.epochs,
        "patience": answers.patience or None,
        "learning_rate": answers.learning_rate,
        "batch": answers.batch,
    }
    told["fit"] |= asked
    told["mixed_with"] = [it | asked for it in told["mixed_with"]] if answers.all_fits else []
    if not answers.has_places:
        told["surroundings_um"] = None
    plain = Description()
    told["description"] |= {
        "training_data": answers.training_data.strip() or plain.training_data,
        "licence": answers.licence.strip() or plain.licence,
        "of_tiles": None,  # a person's words now
        "of_version": None,
        "limits": [it.strip() for it in answers.limits.splitlines() if it.strip()] or plain.limits,
    }
    return TrainOptions.from_recipe(None, **told)


def next_version(name: str, models: Iterable[Model]) -> str:
    """The version after the newest of this name: 1.0.0, then 1.1.0; where that is no number, with -2 after it."""
    versions = sorted((it.manifest.version for it in models if it.manifest.name == name), key=version_order)
    if not versions:
        return "1.0.0"
    parts = versions[-1].split(".")
    if len(parts) >= 2 and all(part.isdigit() for part in parts):
        return ".".join([parts[0], str(int(parts[1]) + 1), *("0" for _ in parts[2:])])
    return f"{versions[-1]}-2"
