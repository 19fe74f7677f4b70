"""One tile model, or two on the same tiles: figures, curves and groups, in a form that is kept and drawn later."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from models.registry import Model, sha256_of
from models.shelf import manifest_hash
from training.data.tile_set import read_tiles
from training.judging.curves import Curve, net_benefit, reliability, roc
from training.judging.draws import draw_patients
from training.judging.evaluate import tile_probabilities
from training.judging.evaluation import (
    Difference,
    Evaluation,
    check_judgeable,
    drawn_figures,
    evaluation_of,
    paired_differences,
)
from training.judging.measures import Floats
from training.judging.subgroups import Group, groupings, judge_groups


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class Line(_Part):
    """A curve with its 95% band over patients, as many numbers in each."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


class ModelFindings(_Part):
    """What was found of one model."""

    label: str
    manifest_sha256: str
    evaluation: Evaluation
    roc: Line
    reliability: Line
    net_benefit: Line
    benefit_of_all: tuple[float, ...]
    """Net benefit of acting on everybody, at the chances of `net_benefit`."""
    groups: tuple[Group, ...]


class Findings(_Part):
    """What was found of one or two models on one split of a tile file."""

    tiles: str
    """The file's name."""
    tiles_sha256: str
    split: str
    models: tuple[ModelFindings, ...]
    differences: tuple[Difference, ...] = ()
    """The first model's figures less the second's, patients paired; none where there is one model."""


def judge_side_by_side(models: Sequence[Model], tiles: Path, split: str, threads: int = 2) -> Findings:
    """Judges one or two models on the same rows, each at its own threshold and tile size.

    Raises TileSetError: the file is wrong, or lacks the split. TrainingError: there is only one class or patient.
    WeightsError: a model's weights are not its manifest's.
    """
    found: list[ModelFindings] = []
    drawn: list[dict[str, Floats]] = []
    for model in models:
        manifest = model.manifest
        there = read_tiles(tiles, (split,), manifest.tile_px)[split]
        said = tile_probabilities(model, there, threads=threads)
        check_judgeable(said, there.labels, there.patients)
        draws, threshold = draw_patients(there.patients), manifest.threshold.value
        figures = drawn_figures(said, there.labels, draws, threshold)
        benefit = net_benefit(said, there.labels, draws)
        drawn.append(figures)
        found.append(
            ModelFindings(
                label=manifest.label,
                manifest_sha256=manifest_hash(model),
                evaluation=evaluation_of(figures, there.labels, there.patients, threshold),
                roc=_line(roc(said, there.labels, draws)),
                reliability=_line(reliability(said, there.labels, draws).curve),
                net_benefit=_line(benefit.model),
                benefit_of_all=tuple(map(float, benefit.everyone)),
                groups=judge_groups(said, there, threshold, groupings(there)),
            )
        )
    differences = paired_differences(drawn[0], drawn[1]) if len(drawn) > 1 else ()
    return Findings(
        tiles=tiles.name,
        tiles_sha256=sha256_of(tiles),
        split=split,
        models=tuple(found),
        differences=differences,
    )


def _line(curve: Curve) -> Line:
    x, y, low, high = (tuple(map(float, part)) for part in (curve.x, curve.y, curve.low, curve.high))
    return Line(x=x, y=y, low=low, high=high)
