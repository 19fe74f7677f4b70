"""`forrang train tiles` and `forrang train search` as a researcher types them."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

from tests.training.conftest import TILE_PX  # noqa: E402
from training.commands.train import train_commands  # noqa: E402
from training.errors import TrainingError  # noqa: E402

RECIPE = {
    "name": "typed",
    "network": "test_efficientnet",
    "tile_px": TILE_PX,
    "input_px": 32,
    "threads": 1,
    "fit": {"epochs": 1, "batch": 12, "frozen_stages": 0},
}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(RECIPE))
    return path


def run(*words: object) -> str:
    result = CliRunner().invoke(train_commands, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout.strip().splitlines()[-1]


def test_folds_are_scored_and_no_model_is_made(tile_file: Path, recipe: Path, tmp_path: Path) -> None:
    given = ("--tiles", tile_file, "--out", tmp_path / "out", "--recipe", recipe)
    record = json.loads(run("tiles", *given, "--folds", 3, "--json"))
    assert (record["n"], record["patients"], record["folds"]) == (120, 10, 3)
    assert [str(path) for path in (tmp_path / "out").iterdir()] == [record["scores"]]


def test_a_model_calibrated_on_folds_wants_them_first(tile_file: Path, recipe: Path, tmp_path: Path) -> None:
    recipe.write_text(yaml.safe_dump(RECIPE | {"calibrate_on": "folds"}))
    with pytest.raises(TrainingError, match="Make them with --folds 5 first"):
        run("tiles", "--tiles", tile_file, "--out", tmp_path / "out", "--recipe", recipe)


def test_a_search_leaves_a_recipe(tile_file: Path, recipe: Path, tmp_path: Path) -> None:
    space = tmp_path / "space.yaml"
    space.write_text("fit.learning_rate: [0.001]\n")
    words = ("--tiles", tile_file, "--recipe", recipe, "--space", space, "--out", tmp_path / "search", "--trials", 1)
    record = json.loads(run("search", *words, "--json"))
    assert record["trials"] == 1
    assert record["fit.learning_rate"] == 0.001
    assert yaml.safe_load(Path(record["recipe"]).read_text())["fit"]["learning_rate"] == 0.001
