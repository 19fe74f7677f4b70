"""The tile network in torch: any timm network behind the preprocessing that belongs to it.

Needs the `torch` extra. Weights are read from safetensors, where they are kept in half precision and used in full.
"""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import timm
import torch
import torch.nn.functional as F  # noqa: N812
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from models.errors import ModelError, WeightsError

if TYPE_CHECKING:
    from models.registry import Model


class TileNetwork(nn.Module):
    """Uint8 tiles (n, tile_px, tile_px, 3), RGB, to float32 logits (n,) of the positive class.

    `network` is a name in timm, `arguments` what timm is told beyond it; `mean` and `std` are in grey levels, 0-255, a
    number a channel. Raises ModelError: timm does not know the network, or it does not take this input size.
    """

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(
        self,
        network: str,
        input_px: int,
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
        drop_rate: float = 0.0,
        drop_path_rate: float = 0.0,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        rates = {"drop_rate": drop_rate, "drop_path_rate": drop_path_rate}
        told = {name: rate for name, rate in rates.items() if rate} | dict(arguments or {})
        self.net: nn.Module = _timm_network(network, input_px, told)
        for parameter in self.net.get_classifier().parameters():  # type: ignore[operator]
            nn.init.zeros_(parameter)
        self.input_px = input_px
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", 1.0 / torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, tiles: torch.Tensor) -> torch.Tensor:
        """Logits (n,) of uint8 tiles (n, height, width, 3)."""
        images = self._normal(tiles.permute(0, 3, 1, 2).to(self.mean.dtype))
        size = (self.input_px, self.input_px)
        return self._logits(F.interpolate(images, size=size, mode="bilinear", align_corners=False))

    def score_images(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (n,) of float images (n, 3, input_px, input_px), 0-255, that need no more resizing."""
        return self._logits(self._normal(images))

    def _normal(self, images: torch.Tensor) -> torch.Tensor:
        # Before resizing, where there are fewest pixels: both steps are linear, so their order changes nothing.
        return (images - self.mean) * self.scale

    def _logits(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.net(images.contiguous(memory_format=torch.channels_last))
        return logits.squeeze(1).float()


def _timm_network(network: str, input_px: int, told: dict[str, Any]) -> nn.Module:
    known = timm.get_pretrained_cfg(network) if timm.is_model(network) else None
    if known is None and not timm.is_model(network):
        close = ", ".join(difflib.get_close_matches(network, timm.list_models(), 3)) or "timm.list_models()"
        raise ModelError(f"network: timm has no network {network!r}. Near to it are: {close}.")
    if known is not None and known.fixed_input_size and "dynamic_img_size" not in told:
        told = {"img_size": input_px} | told
    try:
        return _created(network, told)
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        raise ModelError(
            f"network: timm cannot make {network!r} for {input_px} px with {told} ({error}). Choose another "
            "`input_px`, or other `network_args`."
        ) from error


def _created(network: str, told: dict[str, Any]) -> nn.Module:
    try:
        return timm.create_model(network, pretrained=False, num_classes=1, **told)
    except TypeError:
        if "drop_path_rate" not in told:
            raise
        # Networks without residual blocks, as DenseNet, have no paths to drop.
        return _created(network, {name: value for name, value in told.items() if name != "drop_path_rate"})


def save_weights(network: TileNetwork, path: Path) -> None:
    """Keep the weights as float16; what is exported must be made from the file, so that all kinds agree."""
    half = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in network.net.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    path.write_bytes(save(half))  # `save_file` makes a file that others may not read


def load_weights(network: TileNetwork, path: Path) -> None:
    """Fill the network from a safetensors file. Raises WeightsError: unreadable, or made for another network."""
    try:
        state = {name: value.float() for name, value in load_file(path).items()}
        missing, unexpected = network.net.load_state_dict(state, strict=False)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise WeightsError(f"{path}: these weights cannot be read into the network ({error}).") from error
    wrong = [name for name in missing if not name.endswith("num_batches_tracked")] + list(unexpected)
    if wrong:
        raise WeightsError(
            f"{path}: the weights are for another network ({wrong[0]} does not fit). "
            "Check `network` in manifest.json, or import the model again."
        )


def load_network(model: "Model") -> nn.Module:
    """The model's network, in evaluation mode, on the CPU: uint8 tiles (n, tile_px, tile_px, 3) to logits (n,)."""
    manifest = model.manifest
    network = TileNetwork(
        manifest.network, manifest.input_px, manifest.mean, manifest.std, arguments=manifest.network_args
    )
    load_weights(network, model.weights("torch"))
    return network.to(memory_format=torch.channels_last).eval()
