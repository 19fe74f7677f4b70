"""The data report finds what would make figures false, and shows it."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

pytest.importorskip("imagehash")

from tests.training.conftest import png_of, tile_rows, write_rows
from training.data.duplicates import find_twins, fingerprint
from training.data.examination import Examination, examine
from training.data.findings import find_faults
from training.data.report_page import report_page
from training.errors import TileSetError


def texture(seed: int, side: int = 48) -> npt.NDArray[np.uint8]:
    """A tile with a look of its own: coloured blots."""
    small = np.random.default_rng(seed).integers(40, 255, (6, 6, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC))


def saved_again(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The same, shrunk and compressed."""
    file = io.BytesIO()
    Image.fromarray(pixels).resize((33, 33)).save(file, "JPEG", quality=50)
    return np.asarray(Image.open(file).convert("RGB"))


def twins_of(tiles: list[npt.NDArray[np.uint8]]) -> set[tuple[int, int]]:
    prints = [fingerprint(tile) for tile in tiles]
    found = find_twins(np.array([bits for bits, _ in prints], np.uint64), np.stack([thumb for _, thumb in prints]))
    return {(it.first, it.second) for it in found}


def test_a_tile_saved_again_is_found_and_others_are_not() -> None:
    tiles = [texture(seed) for seed in range(300)]
    assert twins_of(tiles) == set()
    assert twins_of([*tiles, saved_again(tiles[3]), saved_again(tiles[290])]) == {(3, 300), (290, 301)}


def test_glass_is_nobodys_twin() -> None:
    rng = np.random.default_rng(0)
    assert twins_of([np.clip(rng.normal(243, 2, (48, 48, 3)), 0, 255).astype(np.uint8) for _ in range(9)]) == set()


