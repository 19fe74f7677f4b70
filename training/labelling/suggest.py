"""Suggests what to label next: tiles of a pool, or slides that were scored; a list to fill in, a sheet to look at."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from inference.result_folder import RESULT, read_result
from inference.results import SlideResult
from models.registry import Model
from training.errors import TileSetError, TrainingError
from training.judging.html import Section, gallery, page, picture, said, write_report
from training.labelling.choose import centred, choose, turned
from training.labelling.pool import PLACE, read_pool, take_rows

TABLE, SHEET = "to_label.csv", "to_label.html"
LEVELS = np.linspace(0, 1, 21)
"""Quantiles of a slide's tile scores: what slides are compared by."""


def suggest_tiles(model: Model, pool: Path, out: Path, count: int, threads: int = 2) -> int:
    """Writes `to_label.csv` and `to_label.html` into `out`; returns how many tiles are on them.

    Args:
        model: whose embedding tiles are compared by, and whose doubt counts.
        pool: Parquet with `png`, `patient` and, where a label is known already, `label`.
        out: folder, made if it is not there.
        count: how many are wanted.
        threads: that ONNX Runtime may use.

    Raises TileSetError: the pool is wrong, or has no tile without a label. TrainingError: nothing is asked for, or
    `out` cannot be written.
    """
    tiles = read_pool(pool, model, threads)
    (features,) = turned(tiles.features)
    chosen = choose(features, tiles.probabilities, tiles.patients, tiles.known, count)
    shown = take_rows(pool, chosen)
    lines = [
        {
            "row": int(at),
            "probability": round(float(tiles.probabilities[at]), 4),
            **{name: row[name] for name in ("patient", *PLACE) if name in row},
            "label": "",
        }
        for at, row in zip(chosen, shown, strict=True)
    ]
    pictures = [
        picture(row["png"], f"row {line['row']}, {line['probability']:.2f}")
        for row, line in zip(shown, lines, strict=True)
    ]
    told = (
        f"{len(lines)} of {int(np.sum(~tiles.known))} tiles without a label, the one that teaches most first "
        f"({model.manifest.label}). Write 0 or 1 ({model.manifest.positive}) into the column `label` of {TABLE}."
    )
    _write(out, lines, page("Tiles to label next", [Section("What to do", [said(told), gallery(pictures)])]))
    return len(lines)


def suggest_slides(results: Path, out: Path, count: int) -> int:
    """Writes both files into `out` for slides that `forrang score` scored; returns how many are on them.

    A slide is most doubtful at its model's threshold. Slides are compared by the quantiles of their tiles' scores; each
    counts as a patient, since a result names none.

    Raises TrainingError: no scored result is there, results are of several models, or as `suggest_tiles`.
    """
    found = _scored(results)
    if not found:
        raise TrainingError(f"{results}: no result of a scored slide is in there. Run `forrang score` into it first.")
    models = sorted({result.model for _, result, _ in found})
    if len(models) > 1:
        raise TrainingError(f"{results}: results are of {', '.join(models)}. Give each model a folder of its own.")
    (looks,) = turned(np.stack([_tile_quantiles(folder) for folder, *_ in found]))
    doubt = np.array([float(centred(score, result.threshold or 0.5)) for _, result, score in found])
    names = np.array([folder.name for folder, *_ in found])
    chosen = choose(looks, doubt, names, np.zeros(len(found), dtype=bool), count)
    lines = [
        {"slide": result.slide, "score": score, "threshold": result.threshold, "result": folder.name, "label": ""}
        for folder, result, score in (found[at] for at in chosen)
    ]
    pictures = [
        picture((found[at][0] / "thumbnail.jpg").read_bytes(), f"{found[at][1].slide}, {found[at][2]:.2f}")
        for at in chosen
    ]
    told = f"{len(lines)} of {len(found)} slides, the one that teaches most first ({models[0]}). Write 0 or 1 as label."
    _write(out, lines, page("Slides to label next", [Section("What to do", [said(told), gallery(pictures)])]))
    return len(lines)


def _scored(results: Path) -> list[tuple[Path, SlideResult, float]]:
    read = ((file.parent, read_result(file.parent)) for file in sorted(results.glob(f"*/{RESULT}")))
    return [(folder, result, result.score) for folder, result in read if result and result.score is not None]


def _tile_quantiles(folder: Path) -> npt.NDArray[np.float64]:
    path = folder / "tiles.parquet"
    try:
        scores = pq.read_table(path, columns=["score"])["score"].to_numpy()
    except (OSError, KeyError) as error:
        raise TileSetError(f"{path}: cannot be read ({error}). Score this slide again.") from error
    return np.asarray(np.nanquantile(scores.astype(np.float64), LEVELS), dtype=np.float64)


def _write(out: Path, lines: Sequence[Mapping[str, object]], sheet: str) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / TABLE).write_text(text.getvalue(), encoding="utf-8")
    except OSError as error:
        raise TrainingError(f"{out}: cannot be written ({error.strerror}). Name another folder.") from error
    write_report(sheet, out / SHEET)
