"""Labelled tiles are read whole, filled up at the edge, and never with a patient in two splits."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.conftest import TILE_PX, png_of, tile_rows, write_rows
from training.data.splits import patients_in_several_splits
from training.data.tile_set import pad_tile, read_tiles
from training.errors import TileSetError


def test_a_split_is_read_with_its_labels_and_patients(tile_file: Path) -> None:
    data = read_tiles(tile_file, ("train", "test"), TILE_PX)
    assert set(data) == {"train", "test"}
    assert data["train"].tiles.shape == (72, TILE_PX, TILE_PX, 3)
    assert data["train"].tiles.dtype == np.uint8
    assert data["test"].labels.sum() == 24
    assert len(set(data["test"].patients)) == 4
    assert set(data["train"].take(data["train"].labels == 1).labels) == {1}


def test_no_patient_of_one_split_is_in_another(tile_file: Path) -> None:
    data = read_tiles(tile_file, ("train", "val", "test"), TILE_PX)
    seen: set[str] = set()
    for tiles in data.values():
        patients = set(tiles.patients.tolist())
        assert not patients & seen
        seen |= patients


def test_a_tile_at_the_edge_is_filled_up_with_white_to_the_right_and_below(tile_file: Path) -> None:
    tile = read_tiles(tile_file, ("val",), TILE_PX)["val"].tiles[0]
    assert (tile[9:] == 255).all()
    assert tile[:9].mean() < 250
    padded = pad_tile(np.zeros((2, 3, 3), np.uint8), 4)
    assert padded[:2, :3].sum() == 0
    assert (padded[2:] == 255).all()
    assert (padded[:, 3:] == 255).all()


def test_a_patient_in_two_splits_is_refused_by_name(tmp_path: Path) -> None:
    rows = tile_rows()
    rows["patient"][-1] = "train-0"
    with pytest.raises(TileSetError, match=r"tiles\.parquet: patient train-0 .* more than one split"):
        read_tiles(write_rows(rows, tmp_path / "tiles.parquet"), ("test",), TILE_PX)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["train", "val", "test"])), max_size=40))
def test_crossing_patients_are_exactly_those_with_several_splits(pairs: list[tuple[str, str]]) -> None:
    crossing = patients_in_several_splits([p for p, _ in pairs], [s for _, s in pairs])
    expected = {p for p, _ in pairs if len({s for q, s in pairs if q == p}) > 1}
    assert set(crossing) == expected
    assert crossing == sorted(crossing)


def test_the_shared_tiles_keep_every_patient_in_one_split(data_dir: Path) -> None:
    data = read_tiles(data_dir / "idc" / "tiles.parquet", ("train", "val", "test"), 50)
    assert {name: (len(tiles), len(set(tiles.patients))) for name, tiles in data.items()} == {
        "train": (4838, 140),
        "val": (1120, 29),
        "test": (2791, 65),
    }


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("label", 2, "row 167, column 'label' must hold only 0 and 1, and holds 2"),
        ("label", None, "row 167, column 'label' must hold only 0 and 1, and holds None"),
        ("patient", None, "row 167, column 'patient' says nothing"),
        ("split", "", "row 167, column 'split' says nothing"),
        ("png", None, "row 167, column 'png' is not an image"),
        ("png", b"not an image", "row 167, column 'png' is not an image"),
        ("png", png_of(np.zeros((40, 40, 3), np.uint8)), "row 167 is 40x40 px and the model reads 16 px"),
    ],
)
def test_a_wrong_row_is_named(column: str, value: object, message: str, tmp_path: Path) -> None:
    rows = tile_rows()
    rows[column][-1] = value
    with pytest.raises(TileSetError, match=message):
        read_tiles(write_rows(rows, tmp_path / "tiles.parquet"), ("test",), TILE_PX)


def test_a_missing_column_a_missing_split_and_a_file_that_is_none_are_named(tile_file: Path, tmp_path: Path) -> None:
    rows = tile_rows()
    del rows["patient"]
    with pytest.raises(TileSetError, match="column 'patient' is missing"):
        read_tiles(write_rows(rows, tmp_path / "a.parquet"), ("test",), TILE_PX)
    with pytest.raises(TileSetError, match="no split 'holdout'; the file has test, train, val"):
        read_tiles(tile_file, ("holdout",), TILE_PX)
    (tmp_path / "b.parquet").write_text("x,y")
    with pytest.raises(TileSetError, match=r"b\.parquet: cannot be read"):
        read_tiles(tmp_path / "b.parquet", ("test",), TILE_PX)
    with pytest.raises(TileSetError, match=r"c\.parquet: cannot be read"):
        read_tiles(tmp_path / "c.parquet", ("test",), TILE_PX)


def test_what_else_a_file_says_of_its_tiles_is_kept_and_goes_with_them(tmp_path: Path) -> None:
    rows = tile_rows()
    rows["site"] = ["" if number % 3 else "Herlev" for number in range(168)]
    rows["scanner"] = [None] * 168
    rows["mpp"] = [None if number % 2 else 0.5 for number in range(168)]
    test = read_tiles(write_rows(rows, tmp_path / "tiles.parquet"), ("test",), TILE_PX)["test"]
    assert (test.slides, test.scanners) == (None, None)
    taken = test.take(np.array([2, 1, 0]))
    assert taken.sites is not None
    assert taken.sites.tolist() == test.sites[[2, 1, 0]].tolist()  # type: ignore[index]
    assert taken.mpp is not None
    assert np.isnan(taken.mpp).tolist() == [False, True, False]
    assert (taken.tiles == test.tiles[[2, 1, 0]]).all()
    rows["mpp"] = ["fine"] * 168
    with pytest.raises(TileSetError, match="column 'mpp' holds what is no number"):
        read_tiles(write_rows(rows, tmp_path / "odd.parquet"), ("test",), TILE_PX)
