"""Makes a model folder for measuring speed: any timm network with weights drawn from a seed. It finds nothing.

    python -m benchmarks.made_model mobilenetv4_conv_small FOLDER --slide SLIDE

The weights mean nothing, but the numbers that flow through the network are those of a trained one: normalisation
layers take their statistics from real tiles, and the head is scaled until logits spread over about -2 to 2, so that
quantisation has something real to lose and equal scores are worth comparing.
"""

import argparse
import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from torch import nn

from inference.slides.open import open_slide
from models.calibration import Platt
from models.export import export_onnx
from models.integer_input import fold_normalisation, take_pixels
from models.manifest import MANIFEST_NAME, Manifest, SlideRule, Threshold, WeightFile, read_manifest, write_manifest
from models.networks import TileNetwork
from models.quantize import quantise

TILE_PX = 256
MPP = 0.5
IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)
CALIBRATION_TILES = 48
_ANY = Threshold(value=0.5, chosen="not chosen: the weights are random")


@dataclass(frozen=True)
class MadeModel:
    """A model folder and the network in it, for handing the same weights to another tool."""

    folder: Path
    network_name: str
    network: TileNetwork


def make_model(network_name: str, folder: Path, tiles: npt.NDArray[np.uint8], seed: int = 0) -> MadeModel:
    """Writes `folder` with manifest.json and the network as fp32 and int8 ONNX, int8 by default.

    tiles: uint8 (n, tile_px, tile_px, 3), real tissue at MPP; they set the normalisation layers and the ranges of int8.
    """
    torch.manual_seed(seed)
    tile_px = tiles.shape[1]
    network = TileNetwork(network_name, tile_px, IMAGENET_MEAN, IMAGENET_STD)
    _settle(network, torch.from_numpy(tiles))
    folder.mkdir(parents=True, exist_ok=True)
    export_onnx(network, tile_px, folder / "fp32.onnx", tiles[:4])
    _write_int8(folder / "fp32.onnx", folder / "int8.onnx", tiles)
    write_manifest(_manifest(network_name, tile_px, folder, seed), folder / MANIFEST_NAME)
    return MadeModel(folder, network_name, network)


def in_fp32(made: MadeModel, folder: Path) -> Path:
    """A copy of the model's folder that scores in fp32."""
    shutil.copytree(made.folder, folder, dirs_exist_ok=True)
    manifest = read_manifest(folder / MANIFEST_NAME)
    write_manifest(manifest.model_copy(update={"default_kind": "onnx-fp32"}), folder / MANIFEST_NAME)
    return folder


def tissue_tiles(slide_path: Path, count: int = CALIBRATION_TILES, mpp: float = MPP) -> npt.NDArray[np.uint8]:
    """The `count` darkest tiles of a grid over the slide, (count, TILE_PX, TILE_PX, 3): those with most tissue."""
    with open_slide(slide_path) as slide:
        step = TILE_PX * mpp / (slide.mpp or mpp)
        tiles = [
            slide.read_region(x * step, y * step, TILE_PX, TILE_PX, mpp)
            for y in range(int(slide.height / step))
            for x in range(int(slide.width / step))
        ]
    darkest = sorted(tiles, key=lambda tile: float(tile.mean()))[:count]
    return np.stack(darkest)


def _write_int8(source: Path, target: Path, tiles: npt.NDArray[np.uint8]) -> None:
    """Quantises with the pixels themselves as the first layer's integers."""
    model = onnx.load(source)
    zero = fold_normalisation(model)
    with tempfile.TemporaryDirectory() as folder:
        folded = Path(folder) / "folded.onnx"
        onnx.save(model, folded)
        quantise(folded, target, tiles)
    if zero is not None:
        quantised = onnx.load(target)
        take_pixels(quantised, zero)
        onnx.save(quantised, target)


def _settle(network: TileNetwork, tiles: torch.Tensor) -> None:
    """Gives the normalisation layers the statistics of `tiles`, then logits a mean of 0 and a spread of 1."""
    for layer in network.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            layer.reset_running_stats()
            layer.momentum = None
    head = network.net.get_classifier()  # type: ignore[operator]
    nn.init.normal_(head.weight)
    nn.init.zeros_(head.bias)
    with torch.no_grad():
        network.train()
        network(tiles)
        network.eval()
        logits = network(tiles)
        head.weight /= logits.std()
        head.bias -= logits.mean() / logits.std()


def _manifest(network_name: str, tile_px: int, folder: Path, seed: int) -> Manifest:
    files = {
        f"onnx-{kind}": WeightFile(
            path=f"{kind}.onnx", sha256=hashlib.sha256((folder / f"{kind}.onnx").read_bytes()).hexdigest()
        )
        for kind in ("fp32", "int8")
    }
    one = Platt(slope=1.0, intercept=0.0)
    return Manifest.model_validate(
        {
            "name": f"random-{network_name.replace('_', '-')}",
            "version": f"seed-{seed}",
            "network": network_name,
            "tile_px": tile_px,
            "mpp": MPP,
            "input_px": tile_px,
            "mean": IMAGENET_MEAN,
            "std": IMAGENET_STD,
            "classes": ("below", "above"),
            "positive": "above",
            "positive_means": "Nothing: the weights are random.",
            "calibration": one,
            "threshold": _ANY,
            "slide_rule": SlideRule(name="top_area_mean", area_mm2=1.0, calibration=one, threshold=_ANY),
            "training_data": "None.",
            "licence": "Apache-2.0",
            "intended_use": "Measuring speed.",
            "limits": ("It says nothing about any tissue.",),
            "files": files,
            "default_kind": "onnx-int8",
        }
    )


def main() -> None:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("network", help="the network's name in timm")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--slide", type=Path, required=True, help="a slide with tissue at 0.5 um/px")
    given = arguments.parse_args()
    made = make_model(given.network, given.folder, tissue_tiles(given.slide))
    print(made.folder)


if __name__ == "__main__":
    main()
