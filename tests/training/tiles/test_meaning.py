"""Few patients of `val` mislead; what networks of the folds say of everybody leads back, whatever their scale is."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

pytest.importorskip("torch", reason="the torch extra is not installed")

from models.calibration import Isotonic, Platt
from models.surroundings import Layout
from training.errors import TrainingError
from training.judging.measures import calibration_error
from training.tiles.folds import Held, OutOfFold
from training.tiles.meaning import fit_meaning
from training.tiles.options import TrainOptions

EACH, ALL, OF_VAL = 60, 400, 20
OURS, THEIRS = (0.5, 1.0), (2.0, -0.7)
"""Scale and offset of the logits of the network and of those of the folds, against the true log-odds."""


def options(tmp_path: Path, **given: object) -> TrainOptions:
    return TrainOptions.from_recipe(None, tiles=tmp_path / "tiles.parquet", out=tmp_path, **given)


def world(seed: int) -> tuple[Held, OutOfFold, Held]:
    """Scores of val by the network, of everybody by the folds, and of many new patients by the network.

    Every patient has a stain that moves the logits of all tiles; val's patients happen to be read too high.
    """
    rng = np.random.default_rng(seed)
    patients = np.repeat(np.arange(ALL).astype(str), EACH)
    area = np.repeat(rng.normal(0, 2.0, ALL * EACH // 6), 6)  # six tiles of a kind lie in a row
    odds = -1.2 + area + rng.normal(0, 1.0, ALL * EACH)
    labels = (rng.random(len(odds)) < expit(odds)).astype(np.int64)
    stain = np.repeat(rng.normal(0, 0.4, ALL), EACH)
    of_val = np.isin(patients, np.arange(OF_VAL).astype(str))
    stain[of_val] += 0.7
    layout = Layout(np.column_stack([np.tile(np.arange(EACH), ALL), np.zeros(len(odds))]) * 1.0, patients)

    def seen(scale: tuple[float, float]) -> np.ndarray:
        return scale[0] * (odds + stain + rng.normal(0, 1.5, len(odds))) + scale[1]

    ours, new = seen(OURS), np.flatnonzero(~of_val)
    return (
        Held(ours[of_val], labels[of_val], patients[of_val], layout.take(of_val)),
        OutOfFold(seen(THEIRS), labels, patients, layout, folds=np.zeros(len(odds), np.int64)),
        Held(ours[new], labels[new], patients[new], layout.take(new)),
    )


@pytest.mark.parametrize(("kind", "left"), [("platt", 0.2), ("isotonic", 0.6)])
def test_the_folds_correct_what_a_few_patients_misled(kind: str, left: float, tmp_path: Path) -> None:
    val, folds, new = world(1)
    asked = options(tmp_path, calibration=kind)
    by_val = fit_meaning(asked, val).probability(new.logits, None)
    corrected = fit_meaning(asked, val, folds).probability(new.logits, None)
    before, after = (calibration_error(it, new.labels) for it in (by_val, corrected))
    assert before > 0.04
    assert after < left * before


def test_tiles_with_their_neighbours_are_corrected_too(tmp_path: Path) -> None:
    val, folds, new = world(2)
    asked = options(tmp_path, surroundings_um=400)
    before, after = fit_meaning(asked, val), fit_meaning(asked, val, folds)
    assert before.joined is not None
    assert after.joined is not None
    assert after.joined.weight == before.joined.weight
    assert calibration_error(before.probability(new.logits, new.layout), new.labels) > 0.04
    assert calibration_error(after.probability(new.logits, new.layout), new.labels) < 0.012


def test_the_order_of_tiles_is_left_alone(tmp_path: Path) -> None:
    val, folds, new = world(3)
    before, after = (fit_meaning(options(tmp_path), val, it).probability(new.logits, None) for it in (None, folds))
    assert np.array_equal(np.argsort(before), np.argsort(after))


def test_the_share_of_positives_asked_for_is_that_of_everybody(tmp_path: Path) -> None:
    val, folds, new = world(4)
    meaning = fit_meaning(options(tmp_path, prevalence=0.6), val, folds)
    weights = np.where(new.labels == 1, 0.6 / new.labels.mean(), 0.4 / (1 - new.labels.mean()))
    assert np.average(meaning.probability(new.logits, None), weights=weights) == pytest.approx(0.6, abs=0.01)


def test_a_temperature_stays_one(tmp_path: Path) -> None:
    val, folds, _ = world(5)
    alone = fit_meaning(options(tmp_path, calibration="temperature"), val, folds).alone
    assert isinstance(alone, Platt)
    assert alone.intercept == 0


def test_folds_that_lack_a_patient_of_val_are_refused(tmp_path: Path) -> None:
    val, folds, _ = world(6)
    some = folds.patients != "3"
    lacking = OutOfFold(folds.logits[some], folds.labels[some], folds.patients[some], folds=folds.folds[some])
    with pytest.raises(TrainingError, match="lack 1 patients of the split val, as 3"):
        fit_meaning(options(tmp_path), val, lacking)


def test_neighbours_need_to_be_known(tmp_path: Path) -> None:
    val, _, _ = world(7)
    with pytest.raises(TrainingError, match="does not say where every tile lies"):
        fit_meaning(options(tmp_path, surroundings_um=400), Held(val.logits, val.labels, val.patients))


def test_a_line_that_changes_nothing_changes_nothing() -> None:
    nothing = Platt(slope=1, intercept=0)
    steps = Isotonic(knots=((-1.0, 0.2), (1.0, 0.7)))
    assert Platt(slope=2, intercept=3).corrected(nothing) == Platt(slope=2, intercept=3)
    assert steps.corrected(nothing).probability([-1, 1]) == pytest.approx([0.2, 0.7])
