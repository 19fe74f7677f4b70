"""A small labelled tile file with a class that can be seen: positive tiles are darker and more violet."""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

TILE_PX = 16


def draw_tile(label: int, rng: np.random.Generator, height: int = TILE_PX) -> npt.NDArray[np.uint8]:
    """One tile (height, 16, 3): violet where positive, pink where not."""
    colour = np.array([110, 60, 140]) if label else np.array([225, 170, 200])
    noise = rng.normal(0, 18, (height, TILE_PX, 3))
    return np.clip(colour + noise, 0, 255).astype(np.uint8)


def png_of(image: npt.NDArray[np.uint8]) -> bytes:
    """The bytes of a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def tile_rows(seed: int = 0) -> dict[str, list[object]]:
    """Columns of a tile file: 6 train, 4 val and 4 test patients with 12 tiles each, half of them positive."""
    rng = np.random.default_rng(seed)
    rows: dict[str, list[object]] = {"png": [], "patient": [], "label": [], "split": []}
    for split, patients in (("train", 6), ("val", 4), ("test", 4)):
        for patient in range(patients):
            for tile in range(12):
                label = tile % 2
                height = 9 if tile == 0 else TILE_PX
                rows["png"].append(png_of(draw_tile(label, rng, height)))
                rows["patient"].append(f"{split}-{patient}")
                rows["label"].append(label)
                rows["split"].append(split)
    return rows


def write_rows(rows: dict[str, list[object]], path: Path) -> Path:
    """The columns as a Parquet file."""
    pq.write_table(pa.table(rows), path)
    return path


@pytest.fixture(scope="session")
def tile_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small tile file."""
    return write_rows(tile_rows(), tmp_path_factory.mktemp("tiles") / "tiles.parquet")
