"""From somebody else's network to a model's folder of ours, with proof that both say the same of tiles.

Needs the `onnx` package; TorchScript needs the `torch` extra too.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from scipy.special import expit, softmax

from models.foreign.classifier import Classifier, Gives, first_line, read_classifier
from models.foreign.describing import Described, manifest_of
from models.foreign.preparation import ForeignModelError, Preparation, prepare, probe_tiles
from models.foreign.wrapping import wrap
from models.foreign.wsinfer import CONFIG_NAME, WEIGHTS_NAME, read_config
from models.manifest import MANIFEST_NAME, write_manifest
from models.registry import sha256_of
from models.runtime import CANNOT_OPEN, open_session, score_tiles

ONNX_NAME = "model.fp32.onnx"
TOLERANCE = 1e-4
"""Largest difference of a probability that rounding explains, a grey level that was rounded the other way included."""
Outputs = Callable[[npt.NDArray[np.generic]], npt.NDArray[np.float64]]


def import_onnx(
    path: Path,
    how: Callable[[Classifier], Preparation],
    described: Described,
    folder: Path,
    *,
    output: str | None = None,
    layout: str | None = None,
    gives: Gives | None = None,
) -> float:
    """Writes a model's folder from any ONNX classifier; returns the largest difference of a probability found.

    Raises ForeignModelError: it is none, or says something else once it is wrapped.
    """
    network = read_classifier(path, output, layout)
    try:
        session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except (RuntimeError, *CANNOT_OPEN) as error:
        raise ForeignModelError(f"{path}: ONNX Runtime cannot open it ({first_line(error)}).") from error

    def outputs(pictures: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        try:
            rows = [
                session.run([network.output_name], {network.input_name: pictures[n : n + 1]})[0]
                for n in range(len(pictures))
            ]
        except CANNOT_OPEN as error:
            raise ForeignModelError(
                f"{path}: cannot run on one picture of {pictures.shape[1:]} ({first_line(error)}). "
                "Check its size and layout."
            ) from error
        return np.stack([np.asarray(row, np.float64).reshape(-1) for row in rows])

    closing = next((node.op_type for node in network.model.graph.node if network.output_name in node.output), "")
    already = gives == "probabilities" or (gives is None and closing in ("Softmax", "Sigmoid"))
    words = f"{path.name} (ONNX)"
    return _write(network, how(network), described, folder, outputs, gives=gives, already=already, words=words)


def import_zoo_model(source: Path, described: Callable[..., Described], why: str, folder: Path) -> float:
    """Writes a model's folder from one of the WSInfer zoo; returns the largest difference of a probability found.

    Args:
        source: folder that holds `config.json` and `torchscript_model.pt`.
        described: makes the description, given `classes` and `mpp`.
        why: the TorchScript may be run.
        folder: to write into.

    Raises ForeignModelError: the model is not understood, or says something else as ONNX.
    """
    from models.foreign.torchscript import load_torchscript, run_torchscript, torchscript_to_onnx

    config = read_config(source / CONFIG_NAME)
    told = described(classes=config.class_names, mpp=config.spacing_um_px)
    told.positions()
    network, how = load_torchscript(source / WEIGHTS_NAME, why), config.preparation()
    inner = folder / "inner.onnx"
    torchscript_to_onnx(network, how.input_px, inner)
    read = read_classifier(inner)
    inner.unlink()
    words = f"{config.architecture} (WSInfer zoo, TorchScript {sha256_of(source / WEIGHTS_NAME)})"
    # The zoo's outputs are logits, whatever stands at the end of the network: WSInfer puts the softmax behind them.
    return _write(
        read, how, told, folder, lambda pictures: run_torchscript(network, pictures), gives="logits", words=words
    )


def _write(
    network: Classifier,
    how: Preparation,
    described: Described,
    folder: Path,
    outputs: Outputs,
    *,
    gives: Gives | None,
    words: str,
    already: bool = False,
) -> float:
    classes, positive = len(described.classes), described.positions()
    tiles = probe_tiles(how.tile_px)
    given = outputs(prepare(tiles, how))
    if given.shape[1] != classes:
        raise ForeignModelError(
            f"{described.name}: gives {given.shape[1]} numbers a picture and {classes} classes are named "
            f"({', '.join(described.classes)}). Name one class for each, in their order."
        )
    if not already and gives is None and given.min() >= 0 and given.max() <= 1:
        raise ForeignModelError(
            f"{described.name}: all it gives lies between 0 and 1. Say --gives probabilities, or --gives logits."
        )
    wrapped = wrap(network, how, classes, positive, gives)
    onnx.save(wrapped, folder / ONNX_NAME)
    expected = _probability(given, positive, apart=_apart(network, gives), already=already)
    found = expit(_scores(folder / ONNX_NAME, tiles))
    difference = float(np.max(np.abs(found - expected)))
    if not difference <= TOLERANCE:
        raise ForeignModelError(
            f"{described.name}: once wrapped, its probabilities differ by up to {difference:.2g} on {len(tiles)} tiles "
            f"(allowed: {TOLERANCE:g}). It cannot be imported."
        )
    write_manifest(manifest_of(described, how, words, folder / ONNX_NAME), folder / MANIFEST_NAME)
    return difference


def _scores(path: Path, tiles: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Logits, first of one tile and then of all others at once: a network that keeps its batch's size is found out."""
    session = open_session(path)
    try:
        return np.concatenate([score_tiles(session, tiles[:1]), score_tiles(session, tiles[1:])])
    except CANNOT_OPEN as error:
        raise ForeignModelError(
            f"{path.name}: cannot run on any number of tiles ({first_line(error)}). Export it with a free batch size."
        ) from error


def _apart(network: Classifier, gives: Gives | None) -> bool:
    """Whether each class has a probability of its own."""
    nodes = network.model.graph.node
    closing = next((node.op_type for node in nodes if network.output_name in node.output), "")
    return gives != "logits" and closing == "Sigmoid"


def _probability(
    given: npt.NDArray[np.float64], positive: tuple[int, ...], *, apart: bool, already: bool
) -> npt.NDArray[np.float64]:
    """Probability (n,) of the positive classes from what the network gives (n, classes)."""
    if not already:
        given = expit(given) if given.shape[1] == 1 else softmax(given, axis=1)
    chosen = given[:, list(positive)].sum(axis=1)
    return np.asarray(chosen if apart or given.shape[1] == 1 else chosen / given.sum(axis=1), dtype=np.float64)
