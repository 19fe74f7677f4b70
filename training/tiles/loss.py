"""What a training tile costs: weighted cross-entropy with smoothed labels, on augmented and perhaps blended tiles."""

from contextlib import AbstractContextManager

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812

from models.networks import TileNetwork
from training.errors import TrainingError
from training.tiles.augmentation import augment
from training.tiles.options import FitOptions


def positive_weight(labels: npt.NDArray[np.int64], options: FitOptions) -> float:
    """How often a positive tile counts. Raises TrainingError: the tiles are all of one class."""
    positives = int(np.sum(labels == 1))
    if positives in {0, len(labels)}:
        raise TrainingError(
            f"All {len(labels)} training tiles have the label {int(positives > 0)}: there is nothing to tell apart. "
            "Add tiles of the other class to the split 'train'."
        )
    return (len(labels) - positives) / positives if options.positive_weight == "auto" else options.positive_weight


def arithmetic(options: FitOptions, device: torch.device) -> torch.dtype:
    """The type that the network computes in on this device."""
    named = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    if options.precision != "auto":
        return named[options.precision]
    if device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16


def in_arithmetic(dtype: torch.dtype, device: torch.device) -> AbstractContextManager[None]:
    """Lets what runs inside compute in this type where that is safe."""
    return torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32)


def loss_of(
    network: TileNetwork,
    tiles: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    weight: float,
    options: FitOptions,
    dtype: torch.dtype,
    generator: torch.Generator,
) -> torch.Tensor:
    """Mean loss, float32 (), of uint8 tiles (n, tile_px, tile_px, 3); all chance but dropout's from the generator."""
    device = network.mean.device
    images = augment(torch.from_numpy(tiles), network.input_px, options.augmentation, generator, device)
    target = torch.from_numpy(labels).float()
    target = target * (1 - options.label_smoothing) + 0.5 * options.label_smoothing
    if options.mixup > 0:
        seed = int(torch.randint(2**31, (1,), generator=generator))
        drawn = np.random.default_rng(seed).beta(options.mixup, options.mixup, len(labels)).astype(np.float32)
        share = torch.from_numpy(drawn)
        partner = torch.randperm(len(labels), generator=generator)
        images = torch.lerp(images[partner.to(device)], images, share.to(device).view(-1, 1, 1, 1))
        target = torch.lerp(target[partner], target, share)
    with in_arithmetic(dtype, device):
        logits = network.score_images(images)
    return F.binary_cross_entropy_with_logits(logits, target.to(device), pos_weight=torch.tensor(weight, device=device))
