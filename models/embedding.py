"""What a tile network sees before it decides: the vector (embedding) that goes into its last layer.

An exported network already computes it. Naming it as one more output, in memory, leaves the weight file as it is.
"""

import importlib.util
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from models.errors import ModelError, WeightsError
from models.registry import Model
from models.runtime import CANNOT_OPEN, INPUT_NAME, OUTPUT_NAME, session_options

_LAST_LAYERS = ("Gemm", "MatMul")
_PASSED_THROUGH = ("QuantizeLinear", "DequantizeLinear")
_GRAPH_OF_MODEL, _OUTPUT_OF_GRAPH, _NAME_OF_OUTPUT = 7, 12, 1
"""Numbers of the fields in onnx.proto (ONNX, version 1.17): P."""


def embedding_tensor(model: Model) -> str:
    """Name of the tensor that goes into the last fully connected layer of the model's default weights.

    Needs the `onnx` package. Raises ModelError without it; WeightsError: the network does not end in such a layer.
    """
    if importlib.util.find_spec("onnx") is None:
        raise ModelError("embeddings need the package onnx, of the extra `torch`: run `make install`")
    import onnx  # scoring knows the name from the head's manifest, and needs no such package

    path = model.weights()
    nodes = onnx.load(path).graph.node
    makers = {output: node for node in nodes for output in node.output}
    last = next((node for node in reversed(nodes) if node.op_type in _LAST_LAYERS), None)
    if last is None:
        raise WeightsError(f"{path}: the network does not end in a fully connected layer, so it has no embedding.")
    name: str = last.input[0]
    while name in makers and makers[name].op_type in _PASSED_THROUGH:
        name = makers[name].input[0]
    return name


def embedding_session(model: Model, tensor: str | None = None, threads: int = 1) -> ort.InferenceSession:
    """A session of the model's default weights that gives the logit and, as its last output, the embedding.

    Args:
        model: from `models.registry.find_model`.
        tensor: what `embedding_tensor` says, which is asked where none is given (needs the `onnx` package).
        threads: that ONNX Runtime may use.

    Raises WeightsError: the file is not the manifest's, or has no such tensor.
    """
    name = tensor or embedding_tensor(model)
    path = model.weights()
    try:
        return ort.InferenceSession(
            path.read_bytes() + _one_more_output(name), session_options(threads), providers=["CPUExecutionProvider"]
        )
    except (RuntimeError, *CANNOT_OPEN) as error:
        raise WeightsError(
            f"{path}: has no embedding named {name!r} ({error}). Use the model that the head was made with."
        ) from error


def run_tiles(
    session: ort.InferenceSession, tiles: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Logits (n,) and embeddings (n, d) of one batch of tiles uint8 (n, tile_px, tile_px, 3), RGB."""
    logits, embeddings = session.run([OUTPUT_NAME, _embedding_name(session)], {INPUT_NAME: tiles})
    return np.asarray(logits, np.float32), np.asarray(embeddings, np.float32)


def embed_tiles(
    session: ort.InferenceSession, tiles: npt.NDArray[np.uint8], batch: int = 32
) -> npt.NDArray[np.float32]:
    """Embeddings (n, d) of tiles uint8 (n, tile_px, tile_px, 3), RGB, n >= 1, a batch at a time."""
    parts: list[Any] = [run_tiles(session, tiles[start : start + batch])[1] for start in range(0, len(tiles), batch)]
    return np.concatenate(parts)


def _embedding_name(session: ort.InferenceSession) -> str:
    return str(session.get_outputs()[-1].name)


def _one_more_output(name: str) -> bytes:
    """Bytes that, put behind a serialised model, add an output: a protobuf reader merges what stands twice."""
    output = _field(_NAME_OF_OUTPUT, name.encode())
    return _field(_GRAPH_OF_MODEL, _field(_OUTPUT_OF_GRAPH, output))


def _field(number: int, content: bytes) -> bytes:
    """A protobuf field of a kind that says its own length."""
    length, size = len(content), b""
    while length > 127:
        size, length = size + bytes([length & 127 | 128]), length >> 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + content
