"""A list to label is made from a pool or from scored slides, filled in, and put back; what is wrong is named."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from models.registry import Model
from tests.support.scorers import stub_result
from training.commands.suggest import suggest_commands
from training.errors import TileSetError, TrainingError
from training.labelling.pool import fill_labels, read_pool
from training.labelling.suggest import SHEET, TABLE, suggest_slides, suggest_tiles

Rows = dict[str, list[object]]


def written(rows: Rows, path: Path) -> Path:
    pq.write_table(pa.table(rows), path)
    return path


def lines_of(folder: Path) -> list[dict[str, str]]:
    with (folder / TABLE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def pool(pool_rows: Rows, tmp_path: Path) -> Path:
    return written(pool_rows, tmp_path / "pool.parquet")


def test_doubtful_tiles_without_a_label_are_listed_and_shown(pool: Path, colour_model: Model, tmp_path: Path) -> None:
    assert suggest_tiles(colour_model, pool, tmp_path / "out", 3) == 3
    lines = lines_of(tmp_path / "out")
    rows = [int(line["row"]) for line in lines]
    assert all(row >= 4 for row in rows)
    assert all(0.01 < float(line["probability"]) < 0.99 for line in lines)
    assert len({line["patient"] for line in lines}) == 3
    assert [line["x"] for line in lines] == [str(row) for row in rows]
    sheet = (tmp_path / "out" / SHEET).read_text("utf-8")
    assert sheet.count("<img") == 3
    assert "tiny-dark@1.0.0" in sheet


def test_a_pool_without_the_column_label_is_all_unlabelled(
    pool_rows: Rows, colour_model: Model, tmp_path: Path
) -> None:
    del pool_rows["label"]
    found = read_pool(written(pool_rows, tmp_path / "pool.parquet"), colour_model)
    assert not found.known.any()
    assert found.features.shape == (40, 3)
    assert np.all(np.diff(found.probabilities[::2]) <= 0)  # from dark to light


def test_a_list_that_was_filled_in_goes_back_into_the_pool(pool: Path, tmp_path: Path) -> None:
    filled = tmp_path / "filled.csv"
    filled.write_text("row,label\n7,1\n9,0\n11,\n", encoding="utf-8")
    assert fill_labels(pool, filled, pool) == 2
    labels = pq.read_table(pool)["label"].to_pylist()
    assert (labels[0], labels[7], labels[9], labels[11]) == (1, 1, 0, None)


@pytest.mark.parametrize("line", ["99,1", "x,1", "7,2", "7,yes"])
def test_a_line_that_fits_nothing_is_named_and_changes_nothing(line: str, pool: Path, tmp_path: Path) -> None:
    filled = tmp_path / "filled.csv"
    filled.write_text(f"row,label\n8,1\n{line}\n", encoding="utf-8")
    before = pool.read_bytes()
    with pytest.raises(TileSetError, match=r"filled\.csv, line 3"):
        fill_labels(pool, filled, pool)
    assert pool.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"label": [0] * 40}, "no tile lacks a label"),
        ({"png": [b"x"] * 40}, "row 0, column 'png' is not an image"),
        ({"png": None}, "column 'png' is missing"),
    ],
)
def test_a_pool_that_cannot_be_used_is_told(
    change: dict[str, list[object] | None], named: str, pool_rows: Rows, colour_model: Model, tmp_path: Path
) -> None:
    rows = {name: values for name, values in (pool_rows | change).items() if values is not None}
    with pytest.raises(TileSetError, match=named):
        read_pool(written(rows, tmp_path / "pool.parquet"), colour_model)


def test_a_file_that_is_no_pool_is_told(colour_model: Model, tmp_path: Path) -> None:
    (tmp_path / "pool.parquet").write_bytes(b"text")
    with pytest.raises(TileSetError, match="Parquet"):
        read_pool(tmp_path / "pool.parquet", colour_model)


def scored(folder: Path, name: str, score: float, tiles: np.ndarray, model: str = "a@1") -> None:
    """A result folder as `forrang score` leaves it."""
    place = folder / name
    place.mkdir(parents=True)
    result = stub_result(f"{name}.svs", model, score=score).model_copy(update={"threshold": 0.4})
    (place / "result.json").write_text(result.model_dump_json(), encoding="utf-8")
    pq.write_table(pa.table({"score": tiles}), place / "tiles.parquet")
    (place / "thumbnail.jpg").write_bytes(b"\xff\xd8\xff")


def test_slides_near_the_threshold_come_before_those_that_are_sure(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, score in (("sure", 0.99), ("near", 0.41), ("low", 0.01), ("other", 0.3)):
        scored(tmp_path / "results", name, score, rng.random(50) * score)
    assert suggest_slides(tmp_path / "results", tmp_path / "out", 2) == 2
    lines = lines_of(tmp_path / "out")
    assert {line["slide"] for line in lines} == {"near.svs", "other.svs"}
    assert {line["label"] for line in lines} == {""}


def test_results_of_two_models_are_not_compared(tmp_path: Path) -> None:
    for name, model in (("one", "a@1"), ("two", "a@2")):
        scored(tmp_path, name, 0.5, np.ones(3), model)
    with pytest.raises(TrainingError, match="a@1, a@2"):
        suggest_slides(tmp_path, tmp_path / "out", 1)


def test_a_folder_without_results_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="forrang score"):
        suggest_slides(tmp_path, tmp_path / "out", 1)


def test_the_command_says_where_the_list_is(pool: Path, colour_model: Model, tmp_path: Path) -> None:
    words = ["tiles", str(pool), "--model", str(colour_model.folder), "--out", str(tmp_path / "out"), "--count", "2"]
    told = CliRunner().invoke(suggest_commands, words, catch_exceptions=False)
    assert told.exit_code == 0
    assert told.output.startswith("2 tiles to label")
    filled = tmp_path / "out" / TABLE
    filled.write_text(filled.read_text("utf-8").replace(",\n", ",1\n"), encoding="utf-8")
    told = CliRunner().invoke(
        suggest_commands, ["fill", str(pool), str(filled), "--out", str(tmp_path / "new.parquet")]
    )
    assert told.output.startswith("2 labels put into")
