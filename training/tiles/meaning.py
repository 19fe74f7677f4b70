"""What a network's logits mean for new patients: fitted on those of `val`, and corrected by what folds say of all."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from models.calibration import Calibration, CalibrationKind, Platt, fit_calibration, log_odds
from models.surroundings import Layout, Surroundings
from training.errors import TrainingError
from training.judging.measures import Floats, Ints
from training.tiles.folds import Held, OutOfFold
from training.tiles.joining import fit_surroundings
from training.tiles.options import TrainOptions


@dataclass(frozen=True)
class Meaning:
    """From the logits of tiles to probabilities."""

    alone: Calibration
    """Of a tile by itself."""
    joined: Surroundings | None
    """Of a tile with those round it; None where neighbours do not join in."""
    tile_um: float
    """Side of a tile, um."""

    def probability(self, logits: Floats, layout: Layout | None) -> Floats:
        """Probabilities (n,) of tiles with these logits (n,), with their neighbours where it is known who those are."""
        if self.joined is None or layout is None:
            return self.alone.probability(logits)
        return self.joined.probability(logits, layout, self.tile_um)

    def corrected(self, alone: Platt, joined: Platt) -> Self:
        """With the log-odds of each put through a line."""
        around = self.joined and self.joined.model_copy(
            update={"calibration": self.joined.calibration.corrected(joined)}
        )
        return type(self)(self.alone.corrected(alone), around, self.tile_um)


def fit_meaning(options: TrainOptions, val: Held, folds: OutOfFold | None = None) -> Meaning:
    """What fits tiles of `val` best, for the share of positives that is asked for; corrected by folds where given.

    Networks of other folds have other logits: they learnt from fewer tiles. So no calibration is taken over from them,
    but how one that was fitted on their logits of `val` has to be changed to fit their logits of everybody. ADR 105.

    Args:
        options: of the run.
        val: what the network said of tiles of `val`.
        folds: what a cross-validation of the same recipe said of `train` and `val`.

    Raises TrainingError: neighbours are to join in and the tiles do not say where they lie, or a patient of `val` is in
    no fold.
    """
    meaning = _fit(options, val)
    if folds is None:
        return meaning
    of_val = np.isin(folds.patients, val.patients)
    if missing := sorted(set(val.patients) - set(folds.patients)):
        raise TrainingError(
            f"calibrate_on: the scores out of fold lack {len(missing)} patients of the split val, as {missing[0]}."
            " Make them anew with --folds, from the same tile file."
        )
    layout = folds.layout.take(of_val) if folds.layout else None
    theirs = _fit(options, Held(folds.logits[of_val], folds.labels[of_val], folds.patients[of_val], layout))
    by_themselves = theirs.probability(folds.logits, None)
    return meaning.corrected(
        _line(options, by_themselves, folds.labels),
        _line(options, theirs.probability(folds.logits, folds.layout), folds.labels),
    )


def _fit(options: TrainOptions, held: Held) -> Meaning:
    weights = prevalence_weights(held.labels, options.prevalence)
    alone = fit_calibration(options.calibration, held.logits, held.labels, weights)
    return Meaning(alone, _joined(options, held, weights), options.tile_px * options.mpp)


def _joined(options: TrainOptions, held: Held, weights: Floats | None) -> Surroundings | None:
    if options.surroundings_um is None:
        return None
    if held.layout is None:
        raise TrainingError(
            f"surroundings_um: {options.tiles} does not say where every tile lies. Give `x` and `y`, or leave it out."
        )
    told = (held.logits, held.labels, held.layout)
    return fit_surroundings(*told, options.surroundings_um, options.tile_px * options.mpp, options.calibration, weights)


def _line(options: TrainOptions, probabilities: Floats, labels: Ints) -> Platt:
    """How the log-odds of these have to be changed to fit these labels; a temperature's stay without an intercept."""
    kind: CalibrationKind = "temperature" if options.calibration == "temperature" else "platt"
    weights = prevalence_weights(labels, options.prevalence)
    line = fit_calibration(kind, log_odds(probabilities), labels, weights)
    assert isinstance(line, Platt)
    return line


def prevalence_weights(labels: Ints, prevalence: float | None) -> Floats | None:
    """Weights (n,) under which this share of the labels is positive; None where no share is asked for."""
    if prevalence is None:
        return None
    found = float(np.mean(labels == 1))
    return np.where(labels == 1, prevalence / found, (1 - prevalence) / (1 - found))
