"""Two or more scenarios on the same random numbers: what differs, how surely, and where the time went."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planner.errors import PlannerError
from planner.experiments.wording import amount, change, named
from planner.measures.figures import FigureKey, Summary
from planner.measures.intervals import Estimate, estimate, paired
from planner.measures.overload import growth, without_means
from planner.replications.replicate import Experiment
from planner.scenario.difference import FieldChange, differences
from planner.scenario.load_balance import busiest

HEADLINES = (
    FigureKey("on_time", "all"),
    FigureKey("turnaround", "all", "", "p50"),
    FigureKey("turnaround", "all", "", "p90"),
    FigureKey("backlog", "all", "", "mean"),
    FigureKey("cost", "all"),
    FigureKey("cost_per_on_time", "all"),
)
NOTHING = Estimate(math.nan, math.nan, math.nan, 0)
MOST_STAGES = 3
"""Stages that the verdict names."""


@dataclass(frozen=True)
class Difference:
    """A figure in both, and the paired difference: other less base, in the figure's unit."""

    key: FigureKey
    base: Estimate
    other: Estimate
    change: Estimate

    @property
    def is_clear(self) -> bool:
        """Whether the interval of the difference keeps off zero."""
        return self.change.excludes_zero


@dataclass(frozen=True)
class StageDifference:
    """Hours a case spends in a stage, other less base, paired. A stage that one lacks counts as no time there."""

    stage: str
    wait: Estimate
    work: Estimate
    total: Estimate


@dataclass(frozen=True)
class Against:
    """The base against one other."""

    other: Experiment
    pairs: int
    """Replications that both have."""
    figures: tuple[Difference, ...]
    stages: tuple[StageDifference, ...]
    """Most changed first."""
    changes: tuple[FieldChange, ...]
    """What differs in the scenarios."""
    verdict: tuple[str, ...]
    """The answer in sentences: whether it is better, and why."""


@dataclass(frozen=True)
class Comparison:
    """A base and what it was compared with."""

    base: Experiment
    others: tuple[Against, ...]


def compare(base: Experiment, others: Sequence[Experiment]) -> Comparison:
    """Paired differences with 95% t intervals. Raises PlannerError where seeds differ or no replication is in both."""
    return Comparison(base, tuple(_against(base, other) for other in others))


def _against(base: Experiment, other: Experiment) -> Against:
    if base.seed != other.seed:
        raise PlannerError(
            f"{base.scenario.name} was run with seed {base.seed} and {other.scenario.name} with {other.seed}: "
            "run both with the same seed, so that they differ by their plans and not by luck"
        )
    pairs = _pairs(base, other)
    changes = differences(base.scenario, other.scenario)
    by_key = paired(base.summaries, other.summaries)
    growing = tuple(_growing(where, one) for where, one in (("in the base", base), ("here", other)))
    if any(growing):
        by_key = without_means(by_key)
    figures = tuple(
        Difference(key, base.estimates.get(key, NOTHING), other.estimates.get(key, NOTHING), by_key[key])
        for key in _keys(by_key, changes)
    )
    stages = () if any(growing) else _stages(pairs)
    verdict = (*filter(None, growing), *_verdict(figures, stages, changes, len(pairs), compared=not any(growing)))
    return Against(other, len(pairs), figures, stages, changes, verdict)


def _growing(where: str, one: Experiment) -> str:
    """Says that a department falls behind, in which case its times and queues have no mean; else nothing."""
    found = growth(one.summaries, offered=busiest(one.scenario))
    if not found.growing:
        return ""
    return (
        f"More comes in than can be done {where}: the backlog grows by {found.per_day.mean:.3g} cases every day and"
        " would go on growing, so that times and queues have no mean to compare."
    )


def _pairs(base: Experiment, other: Experiment) -> list[tuple[Summary, Summary]]:
    after = {summary.replication: summary for summary in other.summaries}
    return [(one, after[one.replication]) for one in base.summaries if one.replication in after]


