"""From slides or bags to a head that scores slides: every step as the commands take it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from cli import commands
from inference.embedding import SlideEmbeddings
from inference.score_with_head import attention_grid, attention_picture, model_of, score_with_head
from models.errors import ForrangError, ModelError, WeightsError
from models.heads.head_manifest import EmbeddedBy
from models.heads.head_registry import find_head, load_head
from tests.support.slides import make_slide
from tests.support.tiny_embedder import make_tiny_embedder
from training.data.bag_set import BagSet
from training.errors import BagSetError, TrainingError
from training.heads.bag_files import read_bags, write_bags
from training.heads.built_bags import build_bags_of_tiles
from training.heads.head_options import HeadOptions
from training.heads.judge_head import evaluate_head
from training.heads.slide_bag_set import bags_of_table, embedded_by
from training.heads.train_head import HeadDescription, description, train_head

QUICK = HeadOptions(kind="max", hidden=4, epochs=3, members=2)
MADE_BY = EmbeddedBy(model="tiny-dark@1.0.0", weights_sha256="b" * 64, tensor="colour")


def bags(count: int, split: str) -> BagSet:
    rng = np.random.default_rng(count)
    labels = np.arange(count) % 2
    made = tuple((rng.normal(size=(int(rng.integers(1, 9)), 3)) + label).astype(np.float32) for label in labels)
    names = np.array([f"{split}{number}" for number in range(count)])
    return BagSet(made, labels.astype(np.int64), names, names)


@pytest.fixture
def splits() -> dict[str, BagSet]:
    return {"train": bags(24, "t"), "val": bags(10, "v"), "test": bags(12, "e")}


def test_the_folder_holds_what_was_chosen_on_held_out_bags_and_measured_on_test(
    splits: dict[str, BagSet], tmp_path: Path
) -> None:
    candidates = (QUICK, QUICK.model_copy(update={"kind": "mean"}))
    head = train_head(splits, MADE_BY, candidates, HeadDescription(name="made"), tmp_path)
    assert sorted(path.name for path in head.folder.iterdir()) == [
        "CARD.md", "head.json", "head.onnx", "head.safetensors",
    ]  # fmt: skip
    manifest = head.manifest
    assert manifest.embedded_by == MADE_BY
    measured = {metric.name: metric for metric in manifest.metrics}
    assert {"AUC of the kind max", "AUC of the kind mean"} <= set(measured)
    found = evaluate_head(load_head(head.folder), splits["test"], MADE_BY)
    assert measured["AUC"].value == pytest.approx(found.auc)
    assert measured["AUC"].on.startswith("test: 12 bags")
    card = (head.folder / "CARD.md").read_text()
    assert "train: 24 bags (12 positive)" in card
    assert manifest.files["onnx"].sha256 in card
    with pytest.raises(WeightsError, match="cccccccccccc"):
        evaluate_head(head, splits["test"], MADE_BY.model_copy(update={"weights_sha256": "c" * 64}))


def test_without_a_split_to_fit_there_is_no_head(splits: dict[str, BagSet], tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="'train'"):
        train_head({"val": splits["val"]}, None, (QUICK,), HeadDescription(name="made"), tmp_path)


def test_a_description_names_the_field_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "about.yaml"
    path.write_text("licence: free\nlimts: [none]\n")
    with pytest.raises(TrainingError, match=r"about\.yaml: limts"):
        description(path, name="made")
    path.write_text("licence: free\n")
    assert description(path, name="made").licence == "free"


@pytest.fixture
def slide_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight small slides, every other one dark, and the model that sees it, as a researcher's own."""
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "home"))
    make_tiny_embedder(tmp_path / "home" / "models" / "tiny-dark")
    lines = ["slide,patient,label,split"]
    for number in range(8):
        make_slide(tmp_path / f"s{number}.svs", seed=number, dark=number % 2 == 1)
        lines.append(f"s{number}.svs,p{number},{number % 2},{'test' if number > 5 else 'train'}")
    table = tmp_path / "slides.csv"
    table.write_text("\n".join(lines) + "\n")
    return table