@pytest.fixture
def sound(tmp_path: Path) -> dict[str, list[object]]:
    """Columns of a set without faults: 12 patients of a class in each of three splits."""
    rows: dict[str, list[object]] = {"png": [], "patient": [], "label": [], "split": []}
    for number in range(144):
        split = ("train", "val", "test")[number // 48]
        rows["png"].append(png_of(texture(number)))
        rows["patient"].append(f"{split} {'abcdefghijkl'[number % 12]}")
        rows["label"].append(number // 12 % 2)
        rows["split"].append(split)
    return rows


def examined(rows: dict[str, list[object]], tmp_path: Path) -> Examination:
    return examine(write_rows(rows, tmp_path / "tiles.parquet"))


def sentences(seen: Examination, *, stops: bool) -> str:
    return "\n".join(it.sentence for it in find_faults(seen) if it.stops == stops)


def test_a_sound_set_has_no_findings(sound: dict[str, list[object]], tmp_path: Path) -> None:
    seen = examined(sound, tmp_path)
    assert find_faults(seen) == ()
    assert "Nothing stops training" in report_page(seen, ())


def test_what_stops_training_is_said(sound: dict[str, list[object]], tmp_path: Path) -> None:
    sound["png"][0] = b"rubbish"
    sound["label"][1] = None
    sound["patient"][2] = ""
    sound["patient"][3] = "test a"
    sound["png"][140] = png_of(saved_again(texture(10)))
    seen = examined(sound, tmp_path)
    told = sentences(seen, stops=True)
    assert "1 tile with an image that cannot be read" in told
    assert "1 tile with no label" in told
    assert "1 tile with no patient" in told
    assert "1 patient in more than one split, such as test a" in told
    assert "1 pair of tiles show one picture in two splits" in told
    assert "1 pair of tiles show one picture for two patients" in sentences(seen, stops=False)
    page = report_page(seen, find_faults(seen))
    assert "row 10: train, patient train k, negative | row 140: test, patient test i, positive" in page
    assert "Images that cannot be read" in page
    assert "Not fit to train" in page


def test_a_split_of_one_class_or_one_patient_and_a_set_of_either_are_said(
    sound: dict[str, list[object]], tmp_path: Path
) -> None:
    seen = examined(sound, tmp_path)
    one_class = replace(seen, labels=np.where(seen.splits == "val", 1, seen.labels))
    assert "Split val has one class" in sentences(one_class, stops=True)
    one_patient = replace(seen, patients=np.where(seen.splits == "val", "only", seen.patients))
    assert "Split val has one patient" in sentences(one_patient, stops=True)
    few = replace(
        seen, patients=np.where(seen.splits == "val", np.char.add("v", seen.labels.astype(str)), seen.patients)
    )
    assert "Split val has 1 patient with label" in sentences(few, stops=False)
    assert "All tiles are of one class" in sentences(replace(seen, labels=np.ones_like(seen.labels)), stops=True)
    assert "All tiles are of one patient" in sentences(replace(seen, patients=np.full(len(seen), "p")), stops=True)


def test_what_a_person_should_look_at_is_said(sound: dict[str, list[object]], tmp_path: Path) -> None:
    sound["png"][9] = png_of(saved_again(texture(45)))  # of the same patient, with another label
    sound["png"][5] = png_of(np.repeat(texture(5).mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2))
    sound["png"][6] = png_of(np.full((48, 48, 3), 250, np.uint8))
    sound["png"][7] = png_of(texture(7)[:3])
    sound["scanner"] = ["old" if label else "new" for label in sound["label"]]
    sound["mpp"] = [0.5] * 100 + [1.0] * 44
    told = sentences(examined(sound, tmp_path), stops=False)
    assert "1 pair of tiles show one picture with two labels" in told
    assert "1 tile is grey" in told
    assert "1 tile is empty glass" in told
    assert "1 tile is narrow, under 12 px on one side" in told
    assert "All tiles of scanner old have label 1" in told
    assert "0.5 to 1 um per px" in told


def test_patients_with_names_alike_in_two_splits_are_asked_about(
    sound: dict[str, list[object]], tmp_path: Path
) -> None:
    sound["patient"] = [{"train a": "225AB", "val a": "225G"}.get(str(it), it) for it in sound["patient"]]
    told = sentences(examined(sound, tmp_path), stops=False)
    assert "1 group of patients with names alike in several splits, such as 225AB (train), 225G (val)" in told


def test_names_from_the_file_are_shown_as_text(sound: dict[str, list[object]], tmp_path: Path) -> None:
    sound["patient"] = [f"<b>{it}" for it in sound["patient"]]
    page = report_page(examined(sound, tmp_path), ())
    assert "&lt;b&gt;train " in page
    assert "<b>" not in page


def test_patients_of_one_class_each_are_said_to_be_what_counts(tmp_path: Path) -> None:
    rows = tile_rows()
    rows["patient"] = [f"{patient}/{label}" for patient, label in zip(rows["patient"], rows["label"], strict=True)]
    assert "what counts is 28 patients, not 168 tiles" in sentences(examined(rows, tmp_path), stops=False)


def test_a_file_without_tiles_or_without_a_column_is_refused(tmp_path: Path) -> None:
    empty: dict[str, list[object]] = {"png": [], "patient": [], "label": [], "split": []}
    with pytest.raises(TileSetError, match="holds no tile"):
        examined(empty, tmp_path)
    with pytest.raises(TileSetError, match="column 'split' is missing"):
        examined({name: [] for name in ("png", "patient", "label")}, tmp_path)


def test_the_shared_tiles_hold_no_picture_twice(data_dir: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(data_dir / "idc" / "tiles.parquet").slice(0, 8749)
    pq.write_table(table.take(list(range(0, len(table), 8))), tmp_path / "part.parquet")
    seen = examine(tmp_path / "part.parquet")
    assert (len(seen), seen.twins, seen.unreadable) == (1094, (), ())
    assert not any(it.stops for it in find_faults(seen))
