"""The bundled model on real slides, from the command line: what is scored, what is not, and where it looks."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from tests.test_cli import forrang

pytestmark = pytest.mark.e2e

Results = dict[str, dict[str, object]]


def score(home: Path, out: Path, *arguments: object) -> tuple[int, Results]:
    ran = forrang(home, "score", *arguments, "--out", out, "--device", "cpu", "--json")
    assert "Traceback" not in ran.stderr
    return ran.returncode, {result["slide"]: result for result in map(json.loads, ran.stdout.splitlines())}


@pytest.fixture(scope="module")
def folder(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Results]:
    base = tmp_path_factory.mktemp("real")
    return score(base / "home", base / "out", data_dir / "slides")


def test_every_slide_of_the_folder_has_one_result(folder: tuple[int, Results]) -> None:
    status, results = folder
    assert status == 1  # one of them failed
    assert {name: result["status"] for name, result in results.items()} == {
        "CMU-1-Small-Region.svs": "scored",
        "her2st_B4.tif": "scored",
        "idc_14306.tif": "scored",
        "TCGA-CR-7395_crop.svs": "rejected",
        "fluorescence.ndpi": "rejected",
        "vl-wsm_pen-marks.dcm": "rejected",
        "truncated.svs": "failed",
    }


def test_what_is_not_scored_says_why_and_what_to_do(folder: tuple[int, Results]) -> None:
    _, results = folder
    for name in ("TCGA-CR-7395_crop.svs", "vl-wsm_pen-marks.dcm"):
        assert "--mpp" in str(results[name]["reason"])
    assert "not bright-field H&E" in str(results["fluorescence.ndpi"]["reason"])
    assert "truncated.svs" in str(results["truncated.svs"]["reason"])
    for result in results.values():
        assert (result["score"] is None) == (result["status"] != "scored")


@pytest.mark.parametrize(("name", "mpp"), [("TCGA-CR-7395_crop.svs", 0.25), ("vl-wsm_pen-marks.dcm", 0.5)])
def test_a_slide_without_resolution_is_scored_once_it_is_said(
    data_dir: Path, tmp_path: Path, name: str, mpp: float
) -> None:
    status, results = score(tmp_path / "home", tmp_path / "out", data_dir / "slides" / name, "--mpp", mpp)
    assert status == 0
    assert results[name]["status"] == "scored"
    assert results[name]["mpp"] == mpp


def test_the_dicom_file_says_what_was_assumed_of_it(folder: tuple[int, Results]) -> None:
    quality = folder[1]["vl-wsm_pen-marks.dcm"]["quality"]
    assert isinstance(quality, dict)
    assert quality["assumptions"]


def test_tile_scores_follow_the_truth_of_a_slide_never_trained_on(data_dir: Path, folder: tuple[int, Results]) -> None:
    result = folder[1]["idc_14306.tif"]
    assert result["flagged"] is True
    tiles = pq.read_table(Path(str(result["result"])) / "tiles.parquet").to_pydict()
    with Image.open(data_dir / "slides" / "idc_14306_truth.png") as image:
        truth = np.asarray(image)  # one px a cell of 50 x 50 px: 200 carcinoma, 100 none, 0 no tissue tile
    cells = truth[(np.array(tiles["y"]) // 50).astype(int), (np.array(tiles["x"]) // 50).astype(int)]
    known = cells > 0
    assert known.sum() >= 400
    assert roc_auc_score(cells[known] == 200, np.array(tiles["score"])[known]) >= 0.94
    assert roc_auc_score(cells[known] == 200, np.array(tiles["alone"])[known]) >= 0.90


def test_the_heatmap_of_her2st_is_hotter_in_the_tumour_at_the_left(folder: tuple[int, Results]) -> None:
    result = folder[1]["her2st_B4.tif"]
    tiles = pq.read_table(Path(str(result["result"])) / "tiles.parquet").to_pydict()
    x, y, scores = (np.array(tiles[name], float) for name in ("x", "y", "score"))
    tumour = (x < 0.36 * 9272) & (y > 0.6 * 9923)
    assert scores[tumour].mean() > 2 * scores[~tumour].mean()
