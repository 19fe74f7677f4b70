"""A model judged in every way: the report says it all on one page, and the command says the figures."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cli import commands
from models.registry import Model
from tests.support.made_tiles import made_tiles
from tests.support.tiny_model import make_tiny_model
from training.errors import TileSetError, TrainingError
from training.judging.evaluate import choose_threshold, compare, evaluate
from training.judging.judgement import Judgement, judge
from training.judging.report import report
from training.judging.robustness import judge_robustness

TILE_PX = 16


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny-dark", tile_px=TILE_PX, mpp=10.0)


@pytest.fixture(scope="module")
def judged(model: Model, tile_file: Path) -> Judgement:
    return judge(model, tile_file, sensitivity=0.9, hold_to="bound", against=model, replications=2)


def test_everything_is_judged(judged: Judgement) -> None:
    assert judged.evaluation.auc > 0.9
    assert judged.used is not None
    assert [choice.on_val.wanted for choice in judged.choices] == [0.8, 0.9, 0.95]
    assert {one.disturbance.name for one in judged.robustness} == {"stain", "blur", "JPEG", "resolution"}
    assert {group.kind for group in judged.groups} >= {"burden", "sharpness"}
    assert len(judged.triage) == 6
    assert judged.missed
    assert judged.alarms
    assert judged.against is not None
    assert all(one.value == 0 for one in judged.against.differences)


def test_a_network_without_embeddings_is_judged_without_the_leakage_check(judged: Judgement) -> None:
    assert isinstance(judged.leakage, str)
    assert judged.leakage.startswith("Not checked: ")


def test_the_report_is_one_page_that_says_it_all(judged: Judgement) -> None:
    text = report(judged)
    assert "<script" not in text
    assert text.count("<svg") == 8
    for title in ("In short", "Threshold", "Groups", "Other stains and scanners", "Worth in a department", "Leakage"):
        assert f"<h2>{title}</h2>" in text
    assert f"{judged.evaluation.auc:.3f}" in text
    assert "Knows nothing." in text
    assert "nan" not in re.sub(r"base64,[^\"]*", "", text).lower()


def test_changed_pictures_begin_with_the_tiles_as_they_are() -> None:
    tiles = made_tiles()

    def darkness(images: np.ndarray) -> np.ndarray:
        return np.asarray(1 - images.mean(axis=(1, 2, 3)) / 255, dtype=np.float64)

    found = judge_robustness(darkness, tiles, 0.4, 1.0)
    for one in found:
        start = next(point for point in one.points if point.strength == one.disturbance.strengths[0])
        assert all(change.value == 0 for change in start.changes)
        assert [point.strength for point in one.points] == sorted(one.disturbance.strengths)


def test_a_threshold_is_chosen_on_val_and_used_on_test(model: Model, tile_file: Path, judged: Judgement) -> None:
    point = choose_threshold(model, tile_file, 0.9, "bound")
    assert point.sensitivity_low >= 0.9
    assert evaluate(model, tile_file, threshold=point.threshold).threshold == point.threshold
    assert judged.evaluation.threshold == point.threshold


def test_a_lighter_model_is_told_apart_from_itself_by_nothing(model: Model, tile_file: Path) -> None:
    assert all((one.low, one.high) == (0, 0) for one in compare(model, model, tile_file))


def test_a_split_that_is_not_there_is_named(model: Model, tile_file: Path) -> None:
    with pytest.raises(TileSetError, match="no split 'nowhere'"):
        judge(model, tile_file, "nowhere")


def test_the_command_says_figures_threshold_and_comparison(model: Model, tile_file: Path) -> None:
    asked = ["evaluate", str(model.folder), "--tiles", str(tile_file), "--against", str(model.folder)]
    done = CliRunner().invoke(commands, [*asked, "--sensitivity", "0.9", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["auc_ci"][0] <= said["auc"] <= said["auc_ci"][1]
    assert said["threshold"] == said["chosen_on_val"]["threshold"]
    assert said["against"]["model"] == "tiny-dark@1.0.0"
    plain = CliRunner().invoke(commands, asked)
    assert "calibration error" in plain.output
    assert "less tiny-dark@1.0.0" in plain.output


def test_a_report_with_nowhere_to_go_is_refused_at_once(model: Model, tile_file: Path, tmp_path: Path) -> None:
    asked = ["evaluate", str(model.folder), "--tiles", str(tile_file), "--report", str(tmp_path / "no" / "r.html")]
    done = CliRunner().invoke(commands, asked)
    assert isinstance(done.exception, TrainingError)
    assert "folder that is there" in str(done.exception)
