"""`forrang data ...` as a researcher types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.training.conftest import TILE_PX, tile_rows, write_rows
from training.commands.data import data_commands
from training.data.splits import patients_in_several_splits
from training.data.tile_set import read_tiles, read_who
from training.errors import TileSetError


def run(*words: object, status: int = 0) -> str:
    result = CliRunner().invoke(data_commands, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result.stdout


@pytest.fixture
def unsplit(tmp_path: Path) -> Path:
    """Tiles under another name, without a split."""
    rows = tile_rows()
    del rows["split"]
    rows["image"] = rows.pop("png")
    return write_rows(rows, tmp_path / "source.parquet")


def test_tiles_are_brought_in_and_told(unsplit: Path, tmp_path: Path) -> None:
    out = tmp_path / "tiles.parquet"
    words = ("tiles", unsplit, "--out", out, "--column", "png=image", "--shares", "50/50", "--seed", 3)
    told = json.loads(run(*words, "--json"))
    assert told["patients"] == {"train": 7, "test": 7}
    assert (told["given"], told["left_out"]) == (False, {})
    assert set(read_tiles(out, ("train", "test"), TILE_PX)) == {"train", "test"}
    assert told["split_sha256"][:16] in run(*words)


def test_a_set_from_elsewhere_goes_into_one_split(unsplit: Path, tmp_path: Path) -> None:
    out = tmp_path / "tiles.parquet"
    run("tiles", unsplit, "--out", out, "--column", "png=image", "--into-split", "test")
    assert set(read_who(out).splits.tolist()) == {"test"}


@pytest.mark.parametrize(
    "words", [("--column", "png"), ("--shares", "many"), ("--shares", "60/0/40"), ("--shares", "100")]
)
def test_words_that_make_no_sense_are_refused(words: tuple[str, str], unsplit: Path, tmp_path: Path) -> None:
    run("tiles", unsplit, "--out", tmp_path / "out.parquet", *words, status=2)


def test_splits_are_verified_and_made_anew(tile_file: Path, tmp_path: Path) -> None:
    told = json.loads(run("split", tile_file, "--json"))
    assert told[str(tile_file)]["patients"] == {"train": 6, "val": 4, "test": 4}
    out = tmp_path / "new.parquet"
    run("split", tile_file, "--out", out, "--shares", "70/30")
    assert set(read_who(out).splits.tolist()) == {"train", "test"}
    rows = tile_rows()
    rows["patient"][-1] = "train-0"
    torn = write_rows(rows, tmp_path / "torn.parquet")
    with pytest.raises(TileSetError, match="train-0"):
        run("split", torn)
    run("split", torn, "--out", torn)
    assert "train-0" in read_who(torn).patients
    run("split", torn)


def test_cross_validation_is_a_file_a_round_and_every_patient_is_judged_once(tile_file: Path, tmp_path: Path) -> None:
    run("split", tile_file, "--folds", 4, "--out", tmp_path / "rounds")
    judged: list[str] = []
    for number in range(1, 5):
        who = read_who(tmp_path / "rounds" / f"fold-{number}-of-4.parquet")
        assert patients_in_several_splits(who.patients, who.splits) == []
        assert set(who.splits.tolist()) == {"train", "val", "test"}
        judged += sorted(set(who.patients[who.splits == "test"].tolist()))
    assert sorted(judged) == sorted(set(read_who(tile_file).patients.tolist()))
    run("split", tile_file, "--folds", 4, status=2)


def test_the_report_is_written_and_says_by_its_status_whether_something_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("imagehash")
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    rows = tile_rows()
    path = write_rows(rows, tmp_path / "data" / "tiles.parquet")
    told = json.loads(run("report", path, "--json"))
    assert told["tiles"] == 168
    assert (tmp_path / "tiles.report.html").read_text().startswith("<!doctype html>")
    assert [it.name for it in (tmp_path / "data").iterdir()] == ["tiles.parquet"]
    rows["label"][0] = None
    path = write_rows(rows, tmp_path / "other.parquet")
    assert "stops  1 tile with no label" in run("report", path, "--out", tmp_path / "r.html", status=1)
