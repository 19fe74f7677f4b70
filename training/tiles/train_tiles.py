"""Makes a whole model folder from labelled tiles: fine-tune, calibrate, export, quantise, judge, describe.

Needs the `torch` extra. The folder appears whole or not at all.
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import structlog

from models.calibration import Calibration, log_odds
from models.conformal import fit_unsure
from models.manifest import MANIFEST_NAME, DataTrace, Kind, Manifest, SlideRule, Threshold, WeightFile, write_manifest
from models.networks import load_weights, save_weights
from models.registry import load_model, sha256_of
from training.data.splits import split_sha256
from training.data.tile_set import TileSet, read_tiles
from training.heads.slide_bags import bag_labels, bag_means, build_bags, calibrate_bags, choose_area
from training.judging.figures import measure_model
from training.judging.measures import Floats, threshold_for_sensitivity
from training.shipping.card_page import write_cards
from training.shipping.exporting import NAMES, export_checked
from training.tiles.folds import Held, OutOfFold, read_out_of_fold
from training.tiles.meaning import fit_meaning
from training.tiles.options import TrainOptions
from training.tiles.parallel import join_team
from training.tiles.runs import (
    complete,
    finished_model,
    fit_on_split,
    forget,
    make_network,
    normalisation,
    run_folder,
)

FILES: dict[Kind, str] = {
    "onnx-fp32": NAMES["onnx-fp32"],
    "onnx-int8": NAMES["onnx-int8"],
    "torch": "weights.safetensors",
}
BAGS = 2000
log = structlog.get_logger()


def train_tiles(options: TrainOptions, *, resume: bool = False, processes: int = 1, curves: Path | None = None) -> Path:
    """Train a tile model and write its folder, `options.out / options.name`, replacing one that is there.

    Fits on the split `train`; chooses epochs, calibration, thresholds and the slide rule on `val`; measures once on
    `test`. Everything random comes from `options.fit.seed`. Takes about 25 minutes on one core for 4,800 tiles.

    Args:
        options: of the run.
        resume: go on from the checkpoint of a run that was cut off; start anew where there is none. A run that is
            finished is left as it is.
        processes: that share the work, one a GPU; the result is that of one process.
        curves: folder for TensorBoard's files; none if left out.

    Started by torchrun or `accelerate launch`, every process calls it, and the first one writes the folder.
    Raises TileSetError: the tile file is wrong. TrainingError: see `fitting.fit`. ModelError: the exported network does
    not say what torch's does.
    """
    options = complete(options)
    target = options.out / options.name
    if resume and (made := finished_model(options)):
        log.info(
            "finished before: nothing is left to do; without --resume it is trained anew", model=made.manifest.label
        )
        return target
    if target.exists():
        log.warning("a model of this name is there: this one takes its place when it is done", name=options.name)
    options = _described(options)
    if options.calibrate_on == "folds":
        read_out_of_fold(options)  # before hours of training, not after
    data = read_tiles(options.tiles, ("train", "val", "test"), options.tile_px)
    fitted, start = fit_on_split(options, data, resume=resume, processes=processes, curves=curves)
    if not join_team().is_first:
        return target
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.out, prefix=f".{options.name}-") as parent:
        folder = Path(parent) / options.name
        folder.mkdir()
        save_weights(fitted.network, folder / FILES["torch"])
        write_model(folder, options, data, start)
        if target.exists():
            target.rename(Path(parent) / "replaced")
        shutil.move(folder, target)
    forget(run_folder(options))
    log.info("model written", model=f"{options.name}@{options.version}")
    return target


def _described(options: TrainOptions) -> TrainOptions:
    """With what the recipe may say of this version and these tiles; says so where its words are of other tiles."""
    told = options.description
    may_say = told.for_run(options.version, sha256_of(options.tiles))
    if may_say.training_data != told.training_data:
        log.warning(
            "the recipe's words on data, licence and limits are of other tiles and are left out: write your own "
            "under `description` in a recipe of your own"
        )
    return options.model_copy(update={"description": may_say})


def write_model(folder: Path, options: TrainOptions, data: dict[str, TileSet], start: str) -> Manifest:
    """Fill a folder that holds the fitted weights: export, quantise, calibrate, judge, and describe.

    Args:
        folder: holds `weights.safetensors`.
        options: of the run that made them.
        data: the splits train, val and test.
        start: a sentence on the starting weights.
    """
    network = make_network(options)
    load_weights(network, folder / FILES["torch"])
    val, train = data["val"], data["train"]
    exported = export_checked(
        network, folder, train, val, options.threads, float_convolutions=options.float_convolutions
    )
    default = exported.default
    manifest = _manifest(folder, options, data, start, exported.logits[default], default)
    write_manifest(manifest, folder / MANIFEST_NAME)
    metrics = measure_model(load_model(folder), data["test"], options.fit.seed, options.threads)
    manifest = manifest.model_copy(update={"metrics": metrics})
    write_manifest(manifest, folder / MANIFEST_NAME)
    write_cards(manifest, folder)
    return manifest


def _manifest(
    folder: Path, options: TrainOptions, data: dict[str, TileSet], start: str, logits: Floats, default: str
) -> Manifest:
    val = data["val"]
    folds = read_out_of_fold(options) if options.calibrate_on == "folds" else None
    meaning = fit_meaning(options, Held(logits, val.labels, val.patients, val.layout), folds)
    probabilities = meaning.probability(logits, val.layout)
    described = options.description
    mean, std = normalisation(options)
    counts = "; ".join(
        f"{name}: {len(tiles)} tiles ({int(tiles.labels.sum())} positive) of {len(set(tiles.patients))} patients"
        for name, tiles in data.items()
    )
    return Manifest(
        name=options.name,
        version=options.version,
        network=options.network,
        tile_px=options.tile_px,
        mpp=options.mpp,
        input_px=options.input_px,
        network_args=options.network_args or None,
        mean=mean,
        std=std,
        classes=described.classes,
        positive=described.positive,
        positive_means=described.positive_means,
        calibration=meaning.alone,
        surroundings=meaning.joined,
        threshold=Threshold(
            value=threshold_for_sensitivity(probabilities, val.labels, options.tile_sensitivity),
            chosen=(
                f"the highest probability at which {options.tile_sensitivity:.0%} of the positive tiles of the "
                "validation split are still called positive."
            ),
        ),
        unsure=fit_unsure(probabilities, val.labels, options.unsure_coverage, val.patients),
        slide_rule=_slide_rule(options, meaning.alone, logits, val),
        training_data=(
            f"{described.training_data} {counts}. {start}{_restained(options)}{_mixed(options)}{_calibrated(folds)}"
        ),
        licence=described.licence,
        intended_use=described.intended_use,
        limits=described.limits,
        data=_trace(options, data),
        files={
            kind: WeightFile(path=name, sha256=sha256_of(folder / name))
            for kind, name in FILES.items()
            if (folder / name).is_file()
        },
        default_kind="onnx-int8" if default == "onnx-int8" else "onnx-fp32",
    )


def _trace(options: TrainOptions, data: dict[str, TileSet]) -> DataTrace:
    patients = np.concatenate([tiles.patients for tiles in data.values()])
    splits = np.repeat(list(data), [len(tiles) for tiles in data.values()])
    return DataTrace(
        tiles_sha256=sha256_of(options.tiles),
        split_sha256=split_sha256(patients, splits),
        patients={name: len(set(tiles.patients)) for name, tiles in data.items()},
        tiles={name: len(tiles) for name, tiles in data.items()},
    )


def _restained(options: TrainOptions) -> str:
    share = options.fit.augmentation.restained_share
    if not share:
        return ""
    return (
        f" In training, {share:.0%} of the tiles were shown in another patient's stain (Macenko's method); tiles that "
        "are scored are not changed."
    )


def _mixed(options: TrainOptions) -> str:
    count = 1 + len(options.mixed_with)
    return f" The weights are the mean of {count} fits from the same start." if count > 1 else ""


def _calibrated(folds: OutOfFold | None) -> str:
    if folds is None:
        return ""
    return (
        " Probabilities are fitted on val, and corrected by what networks of a cross-validation say of tiles of all"
        f" {len(set(folds.patients))} patients of train and val, each of patients that it had not seen."
    )


def _slide_rule(options: TrainOptions, calibration: Calibration, logits: Floats, val: TileSet) -> SlideRule:
    tile_mm2 = (options.tile_px * options.mpp / 1000) ** 2
    rng = np.random.default_rng(options.fit.seed)
    bags = build_bags(calibration.probability(logits), val.labels, val.patients, BAGS, rng)
    area = choose_area(bags, tile_mm2, options.areas_mm2)
    of_bags = calibrate_bags(bags, tile_mm2, area)
    scores = of_bags.probability(log_odds(bag_means(bags, tile_mm2, area)))
    return SlideRule(
        name="top_area_mean",
        area_mm2=area,
        calibration=of_bags,
        threshold=Threshold(
            value=threshold_for_sensitivity(scores, bag_labels(bags), options.bag_sensitivity),
            chosen=(
                f"the highest score at which {options.bag_sensitivity:.0%} of the positive bags are still flagged. The "
                f"{BAGS} bags were built from tiles of the validation split, half of them with a lesion; they are not "
                "slides."
            ),
        ),
    )
