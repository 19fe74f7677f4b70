"""The files of feedback: a table of slides, and tiles cut from the regions that readers drew, as training takes it."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from PIL import Image

from inference.errors import RegionError
from inference.overview import OVERVIEW_PX, picture_mpp
from inference.slides.open import open_slide
from inference.slides.resolution import require_mpp
from inference.slides.slide import Pixels, Slide
from inference.tiling import tile_rows
from inference.tissue import find_tissue
from models.errors import ForrangError
from models.manifest import Manifest
from worklist.reading.feedback import Feedback, LabelledSlide
from worklist.reading.regions import outlines_of

LEAST_WITHIN: Final = 0.5
"""Least part of a tile that must lie in regions of one class for the tile to be of it (A)."""

_SLIDES: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("slide", "patient")),
        ("label", pa.int64()),
        ("split", pa.string()),
        ("readers", pa.int64()),
        *((name, pa.string()) for name in ("site", "scanner", "stain")),
        ("ai_score", pa.float64()),
        ("ai_flagged", pa.bool_()),
        ("model", pa.string()),
    ]
)
_TILES: Final = pa.schema(
    [
        ("png", pa.binary()),
        ("patient", pa.string()),
        ("label", pa.int64()),
        ("split", pa.string()),
        ("slide", pa.string()),
    ]
)


@dataclass(frozen=True)
class Written:
    """What was written."""

    slides: Path
    tiles: Path | None
    """None where no reader drew a region."""
    labelled_slides: int
    labelled_tiles: int
    unread: tuple[str, ...]
    """Slides whose tiles could not be read, and why."""


def tiles_file(out: Path) -> Path:
    """Where the tiles go, beside the table of slides."""
    return out.with_name(f"{out.stem}.tiles.parquet")


def write_feedback(feedback: Feedback, out: Path, manifest: Manifest) -> Written:
    """Writes the table of slides to `out`, and tiles of the model's size and um per px beside it.

    A file is there whole or not at all. Raises ForrangError where it cannot be written.
    """
    by_name = {it.slide: it for it in feedback.slides}
    unread: list[str] = []
    tiles = 0
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with _whole(out) as part:
            columns = {
                field.name: [getattr(it, field.name) for it in feedback.slides] for field in fields(LabelledSlide)
            }
            pq.write_table(pa.table(columns, _SLIDES), part)
        if feedback.drawn:
            with _whole(tiles_file(out)) as part, pq.ParquetWriter(part, _TILES) as writer:
                for name, (path, regions) in feedback.drawn.items():
                    try:
                        rows = [
                            _tile_row(png, label, by_name[name]) for png, label in cut_tiles(path, regions, manifest)
                        ]
                    except ForrangError as error:
                        unread.append(f"slide {name}: {str(error).replace(path.name, 'the file')}")
                        continue
                    tiles += len(rows)
                    writer.write_table(pa.Table.from_pylist(rows, _TILES))
    except OSError as error:
        raise ForrangError(f"{out}: {error.strerror}; choose another place for --out") from error
    return Written(out, tiles_file(out) if feedback.drawn else None, len(by_name), tiles, tuple(unread))


def cut_tiles(path: Path, regions: Sequence[Mapping[str, Any]], manifest: Manifest) -> Iterator[tuple[bytes, int]]:
    """PNG and label of the tiles of tissue that lie in a region, on the grid on which the model reads the slide.

    regions: each reader's, checked. Raises ForrangError where the slide cannot be read; a tile that cannot is left out.
    """
    with open_slide(path) as slide:
        mpp = require_mpp(slide)
        side = manifest.tile_px * manifest.mpp / mpp
        outlines = {
            kind: shapely.union_all([outlines_of(it, kind) for it in regions])
            for kind in ("positive", "negative", "ignore")
        }
        for y, xs in _grid(slide, mpp, manifest):
            labels = tile_labels(np.array(xs), y, side, outlines["positive"], outlines["negative"], outlines["ignore"])
            wanted = np.flatnonzero(labels >= 0)
            for index, pixels in slide.read_row(y, [xs[at] for at in wanted], manifest.tile_px, manifest.mpp):
                if not isinstance(pixels, RegionError):
                    yield _png(pixels), int(labels[wanted[index]])


def tile_labels(
    xs: npt.NDArray[np.float64],
    y: float,
    side: float,
    positive: shapely.Geometry,
    negative: shapely.Geometry,
    ignore: shapely.Geometry,
) -> npt.NDArray[np.int64]:
    """Of a row of tiles: 1 or 0 where enough of it lies in regions of that class and none of it in another's; else -1.

    xs, y: upper left corners, and side, all in level-0 px.
    """
    boxes = shapely.box(xs, y, xs + side, y + side)
    within = [shapely.area(shapely.intersection(boxes, it)) / side**2 for it in (positive, negative, ignore)]
    labels = np.full(len(xs), -1, np.int64)
    labels[(within[0] >= LEAST_WITHIN) & (within[1] == 0) & (within[2] == 0)] = 1
    labels[(within[1] >= LEAST_WITHIN) & (within[0] == 0) & (within[2] == 0)] = 0
    return labels


def _grid(slide: Slide, mpp: float, manifest: Manifest) -> Iterator[tuple[float, tuple[float, ...]]]:
    picture = slide.thumbnail(OVERVIEW_PX)
    px_um = picture_mpp(slide, mpp, picture)
    tissue = find_tissue(picture, (px_um[0] + px_um[1]) / 2)
    for row in tile_rows(tissue, px_um, slide.width, slide.height, mpp, manifest.tile_px, manifest.mpp):
        yield row.y, row.xs


def _tile_row(png: bytes, label: int, slide: LabelledSlide) -> dict[str, object]:
    return {"png": png, "patient": slide.patient, "label": label, "split": slide.split, "slide": slide.slide}


def _png(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
