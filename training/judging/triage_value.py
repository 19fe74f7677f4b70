"""What a model's ROC is worth in a department: hours that diseased cases gain by going first, and that others pay."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from planner.errors import PlannerError
from planner.measures.ai_effect import ai_effect, without_ai
from planner.measures.figures import FigureKey
from planner.measures.intervals import Estimate
from planner.replications.replicate import Experiment, replicate_all
from planner.scenario.load import change, load_scenario
from planner.scenario.scenario import Scenario
from training.errors import TrainingError
from training.judging.measures import Floats, Ints, at_threshold, threshold_for_sensitivity

SCENARIO = "small-lab"
SENSITIVITIES = (0.5, 0.7, 0.8, 0.9, 0.95)
"""Where on the ROC the department is simulated, beside the model's own threshold."""
REPLICATIONS = 40
PREVALENCE_CANCER, PREVALENCE_OTHER = 0.45, 0.08
"""Share of diseased cases in pathways that go first, and in the others. A: as in the ready scenario of a region."""
AI_HEAD_START_HOURS = 16.0
"""How far ahead a flagged case is put. A: as in the ready scenario of a region."""
READING = "reading"


@dataclass(frozen=True)
class RocPoint:
    """One threshold on a case's score, and what it does."""

    threshold: float
    sensitivity: float
    false_positive_fraction: float
    own: bool = False
    """Whether it is the model's own threshold."""


@dataclass(frozen=True)
class TriageValue:
    """Change of the mean wait with the AI's order, less without it, in hours; 95% over replications."""

    point: RocPoint
    diseased: Estimate
    others: Estimate
    everybody: Estimate
    """Weighted by how many there are: where reading takes all alike it is zero but for chance."""


def roc_points(scores: Floats, labels: Ints, own_threshold: float) -> tuple[RocPoint, ...]:
    """Points of the ROC of case scores (n,), by sensitivity, and the model's own one."""
    thresholds = [(threshold_for_sensitivity(scores, labels, wanted), False) for wanted in SENSITIVITIES]
    found = []
    for threshold, own in [*thresholds, (own_threshold, True)]:
        point = at_threshold(scores, labels, threshold)
        found.append(RocPoint(threshold, point.sensitivity, 1 - point.specificity, own))
    return tuple(sorted(found, key=lambda one: one.sensitivity))


def triage_value(
    points: Sequence[RocPoint],
    scenario: str = SCENARIO,
    replications: int = REPLICATIONS,
    seed: int | None = None,
    jobs: int | None = 1,
) -> tuple[TriageValue, ...]:
    """Each point's gain and price: a department that reads flagged cases first, against the same one that does not.

    All points see the same cases, so that they differ by what the AI says alone.
    Raises TrainingError: the scenario cannot be read, or has nowhere to put the AI; the run was cut short.
    """
    try:
        base = load_scenario(scenario)
        plans = [with_triage(base, point) for point in points]
        runs = replicate_all([without_ai(plans[0]), *plans], replications, seed, jobs=jobs)
        return tuple(_value(point, run, runs[0]) for point, run in zip(points, runs[1:], strict=True))
    except PlannerError as error:
        raise TrainingError(f"The value of triage could not be reckoned: {error}") from error


def with_triage(scenario: Scenario, point: RocPoint) -> Scenario:
    """The scenario with an AI of this point; where it has none, one is put before reading, and told what is diseased.

    Raises TrainingError: it has neither an AI nor a step `reading`.
    """
    shares = {"sensitivity": point.sensitivity, "false_positive_fraction": point.false_positive_fraction}
    if scenario.ai is not None:
        return change(scenario, {f"ai.{name}": value for name, value in shares.items()})
    if READING not in scenario.steps:
        raise TrainingError(
            f"The scenario {scenario.name!r} has neither `ai` nor a step `{READING}` to put one before. "
            f"Name another, such as {SCENARIO}."
        )
    # As data, since a scenario checks itself and is whole only once all of it is changed.
    changed: dict[str, Any] = copy.deepcopy(scenario.model_dump(mode="json"))
    for step in changed["steps"].values():
        for way in step.get("next") or []:
            way["to"] = "ai-score" if way["to"] == READING else way["to"]
    changed["steps"]["ai-score"] = {"does": "ai", "next": READING}
    for step in changed["steps"].values():
        # Whoever reads takes from several lines by one order, so that each of them heeds the AI or none.
        if step.get("needs") is not None and step["needs"] == changed["steps"][READING]["needs"]:
            step["order"] |= {"rule": "ai", "ai_head_start_hours": AI_HEAD_START_HOURS}
    for stream in changed["arrivals"]:
        first = scenario.pathways[stream["pathway"]].priority > 0
        stream["prevalence"]["value"] = PREVALENCE_CANCER if first else PREVALENCE_OTHER
    return Scenario.model_validate(changed | {"ai": shares})


def _value(point: RocPoint, with_ai: Experiment, without: Experiment) -> TriageValue:
    if not with_ai.summaries:
        raise TrainingError("The value of triage could not be reckoned: the simulation was cut short. Run it again.")
    effect = ai_effect(with_ai.summaries, without.summaries)
    diseased, others = (
        effect.changes[FigureKey("wait", "ai", group, "mean")] for group in ("diseased", "not-diseased")
    )
    return TriageValue(point, diseased, others, effect.weighted)
