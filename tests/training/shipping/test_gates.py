"""Gates say no with the reason and by how much; intervals are over patients, however many tiles there are."""

import numpy as np
import pytest

from models.foreign.describing import NOT_CALIBRATED
from models.in_use import Gate
from models.manifest import Manifest
from tests.models.conftest import example_values
from training.errors import TrainingError
from training.shipping.gates import Ground, Judged, Limits, pass_gates

PATIENTS, TILES = 20, 30
COMPLETE = {
    "training_data": "Breast tiles.",
    "metrics": [
        {"name": "AUC", "value": 0.9, "low": 0.88, "high": 0.92, "on": "test"},
        {"name": "calibration error", "value": 0.02, "on": "test"},
    ],
}


def manifest(**changes: object) -> Manifest:
    return Manifest.model_validate(example_values() | COMPLETE | changes)


def ground(patients: int = PATIENTS, split: str = "test") -> Ground:
    rng = np.random.default_rng(0)
    names = np.repeat([f"p{number:02d}" for number in range(patients)], TILES)
    labels = rng.integers(0, 2, len(names))
    return Ground("tiles.parquet, split test", split, labels, names, None)


def said_by(on: Ground, noise: float, seed: int = 1) -> np.ndarray:
    """Calibrated probabilities that are the truer the less noise there is."""
    rng = np.random.default_rng(seed)
    evidence = on.labels * 2 - 1 + rng.normal(0, noise, len(on.labels))
    return 1 / (1 + np.exp(-2 * evidence / noise**2))


def gates(
    on: Ground, ours: np.ndarray, theirs: object = None, allowed: Limits | None = None, **changes: object
) -> dict[str, Gate]:
    other = Judged(manifest(version="1.0.0"), theirs) if isinstance(theirs, np.ndarray) else theirs
    found = pass_gates(Judged(manifest(**changes), ours), other, on, allowed or Limits())
    return {gate.name: gate for gate in found}


def test_a_model_that_is_as_good_as_the_one_in_use_passes_every_gate() -> None:
    on = ground()
    both = said_by(on, 1.0)
    found = gates(on, both, both)
    assert all(gate.passed for gate in found.values()), found
    assert "+0.0000 to +0.0000" in found["not worse"].said


def test_a_worse_model_is_refused_by_how_much_it_misses_the_margin() -> None:
    on = ground()
    gate = gates(on, said_by(on, 2.0, seed=2), said_by(on, 0.8))["not worse"]
    assert not gate.passed
    low = float(gate.said.split("interval over patients ")[1].split(" to ")[0])
    assert low < -0.01
    assert f"misses that by {-0.01 - low:.3f}"[:-1] in gate.said
    assert "small@1.0.0" in gate.said


def test_a_wider_margin_lets_a_slightly_worse_model_through() -> None:
    on = ground()
    ours, theirs = said_by(on, 1.05, seed=2), said_by(on, 1.0)
    assert gates(on, ours, theirs, Limits(margin=0.2))["not worse"].passed
    assert not gates(on, ours, theirs, Limits(margin=0.0))["not worse"].passed


def test_one_patient_it_fails_on_can_refuse_it_though_the_mean_is_the_same() -> None:
    on = ground(patients=12)
    theirs = said_by(on, 0.7)
    ours = theirs.copy()
    failed = on.patients == "p03"
    ours[failed] = 1 - ours[failed]
    assert not gates(on, ours, theirs, Limits(margin=0.05))["not worse"].passed


def test_overconfidence_is_refused_by_how_much_it_is_over_the_limit() -> None:
    on = ground()
    sure = (said_by(on, 1.5) > 0.5) * 0.98 + 0.01
    gate = gates(on, sure)["calibrated"]
    assert not gate.passed
    assert "over it by" in gate.said
    assert gates(on, sure, allowed=Limits(ece=0.9))["calibrated"].passed


def test_a_model_that_was_not_calibrated_here_is_refused_however_well_it_does() -> None:
    on = ground()
    ours = Judged(manifest(limits=["Not for clinical use.", NOT_CALIBRATED]), said_by(on, 1.0))
    (gate,) = [gate for gate in pass_gates(ours, None, on, Limits()) if gate.name == "calibrated"]
    assert not gate.passed
    assert "forrang models calibrate small@1.2.0" in gate.said


@pytest.mark.parametrize("split", ["train", "val"])
def test_tiles_that_a_model_learns_or_chooses_on_are_refused(split: str) -> None:
    on = ground(split=split)
    assert not gates(on, said_by(on, 1.0))["unseen tiles"].passed


def test_a_few_patients_are_too_few() -> None:
    on = ground(patients=9)
    gate = gates(on, said_by(on, 1.0))["enough patients"]
    assert not gate.passed
    assert "9 patients; 10" in gate.said


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"metrics": []}, "AUC with an interval"),
        ({"metrics": COMPLETE["metrics"][:1]}, "calibration error"),
        ({"licence": "Not stated."}, "licence"),
        ({"training_data": "Labelled tiles that were not described further. train: 4 tiles"}, "training_data"),
        ({"intended_use": "Everything.", "limits": ["None."]}, "clinical use"),
    ],
)
def test_an_incomplete_card_is_refused_naming_what_is_missing(change: dict[str, object], named: str) -> None:
    on = ground()
    gate = gates(on, said_by(on, 1.0), **change)["card complete"]
    assert not gate.passed
    assert named in gate.said


def test_where_the_one_in_use_cannot_be_asked_the_gate_says_why() -> None:
    on = ground()
    gate = gates(on, said_by(on, 1.0), "its weights are gone")["not worse"]
    assert not gate.passed
    assert "its weights are gone" in gate.said


def test_answers_that_are_no_numbers_and_one_class_judge_nothing() -> None:
    on = ground()
    with pytest.raises(TrainingError, match="no numbers"):
        gates(on, np.full(len(on.labels), np.nan))
    one_class = Ground(on.words, on.split, np.ones_like(on.labels), on.patients, None)
    with pytest.raises(TrainingError, match="one class"):
        gates(one_class, said_by(on, 1.0))
