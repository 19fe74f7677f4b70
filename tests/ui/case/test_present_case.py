"""What the case page says: a score against its threshold, a check that was not made, and where a result is from."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from inference.quality.checks import Check
from inference.results import SlideResult, Trace
from models.manifest import Metric
from ui.case.present import (
    check_row,
    measured_words,
    metric_words,
    score_sentence,
    slide_badge,
    slide_label,
    tile_sentence,
    trace_lines,
)
from worklist.cases import CaseSlide


def result(**fields: object) -> SlideResult:
    told: dict[str, object] = {
        "slide": "a.tif",
        "status": "scored",
        "score": 0.8,
        "flagged": True,
        "model": "m@1",
        "tiles": 40,
        "failed_tiles": 0,
        "tissue_mm2": 3.14,
        "mpp": 0.5,
        "seconds": 1.25,
        "quality": None,
        "reason": None,
        "result": "/results/a",
        "rule": "top_area_mean: the mean of the worst tiles",
        "threshold": 0.6,
        "width": 100,
        "height": 50,
        "mpp_source": "said by a person",
        "trace": Trace(
            slide_sha256="ab" * 32,
            weights_sha256="cd" * 32,
            software="forrang 0.1.0",
            settings={"mpp": None, "min_tissue": 0.1},
            scored_at_utc=datetime(2026, 11, 18, 10, 0, tzinfo=UTC),
        ),
    }
    return SlideResult.model_validate(told | fields)


def test_a_score_is_told_with_its_threshold_and_its_rule() -> None:
    assert score_sentence(result()) == ("Score 0.80 reaches the threshold of 0.60. It is the mean of the worst tiles.")
    named = result(rule="top_area_mean: the mean of the worst tiles, calibrated on built bags of tiles")
    assert score_sentence(named) == score_sentence(result())
    assert ("Rule of the score", named.rule) in trace_lines(named)
    assert "stays below" in score_sentence(result(score=0.3, flagged=False))


@pytest.mark.parametrize("status", ["rejected", "failed"])
def test_a_slide_without_a_score_gets_no_sentence_about_one(status: str) -> None:
    assert score_sentence(result(status=status, score=None, flagged=None, threshold=None)) == ""


def test_tiles_that_could_not_be_read_are_counted() -> None:
    assert tile_sentence(result()) == "40 tiles from 3.1 mm² of tissue"
    assert tile_sentence(result(failed_tiles=2)).endswith("; 2 of them could not be read")


@pytest.mark.parametrize(
    ("slide", "words"),
    [
        (CaseSlide(path=Path("/x/a_1.tif")), "2. a_1.tif: Not read yet"),
        (CaseSlide(path=Path("a.tif"), state="failed", reason="cut short"), "2. a.tif: Failed"),
        (CaseSlide(path=Path("a.tif"), state="rejected", reason="blurred"), "2. a.tif: Rejected"),
        (CaseSlide(path=Path("a.tif"), state="scored", score=0.07, flagged=False), "2. a.tif: Not flagged 0.07"),
    ],
)
def test_a_slide_is_chosen_by_its_name_and_state(slide: CaseSlide, words: str) -> None:
    assert slide_label(2, slide) == words
    assert slide_badge(slide).words in words


def test_a_check_that_was_not_made_is_not_called_ok() -> None:
    check = Check(name="sharpness", value=None, unit="share of tissue", verdict="ok", message="focus was not judged")
    assert check_row(check).verdict == "– not judged"
    assert check_row(check).measured == "unknown"


def test_a_rejecting_check_says_its_number_and_its_remedy() -> None:
    check = Check(name="sharpness", value=0.62, unit="share of tissue out of focus", verdict="reject", message="rescan")
    row = check_row(check)
    assert (row.name, row.verdict, row.measured) == ("Focus", "✕ reject", "62% of tissue out of focus")
    assert row.message == "rescan"


def test_areas_are_told_in_square_millimetres() -> None:
    assert measured_words(4.1, "mm2") == "4.10 mm²"


def test_a_figure_stands_with_its_interval_where_there_is_one() -> None:
    assert metric_words(Metric(name="AUC", value=0.93, low=0.91, high=0.95, on="test")) == "0.930 (0.910 to 0.950)"
    assert metric_words(Metric(name="AUC", value=0.93, on="test")) == "0.930"


def test_the_trace_names_everything_a_score_was_made_from() -> None:
    told = dict(trace_lines(result()))
    assert told["Slide, SHA-256"] == "ab" * 32
    assert told["Weights, SHA-256"] == "cd" * 32
    assert told["Model"] == "m@1"
    assert told["Settings"] == "mpp = None, min_tissue = 0.1"
    assert told["Resolution"] == "0.5 µm per pixel (said by a person)"
    assert told["Scored"] == "2026-11-18 10:00:00 UTC, in 1.2 s"
