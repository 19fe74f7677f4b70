"""The bundled slide head: it is whole, reads the bundled model's embeddings, and looks at the carcinoma."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from inference.embedding import embed_slide
from inference.score_with_head import model_of
from models.heads.head_registry import find_head
from models.heads.head_runtime import HeadScorer
from training.heads.head_card import write_head_card


def test_every_file_is_the_one_in_its_head_json_and_the_card_says_the_same() -> None:
    head = find_head("idc-screen-head")
    assert head.weights("onnx").is_file()
    assert head.weights("torch").is_file()
    assert (head.folder / "CARD.md").read_text("utf-8") == write_head_card(head.manifest)


def test_its_tile_model_is_here_with_the_weights_it_was_fitted_on() -> None:
    model, _ = model_of(find_head("idc-screen-head"))
    assert model.manifest.name == "idc-screen"


def test_it_looks_at_the_carcinoma(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path))
    head = find_head("idc-screen-head")
    model, tensor = model_of(head)
    slide = embed_slide(data_dir / "slides" / "idc_14306.tif", model, tensor)
    attention = HeadScorer(head).score(slide.vectors).attention
    cells = np.asarray(Image.open(data_dir / "slides" / "idc_14306_truth.png"))
    truth = cells[(slide.y // 50).astype(int), (slide.x // 50).astype(int)]
    known = truth > 0
    assert roc_auc_score(truth[known] == 200, attention[known]) > 0.85
