"""Fits what turns a model's answers into probabilities to tiles of one's own: a new version of the same network.

For a model that was imported, or that meets another laboratory's slides. Needs no torch.
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from models.calibration import CalibrationKind, fit_calibration, log_odds
from models.foreign.describing import NOT_CALIBRATED
from models.in_use import Hand
from models.manifest import MANIFEST_NAME, Manifest, SlideRule, Threshold, faults_of, write_manifest
from models.registry import Model, list_models, load_model
from models.shelf import files_of, take_in
from models.surroundings import Surroundings
from training.data.tile_set import TileSet, read_tiles
from training.errors import TrainingError
from training.heads.slide_bags import bag_labels, bag_means, build_bags, calibrate_bags
from training.judging.evaluate import tile_logits
from training.judging.figures import measure_model
from training.judging.measures import Floats, threshold_for_sensitivity
from training.shipping.card_page import write_cards
from training.shipping.promotion import refuse_other_size
from training.tiles.joining import fit_surroundings

TILE_SENSITIVITY, SLIDE_SENSITIVITY = 0.9, 0.8
"""As those of the bundled model's training."""
BAGS = 2000
CALIBRATED_HERE = "Calibrated here"


def recalibrate(
    model: Model,
    tiles: Path,
    hand: Hand,
    *,
    kind: CalibrationKind = "platt",
    fit_on: str = "val",
    judge_on: str = "test",
    version: str | None = None,
    seed: int = 1,
) -> Model:
    """Calibrates a model, chooses its thresholds and measures it anew; the new version is on the shelf, not in use.

    Args:
        model: whose weights stay as they are.
        tiles: Parquet file with `png, patient, label, split`, cut at the model's size and um per px.
        hand: who does it, when and why.
        kind: of the tiles' calibration.
        fit_on: split that calibration and thresholds are fitted on: tiles that the network was not fitted on.
        judge_on: split that the figures are measured on.
        version: of the result; one more than there are by default.
        seed: of the bags that stand in for slides.

    Raises TileSetError: the file is wrong. TrainingError: a split is of one class, or the tiles are of another size.
    """
    manifest = model.manifest
    data = read_tiles(tiles, (fit_on, judge_on), manifest.tile_px)
    for found in data.values():
        refuse_other_size(found, manifest, tiles)
    fitted = _fitted(manifest, data[fit_on], tile_logits(model, data[fit_on].tiles), kind, seed)
    words = (
        f"{CALIBRATED_HERE} ({kind}) on {len(data[fit_on])} tiles of {len(set(data[fit_on].patients))} patients, and "
        f"judged on {len(data[judge_on])} tiles of {len(set(data[judge_on].patients))} others; it says what it means "
        "on tiles like these."
    )
    kept = tuple(text for text in manifest.limits if text != NOT_CALIBRATED and not text.startswith(CALIBRATED_HERE))
    changes = {"version": version or _next_version(manifest), "limits": (*kept, words)}
    with tempfile.TemporaryDirectory(prefix="forrang-calibrated-") as parent:
        folder = Path(parent)
        for name in files_of(manifest):
            shutil.copyfile(model.folder / name, folder / name)
        described = _checked(fitted.model_copy(update=changes))
        write_manifest(described, folder / MANIFEST_NAME)
        metrics = measure_model(load_model(folder), data[judge_on], seed)
        write_manifest(described.model_copy(update={"metrics": metrics}), folder / MANIFEST_NAME)
        taken = take_in(folder, hand)
    write_cards(taken.manifest, taken.folder)
    return taken


def _fitted(manifest: Manifest, tiles: TileSet, logits: Floats, kind: CalibrationKind, seed: int) -> Manifest:
    calibration = fit_calibration(kind, logits, tiles.labels)
    surroundings = _surroundings(manifest, tiles, logits, kind)
    alone = calibration.probability(logits)
    changed = manifest.model_copy(update={"calibration": calibration, "surroundings": surroundings})
    probabilities = changed.tile_probability(logits, tiles.layout)
    rule = manifest.slide_rule
    bags = build_bags(alone, tiles.labels, tiles.patients, BAGS, np.random.default_rng(seed))
    of_bags = calibrate_bags(bags, manifest.tile_area_mm2, rule.area_mm2)
    scores = of_bags.probability(log_odds(bag_means(bags, manifest.tile_area_mm2, rule.area_mm2)))
    on = f"of {len(tiles)} tiles of {len(set(tiles.patients))} patients"
    return changed.model_copy(
        update={
            "unsure": None,
            "threshold": Threshold(
                value=threshold_for_sensitivity(probabilities, tiles.labels, TILE_SENSITIVITY),
                chosen=f"the highest at which {TILE_SENSITIVITY:.0%} of the positives {on} are still called positive.",
            ),
            "slide_rule": SlideRule(
                name=rule.name,
                area_mm2=rule.area_mm2,
                calibration=of_bags,
                threshold=Threshold(
                    value=threshold_for_sensitivity(scores, bag_labels(bags), SLIDE_SENSITIVITY),
                    chosen=(
                        f"the highest at which {SLIDE_SENSITIVITY:.0%} of the positive bags built {on} are flagged; "
                        "bags are not slides."
                    ),
                ),
            ),
        }
    )


def _surroundings(manifest: Manifest, tiles: TileSet, logits: Floats, kind: CalibrationKind) -> Surroundings | None:
    """As they were, with their weight and calibration fitted anew; none where the file does not say where tiles lie."""
    if manifest.surroundings is None or tiles.layout is None:
        return None
    sigma_um = manifest.surroundings.sigma_um
    return fit_surroundings(logits, tiles.labels, tiles.layout, sigma_um, manifest.tile_um, kind)


def _checked(manifest: Manifest) -> Manifest:
    try:
        return Manifest.model_validate(manifest.model_dump(mode="json"))
    except ValidationError as error:
        raise TrainingError(f"{manifest.name}: {faults_of(error)}.") from error


def _next_version(manifest: Manifest) -> str:
    taken = {model.manifest.label for model in list_models()}
    number = 1
    while f"{manifest.name}@{manifest.version}.{number}" in taken:
        number += 1
    return f"{manifest.version}.{number}"
