"""The files of feedback: a table of slides, and tiles cut from the regions that readers drew, as training takes it."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from PIL import Image

from inference.errors import RegionError
from inference.labelled_tiles import LabelledTile, Outlines, cut_labelled
from inference.slides.open import open_slide
from inference.slides.slide import Pixels
from models.errors import ForrangError
from models.manifest import Manifest
from worklist.reading.feedback import Feedback, LabelledSlide
from worklist.reading.regions import outlines_of

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
        *((name, pa.string()) for name in ("split", "slide", "site", "scanner")),
        *((name, pa.float64()) for name in ("mpp", "x", "y", "side")),
    ]
)
"""The one form of labelled tiles, as training reads it."""


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
                        tiles_of_it = cut_tiles(path, regions, manifest)
                        rows = [_tile_row(tile, by_name[name], manifest.mpp) for tile in tiles_of_it]
                    except ForrangError as error:
                        unread.append(f"slide {name}: {str(error).replace(path.name, 'the file')}")
                        continue
                    tiles += len(rows)
                    writer.write_table(pa.Table.from_pylist(rows, _TILES))
    except OSError as error:
        raise ForrangError(f"{out}: {error.strerror}; choose another place for --out") from error
    return Written(out, tiles_file(out) if feedback.drawn else None, len(by_name), tiles, tuple(unread))


def cut_tiles(path: Path, regions: Sequence[Mapping[str, Any]], manifest: Manifest) -> Iterator[LabelledTile]:
    """The tiles of tissue that lie in a region, on the grid on which the model reads the slide.

    regions: each reader's, checked. Raises ForrangError where the slide cannot be read; a tile that cannot is left out.
    """
    outlines = Outlines(
        *(shapely.union_all([outlines_of(it, kind) for it in regions]) for kind in ("positive", "negative", "ignore"))
    )
    with open_slide(path) as slide:
        for tile in cut_labelled(slide, outlines, manifest.tile_px, manifest.mpp):
            if not isinstance(tile, RegionError):
                yield tile


def _tile_row(tile: LabelledTile, slide: LabelledSlide, mpp: float) -> dict[str, object]:
    return {
        "png": _png(tile.pixels),
        "patient": slide.patient,
        "label": tile.label,
        "split": slide.split,
        "slide": slide.slide,
        "site": slide.site,
        "scanner": slide.scanner,
        "mpp": mpp,
        "x": tile.x,
        "y": tile.y,
        "side": tile.side,
    }


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
