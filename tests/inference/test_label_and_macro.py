"""Invariant 8: what the label and the macro image show stays in the reader; no result, page or export is made of it."""

import ast
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.engines.onnx_cpu import OnnxEngine
from inference.pipeline import score_slide
from inference.slides.open import open_slide
from tests.conftest import PROJECT
from tests.support.slides import make_slide
from tests.support.tiny_model import make_tiny_model
from tests.worklist.trail.test_clean_slide import append_label

ROOMS = ("models", "inference", "training", "planner", "worklist", "ui")
ASKS = frozenset({"label_and_macro_images", "associated_images"})
MAY_ASK = {
    "inference/slides/openslide_reader.py": "the reader",
    "inference/slides/tiff_reader.py": "the reader of TIFF, which asks the first",
    "worklist/trail/clean_slide.py": "proves that a copy holds none",
    "ui/viewer/glass.py": "shows them to a role that may see them, and puts the look on the trail",
}
"""Files that may ask for the images beside the scan, and why. A page that shows them asks for the role first."""


def asks(source: str) -> bool:
    """Whether a source reads or imports what gives the label and macro images; to define the method is no asking."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in ASKS:
            return True
        if isinstance(node, ast.ImportFrom) and {it.name for it in node.names} & ASKS:
            return True
    return False


def test_nobody_asks_for_the_label_and_macro_images_but_those_who_may() -> None:
    files = [path for room in ROOMS for path in (PROJECT / room).rglob("*.py")]
    asking = {path.relative_to(PROJECT).as_posix() for path in files if asks(path.read_text("utf-8"))}
    assert asking == set(MAY_ASK)


def test_the_inspection_sees_what_it_looks_for() -> None:
    assert asks("slide.label_and_macro_images()")
    assert asks("from inference.slides.openslide_reader import associated_images")
    assert not asks("class Slide:\n    def label_and_macro_images(self): ...")


def test_nothing_of_a_label_is_in_a_result(tmp_path: Path) -> None:
    path = make_slide(tmp_path / "a.svs")
    append_label(path, bytes(range(100, 148)))
    with open_slide(path) as slide:
        assert list(slide.label_and_macro_images()) == ["label"]
    model = make_tiny_model(tmp_path / "tiny")
    result = score_slide(path, model, OnnxEngine(model), tmp_path / "out")
    assert result.status == "scored"
    written = {it.name for it in (tmp_path / "out").rglob("*") if it.is_file()}
    assert written == {"result.json", "tiles.parquet", "heatmap.png", "thumbnail.jpg", "regions.geojson"}
    with Image.open(Path(result.result or "") / "thumbnail.jpg") as thumbnail, open_slide(path) as slide:
        scan = Image.fromarray(slide.thumbnail(thumbnail.width)).resize(thumbnail.size)
        assert np.abs(np.asarray(thumbnail, float) - np.asarray(scan, float)).mean() == pytest.approx(0, abs=10)
