"""`forrang models import`, `export`, `calibrate` and `card`: models that come from elsewhere, or go there."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from models.account import account_name
from models.showing import print_line
from training.errors import TrainingError
from training.torch_extra import require_onnx, require_torch

if TYPE_CHECKING:
    from models.in_use import Hand
    from models.registry import Model

By = Annotated[str | None, typer.Option(help="Who does it; this machine's account if left out.")]
ModelName = Annotated[str, typer.Argument(help="A model's name, name@version, or folder.")]


def hand(by: str | None, why: str) -> "Hand":
    """Who acts here, now."""
    from models.in_use import Hand

    return Hand(by=(by or "").strip() or account_name(), at_utc=datetime.now(UTC), why=why)


def import_model(
    source: Annotated[
        Path | None, typer.Argument(help="An archive, a model's folder, or the folder of a WSInfer-zoo model.")
    ] = None,
    onnx: Annotated[Path | None, typer.Option(help="Any ONNX classifier of pictures, in place of SOURCE.")] = None,
    sha256: Annotated[str | None, typer.Option(help="What the archive's maker says its SHA-256 is.")] = None,
    run_torchscript: Annotated[
        str,
        typer.Option(help="Why the zoo's TorchScript may be run: it is a program and runs as you. Stays on record."),
    ] = "",
    name: Annotated[str | None, typer.Option(help="Name of the imported network.")] = None,
    version: Annotated[str, typer.Option(help="Version of the imported network.")] = "1.0.0",
    positive: Annotated[list[str] | None, typer.Option(help="A class that is looked for; may be given again.")] = None,
    classes: Annotated[str, typer.Option(help="With --onnx: all classes in their order, with commas.")] = "",
    mpp: Annotated[float | None, typer.Option(help="With --onnx: um per px of a tile.")] = None,
    tile_px: Annotated[int | None, typer.Option(help="With --onnx: px of a tile's side.")] = None,
    layout: Annotated[Literal["nchw", "nhwc"] | None, typer.Option(help="Where the colours are.")] = None,
    pixels: Annotated[Literal["0-1", "0-255"], typer.Option(help="Range of the pixels, mean and std.")] = "0-1",
    mean: Annotated[str, typer.Option(help="Taken off each channel: three numbers with commas.")] = "0,0,0",
    std: Annotated[str, typer.Option(help="Each channel is divided by it: three numbers.")] = "1,1,1",
    gives: Annotated[Literal["logits", "probabilities"] | None, typer.Option(help="What its output is.")] = None,
    output: Annotated[str | None, typer.Option(help="Which output, where it has several.")] = None,
    means: Annotated[str | None, typer.Option(help="What a positive tile means, in a sentence.")] = None,
    trained_on: Annotated[str | None, typer.Option(help="What it was trained on.")] = None,
    licence: Annotated[str | None, typer.Option(help="Licence of its weights.")] = None,
    why: Annotated[str, typer.Option(help="Why it is imported; it stays on record.")] = "",
    by: By = None,
) -> None:
    """Takes a model in. It is not in use until it is promoted, unless it is the first of its name."""
    from models.foreign.describing import Described
    from models.foreign.wsinfer import is_zoo_model
    from training.shipping import taking_in

    if (source is None) == (onnx is None):
        raise TrainingError("Name one thing to import: an archive, a folder, or --onnx FILE.")
    described = partial(
        Described,
        name=name or (source or onnx or Path()).resolve().stem,
        version=version,
        positive=tuple(positive or ()),
        positive_means=means,
        training_data=trained_on,
        licence=licence,
    )
    if onnx is not None:
        require_onnx()
        if mpp is None or tile_px is None or not classes:
            raise TrainingError(
                f"{onnx}: say --tile-px, --mpp and --classes; an ONNX file does not, and none is guessed."
            )
        told = described(classes=tuple(part.strip() for part in classes.split(",")), mpp=mpp)
        pictures = taking_in.Pictures(
            tile_px,
            layout,
            1 / 255 if pixels == "0-1" else 1.0,
            _three(mean, "--mean"),
            _three(std, "--std"),
            gives,
            output,
        )
        say_where(taking_in.take_onnx(onnx, told, pictures, hand(by, why)))
    elif source is not None and is_zoo_model(source):
        require_torch()
        say_where(taking_in.take_zoo_model(source, described, run_torchscript, hand(by, why)))
    elif source is not None:
        say_where(taking_in.take_archive_or_folder(source, hand(by, why), sha256))


def export_model(
    model: ModelName,
    out: Annotated[Path | None, typer.Option(help="The archive; name@version.zip here if left out.")] = None,
) -> None:
    """Writes a model as one archive, listed by hash, that `forrang models import` takes."""
    from models.archive import pack
    from models.registry import find_model

    found = find_model(model)
    path = out or Path(f"{found.manifest.label}.zip")
    sha256 = pack(found, path)
    print_line(
        f"{path}\nSHA-256 {sha256}\nTell it to whoever imports the archive by another way than the archive itself."
    )


def calibrate_model(
    model: ModelName,
    tiles: Annotated[Path, typer.Option(help="Labelled tiles: Parquet with png, patient, label and split.")],
    kind: Annotated[Literal["platt", "temperature", "isotonic"], typer.Option(help="Of the calibration.")] = "platt",
    fit_on: Annotated[str, typer.Option(help="Split to fit on; tiles that its network did not learn from.")] = "val",
    judge_on: Annotated[str, typer.Option(help="Split to measure on.")] = "test",
    version: Annotated[str | None, typer.Option(help="Of the result; the next one if left out.")] = None,
    why: Annotated[str, typer.Option(help="Why; it stays on record.")] = "",
    by: By = None,
) -> None:
    """Fits a model's probabilities to your tiles: a new version with the same weights, not in use until promoted."""
    from models.registry import find_model
    from training.shipping.recalibration import recalibrate

    say_where(
        recalibrate(
            find_model(model), tiles, hand(by, why), kind=kind, fit_on=fit_on, judge_on=judge_on, version=version
        )
    )


def card_of_model(
    model: ModelName,
    out: Annotated[Path, typer.Option(help="Folder for CARD.md and card.html.")] = Path(),
) -> None:
    """Writes a model's card, as Markdown and as a page, from its manifest."""
    from models.registry import find_model
    from training.shipping.card_page import write_cards

    out.mkdir(parents=True, exist_ok=True)
    for path in write_cards(find_model(model).manifest, out):
        print_line(str(path))


def say_where(model: "Model") -> None:
    """One line: the model, whether it is in use, and its folder."""
    from training.shipping.overview import state_words

    manifest = model.manifest
    print_line(f"{manifest.label} ({state_words(model) or 'not in use'}): {model.folder}")


def _three(text: str, option: str) -> tuple[float, float, float]:
    try:
        first, second, third = (float(part) for part in text.split(","))
    except ValueError as error:
        raise TrainingError(f"{option} {text!r}: must be three numbers with commas, one a colour.") from error
    return first, second, third
