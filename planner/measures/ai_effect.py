"""Both sides of AI triage: what the flagged gain and what the others pay, against the same department without it.

The twin has the same cases, the same answers of the AI and the same latency, but nobody goes first because of them. On
common random numbers only the order of work differs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from planner.errors import PlannerError
from planner.measures.figures import FigureKey, Summary
from planner.measures.intervals import CONFIDENCE, Estimate, estimate, paired
from planner.scenario.process import Work
from planner.scenario.scenario import Scenario

CHANGED = ("wait", "turnaround", "on_time")


@dataclass(frozen=True)
class AiEffect:
    """With AI less without, over replications."""

    changes: dict[FigureKey, Estimate]
    """Of wait and turnaround (hours: mean, percentiles, max) and of the share on time; by AI group and for all."""
    weighted: Estimate
    """Hours of mean wait: the change for the diseased and that for the others, weighted by prevalence.

    Where reading takes all alike it is zero but for chance: triage moves waiting, it does not remove it.
    """


def without_ai(scenario: Scenario) -> Scenario:
    """The twin in which every `ai` order is `clinical`; the AI itself stays, so that cases are in the same groups."""
    steps = {
        name: step.model_copy(update={"order": step.order.model_copy(update={"rule": "clinical"})})
        if isinstance(step, Work) and step.order.rule == "ai"
        else step
        for name, step in scenario.steps.items()
    }
    return scenario.model_copy(update={"steps": steps})


def ai_effect(with_ai: Sequence[Summary], without: Sequence[Summary], confidence: float = CONFIDENCE) -> AiEffect:
    """What triage changes. Raises PlannerError where runs have no AI groups, or no replication in common."""
    found = paired(without, with_ai, confidence)
    changes = {key: change for key, change in found.items() if key.by in ("all", "ai") and key.measure in CHANGED}
    if not any(key.by == "ai" for key in changes):
        raise PlannerError("no AI groups in these runs: the scenario has no `ai`; say what it flags, and run again")
    before = {summary.replication: summary for summary in without}
    pairs = [(before[after.replication], after) for after in with_ai if after.replication in before]
    weighted = [_weighted_change(*pair) for pair in pairs]
    return AiEffect(changes, estimate([math.nan] if any(map(math.isnan, weighted)) else weighted, confidence))


def _weighted_change(without: Summary, with_ai: Summary) -> float:
    """Hours, of one pair of replications; nan where open cases hide a mean."""
    groups = ("diseased", "not-diseased")
    cases = {group: with_ai.figures.get(FigureKey("cases", "ai", group), 0.0) for group in groups}
    changes = {
        group: with_ai.figures[mean] - without.figures[mean]
        for group in groups
        if cases[group] and (mean := FigureKey("wait", "ai", group, "mean")) in with_ai.figures
    }
    return (
        sum(cases[group] * change for group, change in changes.items()) / sum(cases.values()) if changes else math.nan
    )
