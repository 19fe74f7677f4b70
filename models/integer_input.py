"""Lets an int8 network take pixels as they are: uint8 values are already the integers that its first layer multiplies.

An exported network turns pixels into floats, normalises them, and an int8 one makes integers of them again. That is
half the time of a small network. Where nothing but normalisation stands between the tiles and the first convolution,
`fold_normalisation` moves it into that layer's weights before quantisation, and `take_pixels` then drops the detour:

    before   tiles > transpose > float > minus mean > times scale > [resize to the same size] > integers > convolution
    after    tiles > transpose > convolution

Exact but for the padding around a tile: it is `zero` in every channel where it was the channel's mean. The two are
equal when all channels share one mean, and under 12 grey levels apart on a border one pixel wide for ImageNet's.
Needs the `onnx` package.
"""

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from models.errors import ModelError
from models.runtime import INPUT_NAME

_CHANNELS = 3


class FoldingError(ModelError):
    """The graph has not the shape that its first operators promised."""


def fold_normalisation(model: onnx.ModelProto) -> int | None:
    """Moves the normalisation of an fp32 network into its first convolution, in place.

    Returns the grey level (0-255) that stands for zero from then on: what is taken off every channel. None, and the
    model unchanged, where something else stands between the tiles and the convolution, as a resize does.
    """
    chain = _chain(model)
    if chain is None:
        return None
    sub, mul, convolution = chain
    mean, scale = _constant(model, sub.input[1]), _constant(model, mul.input[1])
    weights = _constant(model, convolution.input[1])
    if mean is None or scale is None or weights is None or weights.shape[1] != _CHANNELS:
        return None
    mean, scale = (np.broadcast_to(v.reshape(-1), _CHANNELS).reshape(1, _CHANNELS, 1, 1) for v in (mean, scale))
    bias = _constant(model, convolution.input[2]) if len(convolution.input) > 2 else None
    if len(convolution.input) > 2 and bias is None:
        return None
    zero = int(np.clip(np.round(mean.mean()), 0, 255))
    folded = weights * scale
    moved = (folded * (zero - mean)).sum(axis=(1, 2, 3)) + (0 if bias is None else bias)
    names = [f"{convolution.name}_folded_weights", f"{convolution.name}_folded_bias", "pixel_zero"]
    values = [folded, moved, np.full((1, 1, 1, 1), zero)]
    model.graph.initializer.extend(
        numpy_helper.from_array(np.asarray(value, np.float32), name) for value, name in zip(values, names, strict=True)
    )
    sub.input[1] = names[2]
    del convolution.input[:]
    convolution.input.extend([sub.output[0], *names[:2]])
    _drop_unused(model)
    return zero


def take_pixels(model: onnx.ModelProto, zero: int) -> None:
    """Lets the quantised form (QDQ) of a folded network take pixels straight into its first convolution, in place.

    zero: what `fold_normalisation` returned. Raises FoldingError: the first layer was not quantised.
    """
    made_by = {output: node for node in model.graph.node for output in node.output}
    start = next((node for node in model.graph.node if node.op_type == "Sub" and node.input[1] == "pixel_zero"), None)
    integers = _only_reader(model, start.output[0]) if start else None
    floats = _only_reader(model, integers.output[0]) if integers and integers.op_type == "QuantizeLinear" else None
    convolution = _only_reader(model, floats.output[0]) if floats else None
    if start is None or floats is None or convolution is None or convolution.op_type != "Conv":
        raise FoldingError("the first layer was not quantised; leave its normalisation in float")
    weights, bias = made_by[convolution.input[1]], made_by[convolution.input[2]]
    bias_integers, bias_scale = _constant(model, bias.input[0]), _constant(model, bias.input[1])
    weights_scale = _constant(model, weights.input[1])
    if bias_integers is None or bias_scale is None or weights_scale is None:
        raise FoldingError("the first layer's weights are no constants; export the network again")
    # A bias is kept in units of (input scale x weights scale), and the input's scale becomes one grey level.
    unit = np.broadcast_to(weights_scale, bias_integers.shape)
    value = np.round(bias_integers * bias_scale / unit)
    constants = {
        "pixel_scale": np.float32(1),
        "pixel_zero_point": np.uint8(zero),
        "pixel_bias": value.astype(np.int32),
        "pixel_bias_scale": np.broadcast_to(weights_scale, bias_scale.shape).astype(np.float32),
    }
    model.graph.initializer.extend(numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items())
    cast = made_by[start.input[0]]
    _set_inputs(floats, [cast.input[0], "pixel_scale", "pixel_zero_point"])
    _set_inputs(bias, ["pixel_bias", "pixel_bias_scale", *bias.input[2:]])
    for node in (integers, start):
        model.graph.node.remove(node)
    if _only_reader(model, cast.output[0]) is None:
        model.graph.node.remove(cast)
    _drop_unused(model)
    onnx.checker.check_model(model)


def _chain(model: onnx.ModelProto) -> tuple[onnx.NodeProto, onnx.NodeProto, onnx.NodeProto] | None:
    """The nodes that take the mean off, that scale, and the convolution behind them; None for any other start."""
    name = INPUT_NAME
    found: list[onnx.NodeProto] = []
    for wanted in ("Transpose", "Cast", "Sub", "Mul"):
        readers = [node for node in model.graph.node if node.input and node.input[0] == name]
        node = next((node for node in readers if node.op_type == wanted), None)
        if node is None:
            return None
        found.append(node)
        name = node.output[0]
    readers = [node for node in model.graph.node if node.input and node.input[0] == name and node.op_type != "Shape"]
    if len(readers) == 1 and readers[0].op_type == "Resize" and _keeps_the_size(model, readers[0]):
        readers = [node for node in model.graph.node if readers[0].output[0] in node.input]
    if len(readers) != 1 or readers[0].op_type != "Conv":
        return None
    return found[2], found[3], readers[0]


def _keeps_the_size(model: onnx.ModelProto, resize: onnx.NodeProto) -> bool:
    shapes = {info.name: info.type.tensor_type.shape.dim for info in _inferred(model).graph.value_info}
    tiles = next(info for info in model.graph.input if info.name == INPUT_NAME).type.tensor_type.shape.dim
    side = [dim.dim_value for dim in tiles[1:3]]
    return [dim.dim_value for dim in shapes.get(resize.output[0], [])][2:] == side


def _inferred(model: onnx.ModelProto) -> onnx.ModelProto:
    return onnx.shape_inference.infer_shapes(model, data_prop=True)


def _constant(model: onnx.ModelProto, name: str) -> npt.NDArray[np.float64] | None:
    found = next((value for value in model.graph.initializer if value.name == name), None)
    return None if found is None else np.asarray(numpy_helper.to_array(found), np.float64)


def _only_reader(model: onnx.ModelProto, name: str) -> onnx.NodeProto | None:
    readers = [node for node in model.graph.node if name in node.input]
    return readers[0] if len(readers) == 1 else None


def _set_inputs(node: onnx.NodeProto, names: list[str]) -> None:
    del node.input[:]
    node.input.extend(names)


def _drop_unused(model: onnx.ModelProto) -> None:
    """Takes out nodes and constants that nothing reads any more."""
    graph = model.graph
    while True:
        read = {name for node in graph.node for name in node.input} | {info.name for info in graph.output}
        dead = [node for node in graph.node if not read.intersection(node.output)]
        if not dead:
            break
        for node in dead:
            graph.node.remove(node)
    for value in [value for value in graph.initializer if value.name not in read]:
        graph.initializer.remove(value)
    for info in [info for info in graph.value_info if info.name not in read]:
        graph.value_info.remove(info)
