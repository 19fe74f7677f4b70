"""Slide heads take bags of any size in any order, attend to what decides, and are the same in torch and in ONNX."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.calibration import Platt
from models.errors import ManifestError, UnknownModelError, WeightsError
from models.heads.head_export import export_head
from models.heads.head_manifest import HEAD_MANIFEST_NAME, HeadKind, HeadManifest, write_head_manifest
from models.heads.head_registry import SlideHead, find_head, list_heads, load_head
from models.heads.head_runtime import BagError, HeadScorer
from models.heads.networks import Head, HeadEnsemble, Projection, make_head
from models.manifest import Threshold, WeightFile
from models.registry import list_models, sha256_of

SIZE = 6
KINDS: tuple[HeadKind, ...] = ("mean", "max", "top-share", "gated-attention", "dual-stream")


def made(kind: HeadKind) -> Head:
    torch.manual_seed(3)
    return make_head(kind, SIZE, 8, 0.2, 0.25).eval()


def said(head: Head, bag: torch.Tensor) -> tuple[float, np.ndarray]:
    rows = torch.arange(len(bag))[None]
    with torch.inference_mode():
        pooled = head(bag, rows, torch.ones_like(rows, dtype=torch.bool))
    return float(pooled.logits.mean()), pooled.attention[0].numpy()


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_instances_changes_nothing_but_the_order_of_attention(kind: HeadKind) -> None:
    bag = torch.randn(9, SIZE, generator=torch.Generator().manual_seed(1))
    turned = torch.randperm(9, generator=torch.Generator().manual_seed(2))
    logit, attention = said(made(kind), bag)
    other, moved = said(made(kind), bag[turned])
    assert other == pytest.approx(logit, abs=1e-5)
    assert moved == pytest.approx(attention[turned.numpy()], abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bag_says_the_same_alone_and_filled_up_beside_a_longer_one(kind: HeadKind) -> None:
    table = torch.randn(12, SIZE, generator=torch.Generator().manual_seed(1))
    rows = torch.tensor([[0, 1, 2, 0, 0, 0, 0, 0, 0], list(range(3, 12))])
    real = torch.tensor([[True] * 3 + [False] * 6, [True] * 9])
    with torch.inference_mode():
        both = made(kind)(table, rows, real)
    for bag, own in enumerate((table[:3], table[3:])):
        logit, attention = said(made(kind), own)
        assert float(both.logits.mean(0)[bag]) == pytest.approx(logit, abs=1e-5)
        assert both.attention[bag, : len(own)].numpy() == pytest.approx(attention, abs=1e-5)
        assert float(both.attention[bag, len(own) :].sum()) == 0
        assert float(both.attention[bag].sum()) == pytest.approx(1, abs=1e-5)


def test_the_maximum_attends_to_one_instance_and_the_mean_to_all_alike() -> None:
    bag = torch.randn(8, SIZE, generator=torch.Generator().manual_seed(1))
    assert sorted(said(made("max"), bag)[1].tolist()) == [0] * 7 + [1]
    assert said(made("mean"), bag)[1].tolist() == pytest.approx([1 / 8] * 8)
    assert sorted(said(made("top-share"), bag)[1].tolist()) == [0] * 6 + [0.5] * 2


def write_head(folder: Path, kind: HeadKind = "dual-stream") -> HeadEnsemble:
    folder.mkdir(parents=True)
    ensemble = HeadEnsemble(Projection(torch.ones(SIZE), torch.eye(SIZE)), [made(kind), made("mean")]).eval()
    export_head(ensemble, SIZE, folder / "head.onnx", folder / "head.safetensors")
    manifest = HeadManifest(
        name="small",
        version="1.0.0",
        kind=kind,
        members=2,
        size=SIZE,
        embedded_by=None,
        classes=("none", "tumour"),
        calibration=Platt(slope=2.0, intercept=-1.0),
        threshold=Threshold(value=0.3, chosen="by hand, for a test."),
        training_data="None.",
        licence="Apache-2.0",
        intended_use="Tests.",
        limits=("Not for clinical use.",),
        files={"onnx": WeightFile(path="head.onnx", sha256=sha256_of(folder / "head.onnx"))},
    )
    write_head_manifest(manifest, folder / HEAD_MANIFEST_NAME)
    return ensemble


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("heads") / "small"
    write_head(place)
    return place


@pytest.mark.parametrize("count", [1, 2, 40])
def test_onnx_says_what_torch_says_of_bags_of_any_size(folder: Path, tmp_path: Path, count: int) -> None:
    ensemble = HeadEnsemble(Projection(torch.ones(SIZE), torch.eye(SIZE)), [made("dual-stream"), made("mean")]).eval()
    bag = np.random.default_rng(count).normal(size=(count, SIZE)).astype(np.float32)
    found = HeadScorer(load_head(folder)).score(bag)
    with torch.inference_mode():
        logit, attention = ensemble(torch.from_numpy(bag))
    assert found.logit == pytest.approx(float(logit[0]), abs=1e-4)
    assert found.attention == pytest.approx(attention.numpy(), abs=1e-5)
    assert found.probability == pytest.approx(1 / (1 + np.exp(-(2 * found.logit - 1))))
    assert found.flagged == (found.probability >= 0.3)


@pytest.mark.parametrize("bag", [np.zeros((0, SIZE)), np.zeros((3, SIZE + 1)), np.full((2, SIZE), np.nan)])
def test_a_bag_that_is_none_is_refused(folder: Path, bag: np.ndarray) -> None:
    with pytest.raises(BagError, match="small@1"):
        HeadScorer(load_head(folder)).score(bag.astype(np.float32))


def test_heads_are_found_by_name_and_are_no_tile_models(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path))
    before = [model.manifest.label for model in list_models()]
    write_head(tmp_path / "models" / "small")
    assert find_head("small").manifest == find_head("small@1.0.0").manifest == find_head(str(folder)).manifest
    assert "small" in [head.manifest.name for head in list_heads()]
    assert [model.manifest.label for model in list_models()] == before
    with pytest.raises(UnknownModelError, match="small"):
        find_head("no-such-head")


def test_weights_that_were_changed_are_not_used(tmp_path: Path) -> None:
    write_head(tmp_path / "small")
    with (tmp_path / "small" / "head.onnx").open("ab") as file:
        file.write(b"more")
    with pytest.raises(WeightsError, match=r"head\.onnx"):
        HeadScorer(load_head(tmp_path / "small"))


def test_a_file_of_weights_that_lies_elsewhere_is_refused(tmp_path: Path) -> None:
    write_head(tmp_path / "small")
    path = tmp_path / "small" / HEAD_MANIFEST_NAME
    path.write_text(path.read_text().replace('"head.onnx"', '"../head.onnx"'))
    with pytest.raises(ManifestError, match="plain name"):
        load_head(tmp_path / "small")


def test_a_head_without_its_safetensors_says_so(folder: Path) -> None:
    with pytest.raises(WeightsError, match="torch"):
        SlideHead(load_head(folder).manifest, folder).weights("torch")
