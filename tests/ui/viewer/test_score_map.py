"""The score map says of each place what the AI found there, that it could not look, or that it did not."""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from ui.viewer.score_map import FAILED, SCORED, ScoreMapError, score_map


def write(folder: Path, rows: list[tuple[float, float, float | None]], side: float = 100.0) -> Path:
    folder.mkdir()
    columns = {"x": [row[0] for row in rows], "y": [row[1] for row in rows], "score": [row[2] for row in rows]}
    sides = {"width": [side] * len(rows), "height": [side] * len(rows)}
    pq.write_table(pa.table(columns | sides), folder / "tiles.parquet")
    return folder


def drawn(folder: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(score_map(folder, size))))


def test_each_tile_is_drawn_where_it_lies(tmp_path: Path) -> None:
    folder = write(tmp_path / "result", [(0, 0, 1.0), (200, 100, 0.2), (300, 100, None)])
    image = drawn(folder, (400, 200))
    assert image.shape == (4, 8, 3)
    assert image[0, 0].tolist() == [255, SCORED, 0]
    assert image[2, 4].tolist() == [51, SCORED, 0]
    assert image[2, 6].tolist() == [0, FAILED, 0]
    assert image[0, 4].tolist() == [0, 0, 0]


def test_where_tiles_overlap_the_highest_shows(tmp_path: Path) -> None:
    image = drawn(write(tmp_path / "result", [(0, 0, 0.9), (50, 0, 0.1)]), (200, 100))
    assert image[0, :, 0].tolist() == [230, 230, 26, 0]


def test_a_large_slide_is_drawn_coarser(tmp_path: Path) -> None:
    image = drawn(write(tmp_path / "result", [(0, 0, 0.5)], side=1.0), (100_000, 50_000))
    assert image.shape == (1024, 2048, 3)
    assert image[0, 0].tolist() == [128, SCORED, 0]


def test_scores_that_cannot_be_read_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ScoreMapError, match="score the slide again"):
        score_map(tmp_path / "nothing", (10, 10))
