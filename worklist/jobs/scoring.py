"""Has the slides on the list scored, the most pressing case first, and records each result as it comes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from inference.results import SlideResult
from worklist.cases import CaseSlide
from worklist.people import command_line
from worklist.priority.policy import Policy
from worklist.priority.rank import rank
from worklist.states import SlideState
from worklist.store.store import RETRIED, Store

SlideScorer = Callable[[Sequence[Path]], Iterable[tuple[Path, SlideResult]]]
"""Scores slides; yields each path and result as soon as it is whole, in any order. A slide that fails has one too."""

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
    for path, result in scorer(paths):
        store.record_result(finding(path, result), command_line())
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
