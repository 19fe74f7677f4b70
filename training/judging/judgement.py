"""Everything there is to say about a tile model on labelled tiles, gathered for a report."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.calibration import log_odds
from models.embedding import embed_tiles, embedding_session
from models.errors import ForrangError
from models.manifest import Kind, Manifest
from models.registry import Model
from models.runtime import open_session, score_tiles
from training.data.tile_set import TileSet, read_tiles
from training.errors import TileSetError
from training.heads.slide_bags import bag_labels, bag_means, build_bags
from training.judging.curves import Curve, NetBenefit, Reliability, net_benefit, reliability, roc
from training.judging.draws import draw_patients
from training.judging.evaluate import CHOOSE_ON, compare
from training.judging.evaluation import Difference, Evaluation, check_judgeable, drawn_figures, evaluation_of
from training.judging.leakage import LeakageCheck, check_leakage, needs_embeddings, whole_patients
from training.judging.measures import Floats
from training.judging.misses import Miss, worst_misses
from training.judging.operating_point import (
    HoldTo,
    OperatingPoint,
    choose_operating_point,
    operating_point_at,
)
from training.judging.robustness import Robustness, judge_robustness
from training.judging.subgroups import Group, groupings, judge_groups
from training.judging.triage_value import REPLICATIONS, SCENARIO, TriageValue, roc_points, triage_value

BAGS = 2000
MOST_TILES = 1500
"""Tiles that the slow parts (changed pictures, leakage) look at; patients are taken whole until there are so many."""
WANTED = (0.8, 0.9, 0.95)
"""Sensitivities that a report shows thresholds for."""


@dataclass(frozen=True)
class Choice:
    """A threshold chosen on validation, and what it does on the tiles that are judged."""

    on_val: OperatingPoint
    here: OperatingPoint


@dataclass(frozen=True)
class Against:
    """Another model on the same tiles."""

    label: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Judgement:
    """What a report tells."""

    manifest: Manifest
    kind: Kind
    tiles: Path
    split: str
    evaluation: Evaluation
    used: OperatingPoint | None
    """The threshold that was used, on validation; None where the file has none."""
    choices: tuple[Choice, ...]
    groups: tuple[Group, ...]
    roc: Curve
    reliability: Reliability
    net_benefit: NetBenefit
    missed: tuple[Miss, ...]
    alarms: tuple[Miss, ...]
    robustness: tuple[Robustness, ...]
    looked_at: int
    """Tiles that robustness and leakage were judged on."""
    leakage: LeakageCheck | str
    """Or why there is none."""
    scenario: str
    triage: tuple[TriageValue, ...] | str
    against: Against | None


def judge(
    model: Model,
    tiles: Path,
    split: str = "test",
    kind: Kind | None = None,
    *,
    sensitivity: float | None = None,
    hold_to: HoldTo = "estimate",
    against: Model | None = None,
    scenario: str = SCENARIO,
    replications: int = REPLICATIONS,
    threads: int = 2,
    seed: int = 0,
    on_step: Callable[[str], None] = lambda _: None,
) -> Judgement:
    """Judges a model on one split of a tile file in every way there is. Takes some minutes.

    Args:
        model: from `models.registry.find_model`.
        tiles: Parquet file with `png, patient, label, split`; with a split `val` thresholds are chosen there.
        split: which rows are judged.
        kind: of weights; the manifest's default if none is named.
        sensitivity: the threshold is chosen anew for it on `val`; else the manifest's is used.
        hold_to: whether the sensitivity found, or its lower bound, is to reach it.
        against: a model to compare with on the same tiles.
        scenario: of the planner, in which the value of triage is reckoned.
        replications: of that scenario.
        threads: that ONNX Runtime may use.
        seed: of everything drawn.
        on_step: told what is being done.

    Raises TileSetError: the file is wrong or lacks a split; TrainingError: there is only one class or patient.
    """
    manifest = model.manifest
    session = open_session(model.weights(kind), threads)

    def logits(images: npt.NDArray[np.uint8]) -> Floats:
        return score_tiles(session, images)

    on_step("scoring the tiles")
    test = read_tiles(tiles, (split,), manifest.tile_px)[split]
    of_test = logits(test.tiles)
    said = manifest.tile_probability(of_test, test.layout)
    check_judgeable(said, test.labels, test.patients)
    val = _validation(tiles, split, manifest.tile_px, needed=sensitivity is not None)
    threshold, used = manifest.threshold.value, None
    choices: tuple[Choice, ...] = ()
    if val is not None:
        said_on_val = manifest.tile_probability(logits(val.tiles), val.layout)
        used = operating_point_at(said_on_val, val.labels, val.patients, threshold)
        if sensitivity is not None:
            used = choose_operating_point(said_on_val, val.labels, val.patients, sensitivity, hold_to, seed)
            threshold = used.threshold
        choices = tuple(_choice(said_on_val, val, said, test, wanted, seed) for wanted in WANTED)
    draws = draw_patients(test.patients, seed=seed)
    figures = drawn_figures(said, test.labels, draws, threshold)
    some = some_patients(test, MOST_TILES, seed)
    on_step("changing stain, focus, compression and resolution")
    robustness = judge_robustness(
        lambda images: manifest.tile_probability(logits(images), some.layout), some, threshold, manifest.mpp, seed=seed
    )
    on_step("checking for leakage")
    leakage = _leakage(model, some, threads, seed)
    on_step("simulating the department")
    triage = _triage(manifest.tile_probability(of_test), test, manifest, (scenario, replications), seed)
    on_step("comparing")
    return Judgement(
        manifest=manifest,
        kind=kind or manifest.default_kind,
        tiles=tiles,
        split=split,
        evaluation=evaluation_of(figures, test.labels, test.patients, threshold),
        used=used,
        choices=choices,
        groups=judge_groups(said, test, threshold, groupings(test), seed),
        roc=roc(said, test.labels, draws),
        reliability=reliability(said, test.labels, draws),
        net_benefit=net_benefit(said, test.labels, draws),
        missed=worst_misses(said, test, 1),
        alarms=worst_misses(said, test, 0),
        robustness=robustness,
        looked_at=len(some),
        leakage=leakage,
        scenario=scenario,
        triage=triage,
        against=Against(against.manifest.label, compare(model, against, tiles, split, kind, threads))
        if against
        else None,
    )


def some_patients(tiles: TileSet, most: int, seed: int) -> TileSet:
    """Whole patients in an order that the seed gives, until there are `most` tiles; at least two patients."""
    kept = tiles.take(whole_patients(tiles.patients, most, seed))
    return kept if len(np.unique(kept.labels)) > 1 else tiles


def _validation(path: Path, split: str, tile_px: int, *, needed: bool) -> TileSet | None:
    """The split that thresholds are chosen on; none where it is the one that is judged, or the file lacks it."""
    if split == CHOOSE_ON and not needed:
        return None
    try:
        return read_tiles(path, (CHOOSE_ON,), tile_px)[CHOOSE_ON]
    except TileSetError:
        if needed:
            raise
        return None


def _choice(on_val: Floats, val: TileSet, here: Floats, test: TileSet, wanted: float, seed: int) -> Choice:
    chosen = choose_operating_point(on_val, val.labels, val.patients, wanted, seed=seed)
    return Choice(chosen, operating_point_at(here, test.labels, test.patients, chosen.threshold, seed))


def _leakage(model: Model, tiles: TileSet, threads: int, seed: int) -> LeakageCheck | str:
    try:
        needs_embeddings()
        features = embed_tiles(embedding_session(model, threads=threads), tiles.tiles)
        return check_leakage(features, tiles.labels, tiles.patients, seed=seed)
    except ForrangError as error:
        return f"Not checked: {error}"


def _triage(
    alone: Floats, test: TileSet, manifest: Manifest, simulated: tuple[str, int], seed: int
) -> tuple[TriageValue, ...] | str:
    rule = manifest.slide_rule
    bags = build_bags(alone, test.labels, test.patients, BAGS, np.random.default_rng(seed))
    scores = rule.calibration.probability(log_odds(bag_means(bags, manifest.tile_area_mm2, rule.area_mm2)))
    try:
        return triage_value(roc_points(scores, bag_labels(bags), rule.threshold.value), *simulated, seed=seed)
    except ForrangError as error:
        return str(error)
