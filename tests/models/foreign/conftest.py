"""Somebody else's networks, made here: small ONNX classifiers, and a model as the WSInfer zoo has it."""

import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

PX = 24
CLASSES = ("other", "tumour", "stroma")


@pytest.fixture
def write_classifier(tmp_path: Path) -> Callable[..., Path]:
    """Writes an ONNX classifier: mean colour of each channel, then a linear layer, then what `closing` says."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    helper, kinds = onnx.helper, onnx.TensorProto

    def write(
        *,
        layout: str = "nchw",
        classes: int = 3,
        closing: str | None = None,
        integers: bool = False,
        batch: object = "n",
        shape: Sequence[object] | None = None,
        opset: int = 17,
        flat: bool = False,
    ) -> Path:
        weights = np.random.default_rng(1).normal(0, 2, (3, classes)).astype(np.float32)
        axes = [2, 3] if layout == "nchw" else [1, 2]
        nodes = [helper.make_node("Cast", ["x"], ["f"], to=kinds.FLOAT)]
        nodes.append(helper.make_node("ReduceMean", ["f"], ["m"], axes=axes, keepdims=0))
        scaled = "m"
        if integers:
            nodes.append(helper.make_node("Mul", ["m", "level"], ["s"]))
            scaled = "s"
        nodes.append(helper.make_node("MatMul", [scaled, "w"], ["logits"]))
        last = "logits"
        if closing:
            nodes.append(helper.make_node(closing, [last], ["shares"]))
            last = "shares"
        if flat:
            nodes.append(helper.make_node("Reshape", [last, "whole"], ["one_each"]))
        nodes[-1].output[0] = "y"
        side = [3, PX, PX] if layout == "nchw" else [PX, PX, 3]
        constants = [
            onnx.numpy_helper.from_array(weights, "w"),
            onnx.numpy_helper.from_array(np.float32(1 / 255), "level"),
            onnx.numpy_helper.from_array(np.array([-1], np.int64), "whole"),
        ]
        kind = kinds.UINT8 if integers else kinds.FLOAT
        graph = helper.make_graph(
            nodes,
            "classifier",
            [helper.make_tensor_value_info("x", kind, list(shape or [batch, *side]))],
            [helper.make_tensor_value_info("y", kinds.FLOAT, [batch] if flat else [batch, classes])],
            constants,
        )
        path = tmp_path / "classifier.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8), path)
        return path

    return write


@pytest.fixture
def write_zoo_model(tmp_path: Path) -> Callable[..., Path]:
    """Writes a folder with `config.json` and `torchscript_model.pt`, as the WSInfer zoo has them."""
    torch = pytest.importorskip("torch", reason="the torch extra is not installed")
    nn = torch.nn

    def write(classes: Sequence[str] = CLASSES, *, scripted: bool = False, **changes: object) -> Path:
        torch.manual_seed(5)
        network = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(8, len(classes)),
        ).eval()
        nn.init.normal_(network[-1].weight, std=0.8)
        nn.init.uniform_(network[1].running_mean, -0.5, 0.5)
        folder = tmp_path / "zoo"
        folder.mkdir(exist_ok=True)
        example = torch.zeros(1, 3, 32, 32)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch would rather have other files than the zoo's
            made = torch.jit.script(network) if scripted else torch.jit.trace(network, example)
        made.save(str(folder / "torchscript_model.pt"))
        (folder / "config.json").write_text(json.dumps(zoo_config(classes) | changes))
        return folder

    return write


def zoo_config(classes: Sequence[str] = CLASSES) -> dict[str, object]:
    """A config.json that is right: tiles of 24 px, resized to 32."""
    return {
        "spec_version": "1.0",
        "architecture": "small",
        "num_classes": len(classes),
        "class_names": list(classes),
        "patch_size_pixels": PX,
        "spacing_um_px": 2.0,
        "transform": [
            {"name": "Resize", "arguments": {"size": 32}},
            {"name": "ToTensor"},
            {"name": "Normalize", "arguments": {"mean": [0.7, 0.57, 0.68], "std": [0.11, 0.15, 0.11]}},
        ],
    }
