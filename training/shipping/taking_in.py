"""Takes models in from files: our archives and folders, the WSInfer zoo's, and any ONNX classifier."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from models.archive import PICKLES, ArchiveError, unpack
from models.errors import ModelError
from models.foreign.describing import Described
from models.foreign.preparation import Preparation
from models.in_use import Hand
from models.manifest import MANIFEST_NAME
from models.registry import Model
from models.shelf import take_in
from training.shipping.card_page import write_cards

log = structlog.get_logger()


@dataclass(frozen=True)
class Pictures:
    """What an ONNX file does not say of the pictures that its network takes."""

    tile_px: int
    layout: Literal["nchw", "nhwc"] | None
    scale: float
    """Grey levels are multiplied by this."""
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    gives: Literal["logits", "probabilities"] | None
    output: str | None


def take_archive_or_folder(source: Path, hand: Hand, sha256: str | None = None) -> Model:
    """Takes in an archive that `forrang models export` wrote, or a model's folder.

    Raises ArchiveError, ManifestError, WeightsError: it is wrong, and nothing of it was kept.
    """
    if source.is_dir():
        if not (source / MANIFEST_NAME).is_file():
            raise ModelError(
                f"{source}: holds no {MANIFEST_NAME}, nor config.json and torchscript_model.pt of the WSInfer zoo."
            )
        return _with_cards(take_in(source, hand))
    if source.suffix.lower() in PICKLES:
        raise ArchiveError(
            f"{source}: can be a pickle, which runs code when it is opened, so it is never opened. TorchScript of the "
            "WSInfer zoo is imported by its folder, with --run-torchscript."
        )
    if source.suffix.lower() == ".onnx":
        raise ArchiveError(f"{source}: say --onnx {source}, with --tile-px, --mpp, --classes and --positive.")
    return _with_cards(unpack(source, hand, sha256))


def take_onnx(path: Path, described: Described, pictures: Pictures, hand: Hand) -> Model:
    """Takes in any ONNX classifier. Raises ForeignModelError: it is none, or cannot be wrapped."""
    from models.foreign.classifier import Classifier
    from models.foreign.importing import import_onnx

    def how(network: Classifier) -> Preparation:
        return Preparation(
            tile_px=pictures.tile_px,
            input_px=network.input_px or pictures.tile_px,
            layout=network.layout,
            scale=1.0 if network.integers else pictures.scale,
            mean=pictures.mean,
            std=pictures.std,
            integers=network.integers,
        )

    with tempfile.TemporaryDirectory(prefix="forrang-import-") as folder:
        difference = import_onnx(
            path,
            how,
            described,
            Path(folder),
            output=pictures.output,
            layout=pictures.layout,
            gives=pictures.gives,
        )
        log.info("wrapped", model=described.name, largest_difference=difference)
        return _with_cards(take_in(Path(folder), hand))


def take_zoo_model(source: Path, described: Callable[..., Described], run_torchscript: str, hand: Hand) -> Model:
    """Takes in a model of the WSInfer zoo, running its TorchScript for the reason given.

    Raises ForeignModelError: no reason, or the model is not understood.
    """
    from models.foreign.importing import import_zoo_model

    with tempfile.TemporaryDirectory(prefix="forrang-import-") as folder:
        difference = import_zoo_model(source, described, run_torchscript, Path(folder))
        log.info("converted", model=source.name, largest_difference=difference)
        why = "; ".join(part for part in (hand.why, f"TorchScript was run: {run_torchscript}") if part)
        return _with_cards(take_in(Path(folder), Hand(hand.by, hand.at_utc, why)))


def _with_cards(model: Model) -> Model:
    write_cards(model.manifest, model.folder)
    return model
