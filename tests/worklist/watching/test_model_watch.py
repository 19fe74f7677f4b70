"""The models on the list are watched, against their own first slides, which are kept."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import insert

from tests.support.cases import MODEL, case
from tests.support.people import SYSTEM, pathologist, person
from worklist.errors import NotAllowedError
from worklist.store.tables import SlideRow, VerdictRow
from worklist.watching.drift import REFERENCE_SLIDES
from worklist.watching.model_watch import watch_models
from worklist.watching.operations import open_operations

ZONE = ZoneInfo("Europe/Copenhagen")
MIA = person("mia", "manager")


def score_slides(store, count, at_utc, rng, shifted=0.0):
    """Slides of case 26-1 that were scored at a time."""
    with store.writing() as session:
        first = session.query(SlideRow).count()
        session.execute(
            insert(SlideRow),
            [
                {
                    "case_id": 1,
                    "path": f"{first + number}.svs",
                    "state": "scored",
                    "score": float(np.clip(rng.beta(2, 5) + shifted, 0, 1)),
                    "flagged": False,
                    "quality": "ok",
                    "model": MODEL,
                    "scored_utc": at_utc + timedelta(seconds=number),
                    "arrived_utc": at_utc,
                    "scanner": "gt450",
                }
                for number in range(count)
            ],
        )


def judge(store, at_utc, first, verdicts):
    with store.writing() as session:
        rows = [
            {
                "slide_id": first + number,
                "by": "anna",
                "at_utc": at_utc,
                "verdict": verdict,
                "ai_score": 0.2,
                "ai_flagged": False,
                "model": MODEL,
                "comment": "",
            }
            for number, verdict in enumerate(verdicts)
        ]
        session.execute(insert(VerdictRow), rows)


@pytest.fixture
def scored_list(store, clock):
    store.add_cases([case("26-1")], SYSTEM)
    score_slides(store, REFERENCE_SLIDES, clock() - timedelta(days=21), np.random.default_rng(1))
    return store


def test_a_model_with_few_slides_has_no_reference_yet(store, clock):
    store.add_cases([case("26-1")], SYSTEM)
    score_slides(store, 20, clock() - timedelta(days=1), np.random.default_rng(1))
    (model,) = watch_models(store, MIA, ZONE).models
    assert (model.model, model.reference_hash, model.gathered, model.shifts) == (MODEL, None, 20, ())


def test_a_shift_is_put_on_the_operations_list_once_and_its_reference_stays(scored_list, clock):
    calm = watch_models(scored_list, MIA, ZONE)
    assert open_operations(scored_list) == []
    score_slides(scored_list, 200, clock() - timedelta(days=1), np.random.default_rng(2), shifted=0.3)
    for _ in range(2):
        (model,) = watch_models(scored_list, MIA, ZONE).models
    assert model.reference_hash == calm.models[0].reference_hash
    (drift,) = open_operations(scored_list)
    assert (drift.kind, drift.subject, drift.times) == ("drift", MODEL, 2)
    assert "scanner gt450" in drift.text


def test_weeks_like_the_first_raise_nothing(scored_list, clock):
    score_slides(scored_list, 200, clock() - timedelta(days=1), np.random.default_rng(4))
    (model,) = watch_models(scored_list, MIA, ZONE).models
    assert {it.level for it in model.shifts} == {"as before"}
    assert open_operations(scored_list) == []


def test_readers_who_find_more_than_before_are_a_discordance(scored_list, clock):
    judge(scored_list, clock() - timedelta(days=8), 1, ["negative"] * 60)
    judge(scored_list, clock() - timedelta(days=1), 100, ["positive"] * 20 + ["negative"] * 40)
    watch_models(scored_list, MIA, ZONE)
    (found,) = open_operations(scored_list)
    assert (found.kind, found.subject) == ("discordance", MODEL)
    assert "overruled: 20 of 60" in found.text


def test_what_arrived_is_told_by_week(scored_list):
    rates = {it.rate: it for it in watch_models(scored_list, MIA, ZONE).arrivals}
    assert rates["not scored"].of == REFERENCE_SLIDES
    assert rates["not scored"].count == 0


def test_only_who_may_see_figures_sees_them(scored_list):
    with pytest.raises(NotAllowedError):
        watch_models(scored_list, pathologist("anna"), ZONE)
