"""Networks and weights from the Hugging Face hub, where there is internet or an earlier copy. Never a pickle."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
from huggingface_hub import hf_hub_download
from timm.models import load_model_config_from_hf

from training.errors import TrainingError

HUB = "hf-hub:"
WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class HubNetwork:
    """What the hub says a network is."""

    architecture: str
    """Name in timm."""
    arguments: dict[str, Any]
    """What timm is told beyond it."""
    mean: tuple[float, float, float]
    """Grey levels, 0-255."""
    std: tuple[float, float, float]


def hub_network(name: str) -> HubNetwork:
    """What `hf-hub:owner/name` is. Raises TrainingError: it is not there, is no timm model, or there is no internet."""
    place = name.removeprefix(HUB)
    try:
        config, architecture, arguments = load_model_config_from_hf(place)
    except (OSError, ValueError, KeyError, AssertionError) as error:
        raise TrainingError(_no_hub(name, "config.json", error)) from error
    if not timm.is_model(architecture):
        raise TrainingError(f"{name}: its network {architecture!r} is not known to timm {timm.__version__}.")
    mean, std = (grey_levels(config.get(part, usual)) for part, usual in (("mean", 0.5), ("std", 0.5)))
    return HubNetwork(architecture, dict(arguments or {}), mean, std)


def hub_weights(name: str) -> Path:
    """The safetensors file of `hf-hub:owner/name`, on this machine.

    Raises TrainingError: it is not there, the hub has only a pickle, or there is no internet.
    """
    place, _, revision = name.removeprefix(HUB).partition("@")
    try:
        return Path(hf_hub_download(place, WEIGHTS, revision=revision or None))
    except (OSError, ValueError) as error:
        raise TrainingError(_no_hub(name, WEIGHTS, error)) from error


def grey_levels(values: Any) -> tuple[float, float, float]:
    """Mean or standard deviation as timm has it (0-1, one or three numbers) in grey levels."""
    numbers = [float(value) for value in values] if isinstance(values, list | tuple) else [float(values)]
    red, green, blue = numbers * 3 if len(numbers) == 1 else numbers
    return 255 * red, 255 * green, 255 * blue


def _no_hub(name: str, file: str, error: Exception) -> str:
    return (
        f"{name}: {file} cannot be had from the Hugging Face hub ({str(error).splitlines()[0]}). It needs internet "
        "once, a name that is there and, for closed models, `hf auth login`. Without, fetch model.safetensors "
        "elsewhere, and name timm's architecture as `network` and the file as `start`."
    )
