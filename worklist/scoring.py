"""Has the slides on the list scored, the most pressing case first, and records each result as it comes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from inference.results import SlideResult
from worklist.cases import CaseSlide, SlideState
from worklist.policy import Policy
from worklist.priority import rank
from worklist.store import Store

SlideScorer = Callable[[Sequence[Path]], Iterable[SlideResult]]
"""Scores slides and yields each result as soon as it is whole, in any order; a slide that fails has a result too."""

RETRIED: frozenset[SlideState] = frozenset({"failed"})

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Scored:
    """What became of the slides that were to be scored."""

    scored: int
    rejected: int
    failed: int
    without_result: int
    """Slides that the scorer said nothing of; they stay as they were."""


def slides_in_rank_order(
    store: Store, policy: Policy, model: str, retry: frozenset[SlideState] = RETRIED
) -> list[Path]:
    """The slides on the list that lack a finding by `model` (name@version), the most pressing case's first."""
    wanted = set(store.slides_to_score(model, retry))
    ranked = rank(store.cases(), store.now(), policy)
    paths = dict.fromkeys(slide.path for it in ranked for slide in it.case.slides)
    return [path for path in paths if path in wanted]


def score_list(
    store: Store, scorer: SlideScorer, policy: Policy, model: str, retry: frozenset[SlideState] = RETRIED
) -> Scored:
    """Scores what the list lacks and records each result at once, so that a stop loses only what is under way.

    An error of the scorer goes to the caller; what was recorded before it stands.
    """
    paths = slides_in_rank_order(store, policy, model, retry)
    counts = {"scored": 0, "rejected": 0, "failed": 0}
    for run in _runs_of_distinct_names(paths):
        by_name = {path.name: path for path in run}
        for result in scorer(run):
            path = by_name.pop(result.slide, None)
            if path is None:
                _log.warning("a result of a slide that was not asked for was not recorded")
                continue
            store.record_result(finding(path, result))
            counts[result.status] += 1
    silent = len(paths) - sum(counts.values())
    _log.info("list scored", **counts, without_result=silent)
    return Scored(**counts, without_result=silent)


def finding(path: Path, result: SlideResult) -> CaseSlide:
    """What the list keeps of a slide's result; the whole stands in the result's folder."""
    unexplained = None if result.status == "scored" else f"{result.slide}: {result.status} without a reason"
    return CaseSlide(
        path=path,
        state=result.status,
        score=result.score if result.status == "scored" else None,
        flagged=result.flagged if result.status == "scored" else None,
        reason=result.reason or unexplained,
        quality=result.quality.verdict if result.quality else None,
        model=result.model,
        result_folder=Path(result.result) if result.result else None,
        scored_utc=result.trace.scored_at_utc,
    )


def _runs_of_distinct_names(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Cuts the order where a file name comes again: a result names its slide by that name alone."""
    run: list[Path] = []
    names: set[str] = set()
    for path in paths:
        if path.name in names:
            yield run
            run, names = [], set()
        run.append(path)
        names.add(path.name)
    if run:
        yield run
