"""A scenario and small changes to it, all on the same random numbers: paired differences of every figure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.errors import PlannerError
from planner.experiments.wording import named
from planner.measures.figures import FigureKey
from planner.measures.intervals import Estimate, paired
from planner.replications.replicate import Experiment, OnProgress, replicate_all
from planner.scenario.load import change
from planner.scenario.scenario import Scenario

UNKNOWN = Estimate(math.nan, math.nan, math.nan, 0)


@dataclass(frozen=True)
class Variants:
    """What came of it."""

    base: Experiment
    differences: tuple[Mapping[FigureKey, Estimate], ...]
    """Variant less base, a mapping for each change; empty where the variant was not run."""
    interruption: str
    """Why it ended early, or ""."""


def run_variants(
    scenario: Scenario,
    changes: Sequence[Mapping[str, Any]],
    replications: int,
    target: FigureKey,
    seed: int | None = None,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    on_progress: OnProgress | None = None,
) -> Variants:
    """Runs the scenario and each change of it (dotted paths and values).

    Raises PlannerError where the target is no figure of the scenario or has no value in it, and as `replicate`.
    """
    base, *others = replicate_all(
        [scenario, *(change(scenario, one) for one in changes)],
        replications,
        seed,
        jobs=jobs,
        cluster=cluster,
        on_progress=on_progress,
    )
    if target not in base.estimates:
        raise PlannerError(f"there is no figure {named(target)!r} in the results of {scenario.name}")
    if math.isnan(base.estimates[target].mean):
        raise PlannerError(
            f"{named(target)} of {scenario.name} has no value to watch, most often since too many cases are still open "
            "at the end: choose another figure, or give it more follow_up_days"
        )
    differences = tuple(paired(base.summaries, other.summaries) if other.summaries else {} for other in others)
    interruption = next((one.interruption for one in (base, *others) if one.interruption), "")
    return Variants(base, differences, interruption)