def _keys(found: dict[FigureKey, Estimate], changes: Sequence[FieldChange]) -> Iterator[FigureKey]:
    """The headlines, on time by pathway, overtime where it changed, and how busy the changed resources are."""
    changed = {change.path.split(".")[1] for change in changes if change.path.startswith("resources.")}
    for key in HEADLINES:
        if key in found:
            yield key
    for key, difference in found.items():
        resource = key.group.split(" @ ")[0]
        if (
            (key.measure == "on_time" and key.by == "pathway")
            or (key.measure == "overtime" and difference.mean != 0)
            or (key.measure == "utilisation" and resource in changed)
        ):
            yield key


def _stages(pairs: Sequence[tuple[Summary, Summary]]) -> tuple[StageDifference, ...]:
    names = {
        key.group: None
        for pair in pairs
        for one in pair
        for key in one.figures
        if key.measure == "stage_wait" and key.by == "stage" and key.detail == "mean"
    }
    found = [_stage(name, [pair for pair in pairs if pair[0].figures and pair[1].figures]) for name in names]
    moved = [stage for stage in found if stage.total.n and (stage.wait.mean != 0 or stage.work.mean != 0)]
    return tuple(sorted(moved, key=lambda stage: -abs(stage.total.mean)))


def _stage(name: str, pairs: Sequence[tuple[Summary, Summary]]) -> StageDifference:
    wait, work = (
        [
            after.figures.get(FigureKey(measure, "stage", name, "mean"), 0.0)
            - before.figures.get(FigureKey(measure, "stage", name, "mean"), 0.0)
            for before, after in pairs
        ]
        for measure in ("stage_wait", "stage_work")
    )
    total = [waited + worked for waited, worked in zip(wait, work, strict=True)]
    if any(map(math.isnan, total)):  # too many open cases in some replication; the others would be the lucky ones
        return StageDifference(name, NOTHING, NOTHING, NOTHING)
    return StageDifference(name, estimate(wait), estimate(work), estimate(total))


def _verdict(
    figures: Sequence[Difference],
    stages: Sequence[StageDifference],
    changes: Sequence[FieldChange],
    pairs: int,
    *,
    compared: bool,
) -> Iterator[str]:
    if not changes:
        yield "The two scenarios do not differ in anything that is simulated."
    if pairs < 2:
        yield "One replication cannot tell a difference from luck: run at least two, better twenty."
        return
    for difference in figures:
        if difference.key in HEADLINES:
            yield _sentence(difference, pairs)
    clear = [stage for stage in stages if stage.total.excludes_zero][:MOST_STAGES]
    if clear:
        told = "; ".join(_where(stage) for stage in clear)
        yield f"Where the time of a case went: {told}."
    elif changes and compared:
        yield "In no single stage did a case's time change by more than chance."


def _sentence(difference: Difference, pairs: int) -> str:
    key, moved = difference.key, difference.change
    what = named(key)
    if math.isnan(moved.mean):
        return f"{what}: no answer, since too many cases are still open at the end of a run."
    sides = f"{amount(key, difference.base.mean)} in the base, {amount(key, difference.other.mean)} here"
    if moved.low == moved.high == 0:
        return f"{what}: the same, {amount(key, difference.base.mean)}."
    between = f"95% interval {change(key, moved.low)} to {change(key, moved.high)}"
    if difference.is_clear:
        return f"{what}: {sides}; {change(key, moved.mean)} ({between})."
    return f"{what}: no clear difference in {pairs} replications; {sides}, {change(key, moved.mean)} ({between})."


def _where(stage: StageDifference) -> str:
    hours = FigureKey("stage_wait", "stage", stage.stage, "mean")
    return f"{stage.stage} {change(hours, stage.total.mean)} ({change(hours, stage.wait.mean)} waiting)"
