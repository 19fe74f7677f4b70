"""Makes any ONNX classifier of pictures into one that takes our tiles and gives one logit. Needs the `onnx` package.

before   pictures, floats or uint8, NCHW or NHWC > network > a number a class (or for one class)
after    tiles, uint8 (n, px, px, 3) > resize > scale > normalise > network > log odds of the positive classes
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from models.foreign.classifier import Classifier, Gives, first_line
from models.foreign.preparation import ForeignModelError, Preparation, resize_matrix
from models.runtime import INPUT_NAME, OUTPUT_NAME

AXES_AS_INPUT = 18
"""From this opset on a reduction is told its axes as an input."""
NEAR_ZERO = 1e-7
"""Probabilities are held this far from 0 and 1, float32's last places, before their log odds are taken."""
_INNER = "inner_"
_IR = 8
"""Constants need be no inputs from version 4 on; this is that of opset 13."""


def wrap(
    network: Classifier, how: Preparation, classes: int, positive: Sequence[int], gives: Gives | None = None
) -> onnx.ModelProto:
    """The network between our tiles and our logit.

    Args:
        network: from `read_classifier`.
        how: it wants its pictures.
        classes: how many numbers it gives a picture.
        positive: which of the classes are positive; their log odds against all others are the logit.
        gives: what its output is. Left out, a Softmax or Sigmoid at its end says so and is taken off, and without one
            its output is taken for logits.

    Raises ForeignModelError: the classes do not fit, or the graph cannot be wrapped.
    """
    inner = compose.add_prefix(network.model, _INNER)
    graph = inner.graph
    result, closing = _without_closing(graph, _INNER + network.output_name, gives)
    before = _before(how, _INNER + network.input_name)
    opset = max(one.version for one in inner.opset_import if one.domain in ("", "ai.onnx"))
    apart = closing == "Sigmoid" and classes > 1
    after = _after(result, classes, positive, opset, apart=apart, shares=gives == "probabilities" and not closing)
    made = helper.make_graph(
        [*before.nodes, *graph.node, *after.nodes],
        "tile_classifier",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.UINT8, ["n", how.tile_px, how.tile_px, 3])],
        [helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, ["n"])],
        [*before.constants, *graph.initializer, *after.constants],
    )
    wrapped = helper.make_model(made, opset_imports=inner.opset_import, ir_version=max(inner.ir_version, _IR))
    wrapped.functions.extend(inner.functions)
    try:
        onnx.checker.check_model(wrapped)
    except onnx.checker.ValidationError as error:
        raise ForeignModelError(f"the network cannot be wrapped ({first_line(error)}); export it anew") from error
    return wrapped


class _Steps:
    """Operators and constants, in order."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def constant(self, name: str, value: npt.ArrayLike, kind: type = np.float32) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name


def _before(how: Preparation, source: str) -> _Steps:
    """From tiles to `source`, the network's input."""
    steps = _Steps()
    value = steps.add("Transpose", [INPUT_NAME], "tiles_nchw", perm=[0, 3, 1, 2])
    value = steps.add("Cast", [value], "tile_levels", to=TensorProto.FLOAT)
    if how.input_px != how.tile_px:
        matrix = resize_matrix(how.tile_px, how.input_px)
        half = steps.constant("half_a_level", 0.5, np.float64)
        # In double, across first and then down, each rounded to whole grey levels: what Pillow does.
        value = steps.add("Cast", [value], "tile_doubles", to=TensorProto.DOUBLE)
        across = steps.add("MatMul", [value, steps.constant("resize_across", matrix.T, np.float64)], "tiles_across")
        across = steps.add("Floor", [steps.add("Add", [across, half], "across_raised")], "across_levels")
        down = steps.add("MatMul", [steps.constant("resize_down", matrix, np.float64), across], "tiles_down")
        down = steps.add("Floor", [steps.add("Add", [down, half], "down_raised")], "down_levels")
        value = steps.add("Cast", [down], "resized_levels", to=TensorProto.FLOAT)
    if how.integers:
        value = steps.add("Cast", [value], "tile_integers", to=TensorProto.UINT8)
    else:
        value = steps.add("Mul", [value, steps.constant("level_scale", how.scale)], "tiles_scaled")
        value = steps.add("Sub", [value, steps.constant("tile_mean", np.reshape(how.mean, (1, 3, 1, 1)))], "centred")
        value = steps.add("Div", [value, steps.constant("tile_std", np.reshape(how.std, (1, 3, 1, 1)))], "normalised")
    steps.add("Transpose", [value], source, perm=[0, 2, 3, 1] if how.layout == "nhwc" else [0, 1, 2, 3])
    return steps


def _without_closing(graph: onnx.GraphProto, result: str, gives: Gives | None) -> tuple[str, str | None]:
    """The name of the output, and the Softmax or Sigmoid that stood at its end and is gone: its input are logits."""
    last = next((node for node in graph.node if result in node.output), None)
    if gives == "logits" or last is None or last.op_type not in ("Softmax", "Sigmoid"):
        return result, None
    graph.node.remove(last)
    return str(last.input[0]), str(last.op_type)


def _after(result: str, classes: int, positive: Sequence[int], opset: int, *, apart: bool, shares: bool) -> _Steps:
    """From the network's output to our logit. apart: each class has odds of its own. shares: it gives probabilities."""
    if not positive or len(set(positive)) >= max(2, classes) or (apart and len(positive) > 1):
        raise ForeignModelError("some classes, and not all, must be positive; only one where each is judged by itself")
    steps = _Steps()
    value = steps.add("Reshape", [result, steps.constant("classes", [-1, classes], np.int64)], "by_class")
    if shares:
        value = _log(steps, value, "by_class")
    chosen = steps.add("Gather", [value, steps.constant("positive", positive, np.int64)], "of_positive", axis=1)
    others = [number for number in range(classes) if number not in positive]
    if classes == 1 and shares:
        rest = steps.add("Sub", [steps.constant("whole", 1.0), "by_class"], "not_positive")
        chosen = steps.add("Sub", [chosen, _log(steps, rest, "not_positive")], "odds")
    elif classes > 1 and not apart:
        rest = steps.add("Gather", [value, steps.constant("others", others, np.int64)], "of_others", axis=1)
        chosen = steps.add("Sub", [_log_sum(steps, chosen, opset), _log_sum(steps, rest, opset)], "odds")
    steps.add("Reshape", [chosen, steps.constant("one_a_tile", [-1], np.int64)], OUTPUT_NAME)
    return steps


def _log(steps: _Steps, value: str, name: str) -> str:
    low, high = (steps.constant(f"{name}_{end}", at) for end, at in (("low", NEAR_ZERO), ("high", 1 - NEAR_ZERO)))
    return steps.add("Log", [steps.add("Clip", [value, low, high], f"{name}_inside")], f"{name}_log")


def _log_sum(steps: _Steps, value: str, opset: int) -> str:
    """The log of the sum of the odds of several classes."""
    name = f"{value}_together"
    if opset >= AXES_AS_INPUT:
        return steps.add("ReduceLogSumExp", [value, steps.constant(f"{name}_axes", [1], np.int64)], name, keepdims=1)
    return steps.add("ReduceLogSumExp", [value], name, axes=[1], keepdims=1)