def test_slides_become_bags_a_head_and_scores_with_a_picture_of_where_it_looked(
    slide_table: Path, tmp_path: Path
) -> None:
    run = CliRunner()
    file = tmp_path / "bags.parquet"
    made = run.invoke(commands, ["heads", "bags", str(slide_table), "--model", "tiny-dark", "--out", str(file)])
    assert made.exit_code == 0, made.output
    assert {split: len(part) for split, part in read_bags(file)[0].items()} == {"train": 6, "test": 2}
    splits, made_by = bags_of_table(slide_table, "tiny-dark", 1)
    head = train_head(
        {"train": splits["train"]}, made_by, (QUICK,), HeadDescription(name="small"), tmp_path / "home" / "models"
    )
    assert find_head("small").folder == head.folder
    slide = tmp_path / "s1.svs"
    said = run.invoke(
        commands, ["heads", "score", str(slide), "--head", "small", "--out", str(tmp_path / "out"), "--json"]
    )
    assert said.exit_code == 0, said.output
    record = json.loads(said.stdout)
    assert 0 <= record["score"] <= 1
    assert record["weights_sha256"] == head.manifest.files["onnx"].sha256
    with Image.open(Path(record["result"]) / "attention.png") as picture:
        assert picture.size == (1024, 768)
    judged = run.invoke(commands, ["heads", "evaluate", "small", "--bags", str(file), "--json"])
    assert judged.exit_code == 0, judged.output
    assert json.loads(judged.stdout)["n"] == 2
    listed = run.invoke(commands, ["heads", "list"])
    assert "small@0.1.0" in listed.stdout


def test_train_slides_makes_a_head_from_a_file_of_bags(splits: dict[str, BagSet], tmp_path: Path) -> None:
    file = tmp_path / "bags.parquet"
    write_bags(file, splits, None)
    words = ["train", "slides", "--name", "made", "--bags", str(file), "--kind", "mean", "--axes", "2"]
    ran = CliRunner().invoke(commands, [*words, "--out", str(tmp_path), "--json"])
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["kind"] == "mean"
    with pytest.raises(ForrangError, match="either"):
        CliRunner().invoke(commands, words[:4], catch_exceptions=False)


def test_a_slide_without_a_label_stops_and_one_that_cannot_be_read_does_not(slide_table: Path) -> None:
    (slide_table.parent / "s0.svs").write_bytes(b"no slide")
    splits, _ = bags_of_table(slide_table, "tiny-dark", 1)
    assert splits["train"].names.tolist() == [f"s{number}.svs" for number in range(1, 6)]
    slide_table.write_text(slide_table.read_text().replace("s3.svs,p3,1", "s3.svs,p3,"))
    with pytest.raises(BagSetError, match=r"s3\.svs"):
        bags_of_table(slide_table, "tiny-dark", 1)


def test_a_head_scores_slides_only_with_the_weights_it_was_fitted_on(slide_table: Path, tmp_path: Path) -> None:
    head = train_head({"train": bags(24, "t")}, MADE_BY, (QUICK,), HeadDescription(name="other"), tmp_path)
    with pytest.raises(WeightsError, match="bbbbbbbbbbbb"):
        score_with_head(tmp_path / "s0.svs", head, tmp_path / "out")
    unbound = train_head({"train": bags(24, "t")}, None, (QUICK,), HeadDescription(name="none"), tmp_path)
    with pytest.raises(ModelError, match="not fitted on slides"):
        model_of(unbound)


def test_attention_lies_on_the_grid_and_the_highest_is_red() -> None:
    x, y = np.array([0.0, 100.0, 0.0]), np.array([0.0, 0.0, 100.0])
    slide = SlideEmbeddings("a" * 64, 200, 200, 100.0, x, y, np.zeros((3, 2), np.float32))
    attention = np.array([0.1, 0.7, 0.2], np.float32)
    grid = attention_grid(slide, attention)
    assert grid[0].tolist() == pytest.approx([0.1, 0.7])
    assert np.isnan(grid[1, 1])
    picture = attention_picture(slide, attention)
    assert picture[50, 150].tolist() == [215, 48, 39, 255]
    assert picture[50, 50].tolist() == [69, 117, 180, 255]
    assert picture[150, 150, 3] == 0


def test_bags_are_built_within_groups_of_patients_of_one_split(tile_file: Path, tmp_path: Path) -> None:
    model = make_tiny_embedder(tmp_path / "tiny", 16)
    splits = build_bags_of_tiles(tile_file, model, 4, (6, 10), (0.3, 0.3), 1)
    assert {split: len(part) for split, part in splits.items()} == {"train": 8, "val": 8, "test": 8}
    for split, part in splits.items():
        assert part.labels.tolist() == [0, 1] * 4
        assert sorted(set(part.patients.tolist())) == [f"{split}-00", f"{split}-01"]
    assert embedded_by(model).tensor == "colour"
