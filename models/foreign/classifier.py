"""Somebody else's ONNX network, and what its graph says of itself. Needs the `onnx` package."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import onnx
from onnx import TensorProto

from models.foreign.preparation import ForeignModelError

Gives = Literal["logits", "probabilities"]
LEAST_OPSET = 13
"""Since then operators take what they did before as attributes as inputs; wrapping counts on it."""


@dataclass(frozen=True)
class Classifier:
    """Somebody else's network, and what its graph says of itself."""

    model: onnx.ModelProto
    input_name: str
    output_name: str
    layout: str
    input_px: int | None
    """None where the graph leaves it open."""
    integers: bool
    classes: int | None
    """How many numbers it gives a picture; None where the graph does not say."""
    flat: bool
    """Whether its output is (n,) rather than (n, classes)."""


def read_classifier(path: Path, output: str | None = None, layout: str | None = None) -> Classifier:
    """A network from its file.

    Raises ForeignModelError: it is no ONNX file, keeps weights outside it, or does not take one batch of pictures.
    """
    try:
        model = onnx.load(str(path), load_external_data=False)
        onnx.checker.check_model(model)
    except Exception as error:  # onnx and protobuf share no kind of error
        raise ForeignModelError(f"{path}: is no ONNX file that can be read ({first_line(error)}).") from error
    if any(value.data_location == TensorProto.EXTERNAL for value in model.graph.initializer):
        raise ForeignModelError(
            f"{path}: keeps weights in other files. Save it as one file (onnx.save does by itself)."
        )
    opset = max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=0)
    if opset < LEAST_OPSET:
        raise ForeignModelError(f"{path}: is of opset {opset}; export it with {LEAST_OPSET} or newer.")
    constants = {value.name for value in model.graph.initializer}
    inputs = [one for one in model.graph.input if one.name not in constants]
    outputs = [one for one in model.graph.output if output in (None, one.name)]
    if len(inputs) != 1 or len(outputs) != 1:
        raise ForeignModelError(
            f"{path}: takes {[one.name for one in inputs]} and gives {[one.name for one in model.graph.output]}; "
            "it must take one batch of pictures, and where it gives several things, name one with --output."
        )
    shape = [dim.dim_value for dim in inputs[0].type.tensor_type.shape.dim]
    kind = inputs[0].type.tensor_type.elem_type
    if len(shape) != 4 or kind not in (TensorProto.FLOAT, TensorProto.UINT8):
        raise ForeignModelError(
            f"{path}: input {inputs[0].name!r} is {TensorProto.DataType.Name(kind)} {shape}; it must be a batch of "
            "pictures, four-dimensional, in float32 or uint8."
        )
    found = _layout(path, shape, layout)
    sides = {shape[2], shape[3]} if found == "nchw" else {shape[1], shape[2]}
    if len(sides) > 1:
        raise ForeignModelError(f"{path}: takes pictures of {sorted(sides)} px; only square ones are read from slides.")
    given = [dim.dim_value for dim in outputs[0].type.tensor_type.shape.dim]
    return Classifier(
        model=model,
        input_name=inputs[0].name,
        output_name=outputs[0].name,
        layout=found,
        input_px=sides.pop() or None,
        integers=kind == TensorProto.UINT8,
        classes=1 if len(given) == 1 else (given[1] or None) if len(given) == 2 else None,
        flat=len(given) == 1,
    )


def _layout(path: Path, shape: list[int], told: str | None) -> str:
    possible = [name for name, axis in (("nchw", 1), ("nhwc", 3)) if shape[axis] in (0, 3)]
    exact = [name for name, axis in (("nchw", 1), ("nhwc", 3)) if shape[axis] == 3]
    if told is not None:
        if told not in possible:
            raise ForeignModelError(f"{path}: takes {shape}, which is not {told}.")
        return told
    if len(exact) == 1:
        return exact[0]
    raise ForeignModelError(
        f"{path}: takes {shape}, which does not say where the colours are. Say --layout nchw or nhwc."
    )


def first_line(error: Exception) -> str:
    """What a library says went wrong, without its stack."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
