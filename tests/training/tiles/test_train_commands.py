"""`forrang train tiles` and `forrang train search` as a researcher types them."""

import json
from pathlib import Path

import pytest
import yaml
from structlog.testing import capture_logs
from typer.testing import CliRunner

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

from models.registry import load_model  # noqa: E402
from tests.training.conftest import TILE_PX, tile_rows, write_rows  # noqa: E402
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
    scores = Path(record["scores"])
    made = scores.stat().st_mtime_ns
    assert json.loads(run("tiles", *given, "--folds", 3, "--json", "--resume")) == record
    assert scores.stat().st_mtime_ns == made
    with pytest.raises(TrainingError, match="of other tiles or folds"):
        run("tiles", *given, "--folds", 4, "--resume")


def test_a_finished_run_that_is_resumed_says_so_and_leaves_the_model_alone(
    tile_file: Path, recipe: Path, tmp_path: Path
) -> None:
    given = ("tiles", "--out", tmp_path / "out", "--recipe", recipe)
    with capture_logs() as first:
        folder = Path(run(*given, "--tiles", tile_file, "--resume"))
    assert [line["event"] for line in first[:2]] == ["nothing to go on from: starting", "fitting"]
    assert (folder / "weights.safetensors").stat().st_mode == (folder / "manifest.json").stat().st_mode
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}
    with capture_logs() as said:
        assert run(*given, "--tiles", tile_file, "--resume") == str(folder)
    assert [(line["event"].split(":")[0], line["model"]) for line in said] == [("finished before", "typed@0.1.0")]
    with pytest.raises(TrainingError, match=r"typed@0\.1\.0 is finished, and was made with other options"):
        run(*given, "--tiles", tile_file, "--resume", "--network", "test_resnet")
    other = write_rows(tile_rows(seed=5), tmp_path / "other.parquet")
    with pytest.raises(TrainingError, match="was made with other tiles"):
        run(*given, "--tiles", other, "--resume")
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()} == before


def test_a_model_calibrated_on_folds_wants_them_first(tile_file: Path, recipe: Path, tmp_path: Path) -> None:
    given = ("tiles", "--tiles", tile_file, "--out", tmp_path / "out", "--recipe", recipe)
    with pytest.raises(TrainingError, match="Make them with --folds 3 first"):
        run(*given, "--calibrate-on", "folds")
    run(*given, "--folds", 3)
    made = load_model(Path(run(*given, "--calibrate-on", "folds")))
    assert "corrected by what networks of a cross-validation say of tiles of all 10 patients" in (
        made.manifest.training_data
    )
    with pytest.raises(TrainingError, match="calibrate_on: Input should be 'val' or 'folds'"):
        run(*given, "--calibrate-on", "train")


def test_a_search_leaves_a_recipe(tile_file: Path, recipe: Path, tmp_path: Path) -> None:
    space = tmp_path / "space.yaml"
    space.write_text("fit.learning_rate: [0.001]\n")
    words = ("--tiles", tile_file, "--recipe", recipe, "--space", space, "--out", tmp_path / "search", "--trials", 1)
    record = json.loads(run("search", *words, "--json"))
    assert record["trials"] == 1
    assert record["fit.learning_rate"] == 0.001
    assert yaml.safe_load(Path(record["recipe"]).read_text())["fit"]["learning_rate"] == 0.001
