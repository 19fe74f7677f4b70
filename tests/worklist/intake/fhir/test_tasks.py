"""The list as FHIR Tasks: valid in R4 and R5, in the list's order, with place and reason, and without a patient."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fhir.resources.bundle import Bundle as BundleR5
from fhir.resources.R4B.bundle import Bundle as BundleR4

from tests.support.cases import NOW, case, scored
from worklist.intake.fhir.tasks import as_bundle, as_task, priority_of
from worklist.priority.policy import Policy
from worklist.priority.rank import RankedCase, rank


def ranked() -> list[RankedCase]:
    late = case("26-1", deadline_utc=NOW - timedelta(days=1))
    flagged = case("26-3", urgency=3, deadline_utc=NOW + timedelta(days=8), slides=(scored("a.svs", 0.9),))
    plain = case("26-2", urgency=3, deadline_utc=NOW + timedelta(days=7))
    return rank([plain, flagged, late], NOW, Policy())


@pytest.mark.parametrize("model", [BundleR4, BundleR5])
def test_the_tasks_are_fhir(model: Any) -> None:
    found = model.model_validate(as_bundle(ranked(), NOW))
    assert [it.resource.input[0].valuePositiveInt for it in found.entry] == [1, 2, 3]
    assert model.model_validate(as_bundle([], NOW)).entry is None


def test_a_task_tells_place_priority_and_reason_in_words() -> None:
    first = ranked()[0]
    task = as_task(first, NOW)
    told = {it["type"]["text"]: next(value for name, value in it.items() if name != "type") for it in task["input"]}
    assert told["place on the list"] == 1
    assert told["reason"] == task["note"][0]["text"] == first.reason
    assert told["AI"] == first.case.ai_state
    assert (task["priority"], task["identifier"][0]["value"]) == ("stat", "26-1")
    assert task["restriction"]["period"]["end"] == f"{first.case.deadline_utc:%Y-%m-%dT%H:%M:%SZ}"
    assert "for" not in task


def test_the_ai_raises_a_priority_and_no_score_lowers_one() -> None:
    by_number = {it.case.accession_number: it for it in ranked()}
    assert by_number["26-3"].overtakes == 1
    assert priority_of(by_number["26-3"]) == "urgent"
    assert priority_of(by_number["26-2"]) == "routine"
    low = case("26-2", urgency=3, deadline_utc=NOW + timedelta(days=7), slides=(scored("b.svs", 0.01),))
    (alone,) = rank([low], NOW, Policy())
    assert priority_of(alone) == "routine"


def test_the_same_case_has_the_same_task_whenever_it_is_asked_for() -> None:
    first = ranked()[0]
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert as_task(first, NOW)["id"] == as_task(first, later)["id"]
    assert len({as_task(it, NOW)["id"] for it in ranked()}) == 3
