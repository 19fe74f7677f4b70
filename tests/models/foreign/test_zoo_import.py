"""A model as the WSInfer zoo has it says the same of tiles once it is ours, and TorchScript runs only when told why."""

import io
import json
import pickle
import warnings
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.special import expit

from models.foreign.describing import NOT_CALIBRATED, Described
from models.foreign.importing import import_zoo_model
from models.foreign.preparation import ForeignModelError
from models.foreign.wsinfer import read_config
from models.registry import load_model
from models.runtime import open_session, score_tiles
from models.shelf import check_scores
from tests.models.foreign.conftest import PX, zoo_config

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

WHY = "made by this test"
Write = Callable[..., Path]


def described(*positive: str) -> Callable[..., Described]:
    return partial(Described, name="zoo-model", version="1.0.0", positive=positive)


def tissue(count: int = 9) -> np.ndarray:
    rng = np.random.default_rng(3)
    colour = rng.integers(60, 240, (count, 1, 1, 3))
    return np.clip(colour + rng.normal(0, 40, (count, PX, PX, 3)), 0, 255).astype(np.uint8)


def run_directly(folder: Path, tiles: np.ndarray, size: int = 32) -> np.ndarray:
    """The zoo's own way: Pillow, torchvision's transforms, TorchScript, softmax."""
    from torchvision.transforms import v2

    config = json.loads((folder / "config.json").read_text())["transform"]
    normal = config[-1]["arguments"]
    prepared = v2.Compose(
        [
            v2.Resize(size),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(normal["mean"], normal["std"]),
        ]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = torch.jit.load(str(folder / "torchscript_model.pt")).eval()
    with torch.inference_mode():
        logits = network(torch.stack([prepared(Image.fromarray(tile)) for tile in tiles]))
    probabilities = logits.softmax(1) if logits.shape[1] > 1 else logits.sigmoid()
    return probabilities.double().numpy()


@pytest.mark.parametrize(
    ("classes", "positive", "scripted"),
    [
        (("other", "tumour"), ("tumour",), False),
        (("other", "tumour", "stroma"), ("tumour",), True),
        (("lepidic", "benign", "solid"), ("lepidic", "solid"), False),
        (("tumour",), ("tumour",), False),
    ],
)
def test_the_imported_model_gives_the_probabilities_of_the_torchscript_run_directly(
    write_zoo_model: Write, tmp_path: Path, classes: tuple[str, ...], positive: tuple[str, ...], scripted: bool
) -> None:
    source = write_zoo_model(classes, scripted=scripted)
    out = tmp_path / "ours"
    out.mkdir()
    difference = import_zoo_model(source, described(*positive), WHY, out)
    assert 0 <= difference <= 1e-4
    model = load_model(out)
    check_scores(model)
    tiles = tissue()
    ours = model.manifest.calibration.probability(score_tiles(open_session(model.weights()), tiles))
    theirs = run_directly(source, tiles)[:, [classes.index(name) for name in positive]].sum(axis=1)
    assert np.ptp(theirs) > 0.05
    assert np.abs(ours - theirs).max() < 1e-4


def test_the_manifest_says_what_was_read_from_the_config_and_what_is_not_known(
    write_zoo_model: Write, tmp_path: Path
) -> None:
    out = tmp_path / "ours"
    out.mkdir()
    import_zoo_model(write_zoo_model(), described("tumour"), WHY, out)
    manifest = load_model(out).manifest
    assert (manifest.tile_px, manifest.input_px, manifest.mpp) == (PX, 32, 2.0)
    assert manifest.mean == pytest.approx((0.7 * 255, 0.57 * 255, 0.68 * 255))
    assert manifest.classes == ("other", "tumour", "stroma")
    assert NOT_CALIBRATED in manifest.limits
    assert manifest.metrics == ()
    assert [path.name for path in sorted(out.iterdir())] == ["manifest.json", "model.fp32.onnx"]
    assert manifest.calibration.probability([0.3]) == pytest.approx(expit([0.3]))


def test_without_a_reason_the_torchscript_is_not_run(write_zoo_model: Write, tmp_path: Path) -> None:
    with pytest.raises(ForeignModelError, match="a program that runs when it is opened"):
        import_zoo_model(write_zoo_model(), described("tumour"), "  ", tmp_path)


class Trap:
    """Says so when somebody unpickles it."""

    def __reduce__(self) -> tuple[object, ...]:
        return (pytest.fail, ("a pickle was opened",))


def test_a_pickle_in_place_of_torchscript_is_refused_unopened(write_zoo_model: Write, tmp_path: Path) -> None:
    source = write_zoo_model()
    weights = source / "torchscript_model.pt"
    weights.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ForeignModelError, match="no TorchScript file"):
        import_zoo_model(source, described("tumour"), WHY, tmp_path)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Trap()))
    weights.write_bytes(held.getvalue())
    with pytest.raises(ForeignModelError, match="a pickle of weights"):
        import_zoo_model(source, described("tumour"), WHY, tmp_path)


def test_an_unknown_positive_class_is_refused_naming_the_classes(write_zoo_model: Write, tmp_path: Path) -> None:
    with pytest.raises(ForeignModelError, match="other, tumour, stroma"):
        import_zoo_model(write_zoo_model(), described("cancer"), WHY, tmp_path)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"spec_version": "9"}, "spec_version"),
        ({"class_names": ["one"]}, "class_names"),
        ({"spacing_um_px": 0}, "spacing_um_px"),
        ({"transform": [{"name": "ColorJitter"}]}, "transform"),
        ({"transform": [{"name": "ToTensor"}, {"name": "Resize", "arguments": {"size": 32}}]}, "in this order"),
        ({"transform": [{"name": "Resize", "arguments": {"size": [32, 48]}}, {"name": "ToTensor"}]}, "same for both"),
        (
            {"transform": [{"name": "Resize", "arguments": {"size": 32, "max_size": 9}}, {"name": "ToTensor"}]},
            "'max_size' is not understood",
        ),
        (
            {"transform": [{"name": "ToTensor"}, {"name": "Normalize", "arguments": {"mean": [1], "std": [1]}}]},
            "three numbers",
        ),
        (
            {
                "transform": [
                    {"name": "ToTensor"},
                    {"name": "Normalize", "arguments": {"mean": [0] * 3, "std": [0] * 3}},
                ]
            },
            "above zero",
        ),
    ],
)
def test_a_config_that_is_not_understood_is_refused_naming_the_field(
    tmp_path: Path, change: dict[str, object], named: str
) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(zoo_config() | change))
    with pytest.raises(ForeignModelError, match=named) as caught:
        read_config(path)
    assert str(path) in str(caught.value)
