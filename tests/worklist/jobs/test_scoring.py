"""Scoring the list: the most pressing first, each result kept at once, and no slide mistaken for another."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inference.results import SlideResult, Status, Trace
from tests.support.people import SYSTEM
from worklist.cases import Case, CaseSlide
from worklist.jobs.scoring import finding, score_list, slides_in_rank_order
from worklist.priority.policy import Policy
from worklist.store.store import Store

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
MODEL = "idc-screen@1.0.0"
POLICY = Policy()


def result(name: str, status: Status = "scored", score: float = 0.9, reason: str | None = None) -> SlideResult:
    scored = status == "scored"
    return SlideResult(
        slide=name,
        status=status,
        score=score if scored else None,
        flagged=score >= 0.5 if scored else None,
        model=MODEL,
        tiles=10,
        failed_tiles=0,
        tissue_mm2=1.0,
        mpp=0.5,
        seconds=0.1,
        quality=None,
        reason=reason,
        result=f"/results/{name}" if scored else None,
        rule=None,
        threshold=0.5,
        width=1000,
        height=1000,
        mpp_source=None,
        trace=Trace(slide_sha256=None, weights_sha256="0", software="0", settings={}, scored_at_utc=NOW),
    )


class Scorer:
    """Answers from a table of file names, and remembers in which order it was asked."""

    def __init__(self, answers: dict[str, SlideResult] | None = None, *, backwards: bool = False) -> None:
        self.asked: list[list[Path]] = []
        self._answers = answers or {}
        self._backwards = backwards

    def __call__(self, paths: Sequence[Path]) -> Iterator[tuple[Path, SlideResult]]:
        self.asked.append(list(paths))
        for path in reversed(paths) if self._backwards else paths:
            yield path, self._answers.get(path.name, result(path.name))


def case(number: int, due_days: int, *slides: str) -> Case:
    return Case(
        accession_number=f"P{number}",
        pathway="breast",
        pathway_name="kræftpakke bryst",
        received_utc=NOW - timedelta(hours=1),
        deadline_utc=NOW + timedelta(days=due_days),
        slides=tuple(CaseSlide(path=Path(path)) for path in slides),
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path / 'worklist.db'}", clock=lambda: NOW)


def test_the_most_pressing_cases_slides_are_scored_first(store: Store) -> None:
    store.add_cases([case(1, 9, "/late.svs"), case(2, 1, "/soon 1.svs", "/soon 2.svs"), case(3, 5, "/mid.svs")], SYSTEM)
    scorer = Scorer()
    assert score_list(store, scorer, POLICY, MODEL).scored == 4
    assert [path.name for path in scorer.asked[0]] == ["soon 1.svs", "soon 2.svs", "mid.svs", "late.svs"]
    assert {it.ai_state for it in store.cases()} == {"flagged"}
    assert slides_in_rank_order(store, POLICY, MODEL) == []


def test_what_was_scored_is_not_scored_again_but_what_failed_or_was_rejected_is_tried_again(store: Store) -> None:
    store.add_cases([case(1, 1, "/a.svs", "/b.svs", "/c.svs")], SYSTEM)
    answers = {
        "b.svs": result("b.svs", "failed", reason="b.svs is cut short: copy it again"),
        "c.svs": result("c.svs", "rejected", reason="c.svs: give --mpp"),
    }
    counts = score_list(store, Scorer(answers), POLICY, MODEL)
    assert (counts.scored, counts.failed, counts.rejected, counts.without_result) == (1, 1, 1, 0)
    assert slides_in_rank_order(store, POLICY, MODEL) == [Path("/b.svs"), Path("/c.svs")]
    assert slides_in_rank_order(store, POLICY, MODEL, retry=frozenset()) == []
    score_list(store, Scorer(), POLICY, MODEL)
    assert [slide.state for slide in store.case("P1").slides] == ["scored", "scored", "scored"]


def test_each_result_is_kept_before_the_next_is_made(store: Store) -> None:
    store.add_cases([case(1, 1, "/a.svs"), case(2, 2, "/b.svs")], SYSTEM)

    def stops_halfway(paths: Sequence[Path]) -> Iterator[tuple[Path, SlideResult]]:
        yield paths[0], result(paths[0].name)
        assert store.case("P1").ai_state == "flagged"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_list(store, stops_halfway, POLICY, MODEL)
    assert [it.ai_state for it in store.cases()] == ["flagged", "unscored"]


def test_slides_of_one_name_in_two_folders_never_get_each_others_score(store: Store) -> None:
    store.add_cases([case(1, 1, "/one/HE.svs"), case(2, 2, "/two/HE.svs", "/two/x.svs"), case(3, 3, "/z.svs")], SYSTEM)

    def by_folder(paths: Sequence[Path]) -> Iterator[tuple[Path, SlideResult]]:
        for path in reversed(paths):
            yield path, result(path.name, score=0.9 if path.parent.name == "one" else 0.1)

    assert score_list(store, by_folder, POLICY, MODEL).scored == 4
    assert [it.ai_score for it in store.cases()] == [0.9, 0.1, 0.1]


def test_results_may_come_in_any_order_and_one_slide_may_belong_to_two_cases(store: Store) -> None:
    store.add_cases([case(1, 1, "/a.svs", "/b.svs"), case(2, 2, "/b.svs")], SYSTEM)
    scorer = Scorer({"b.svs": result("b.svs", score=0.1)}, backwards=True)
    score_list(store, scorer, POLICY, MODEL)
    assert [len(asked) for asked in scorer.asked] == [2]
    assert [it.ai_state for it in store.cases()] == ["flagged", "not flagged"]


def test_a_slide_without_a_result_is_counted_and_stays_unscored(store: Store) -> None:
    store.add_cases([case(1, 1, "/a.svs")], SYSTEM)
    counts = score_list(store, lambda paths: [], POLICY, MODEL)
    assert (counts.scored, counts.without_result) == (0, 1)
    assert store.case("P1").ai_state == "unscored"


def test_a_finding_keeps_what_the_list_needs_and_never_lacks_a_reason() -> None:
    kept = finding(Path("/a.svs"), result("a.svs"))
    assert (kept.score, kept.model, kept.result_folder, kept.scored_utc) == (
        0.9,
        MODEL,
        Path("/results/a.svs"),
        NOW,
    )
    assert finding(Path("/a.svs"), result("a.svs", "failed")).reason == "a.svs: failed without a reason"


def test_log_lines_name_neither_case_nor_slide(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.add_cases([case(1, 1, "/a name.svs")], SYSTEM)
    score_list(store, Scorer(), POLICY, MODEL)
    captured = capsys.readouterr()
    told = captured.out + captured.err
    assert "list scored" in told
    assert "P1" not in told
    assert "name.svs" not in told
