"""Invariant 4: what the list keeps of a result leads back to the file, the model, the result and the time."""

from pathlib import Path

from tests.inference.test_result_folder import result
from worklist.jobs.finding import finding


def test_a_finding_keeps_what_a_score_is_traced_by() -> None:
    made = result(status="scored", score=0.7, flagged=True, result="/out/a")
    kept = finding(Path("/slides/a.svs"), made)
    assert (kept.sha256, kept.scored_utc) == (made.trace.slide_sha256, made.trace.scored_at_utc)
    assert (kept.model, kept.result_folder) == ("m@1", Path("/out/a"))
