"""The forecast of the live list, on a department so simple that the answer is known."""

from datetime import UTC, datetime, timedelta

import pytest

from planner.scenario.load import change, load_scenario, scenario_hash
from planner.scenario.scenario import Scenario
from tests.support.cases import case
from tests.support.people import SYSTEM, pathologist, person
from worklist.errors import ForecastError, NotAllowedError
from worklist.forecast import open_cases_of, refresh_forecast, stream_for
from worklist.kept_forecasts import chances_of, kept_forecasts
from worklist.kept_forecasts import forecast_of as one_forecast
from worklist.store.store import Store

NOW = datetime(2026, 3, 3, 9, 15, 0, 123_457, tzinfo=UTC)
"""A Tuesday, 10:15 in Copenhagen."""
ANNA = pathologist("anna")


def desk() -> Scenario:
    """One reader from 8 to 12 on weekdays, an hour a case; a slide takes a day to make; next to nothing else comes."""
    return Scenario.model_validate(
        {
            "name": "desk",
            "rosters": {"morning": {"hours": {"mon-fri": "08:00-12:00"}}},
            "pathways": {"routine": {"deadline": {"working_days": 1}}, "cancer-breast": {"priority": 1}},
            "specimens": {"biopsy": {}, "resection": {}},
            "arrivals": [
                {"name": "often", "pathway": "routine", "specimen": "biopsy", "per_week": {"value": 0.000002}},
                {"name": "routine resection", "specimen": "resection", "per_week": {"value": 0.000001}},
                {"name": "breast", "pathway": "cancer-breast", "specimen": "biopsy", "per_week": {"value": 0.000001}},
            ],
            "resources": {"reader": {"units": [{"roster": "morning"}]}},
            "steps": {
                "make": {"does": "delay", "time": {"kind": "constant", "value": 24, "unit": "hours"}, "next": "read"},
                "read": {"needs": "reader", "time": {"kind": "constant", "value": 60}, "next": "end"},
            },
        }
    )


def listed(number: str, *slides: str, due_hours: float, received_hours_ago: float = 24):
    times = {
        "received_utc": NOW - timedelta(hours=received_hours_ago),
        "deadline_utc": NOW + timedelta(hours=due_hours),
    }
    return case(number, *slides, **times)


@pytest.fixture
def at_the_desk(store_url):
    store = Store(store_url, lambda: NOW)
    cases = [
        listed("safe", "a.svs", due_hours=1.1, received_hours_ago=50),
        listed("late already", "b.svs", due_hours=-1, received_hours_ago=60),
        listed("just missed", "c.svs", due_hours=1.5, received_hours_ago=40),
        listed("no slide yet", due_hours=20, received_hours_ago=1),
    ]
    store.add_cases(cases, SYSTEM)
    yield store
    store.close()


def forecast_of(store, **changes):
    return refresh_forecast(store, ANNA, desk(), replications=5, reading_step="read", jobs=1, **changes)


def test_each_case_is_set_against_its_own_deadline_and_not_the_scenarios(at_the_desk):
    # the reader is there until 11:00 UTC and takes an hour each: "late already" and the oldest are read today
    found = {it.accession_number: it.late_probability for it in forecast_of(at_the_desk).cases}
    assert found == {"late already": 1.0, "safe": 1.0, "just missed": 1.0, "no slide yet": 1.0}
    roomy = change(desk(), {"steps.read.time.value": 20})
    again = refresh_forecast(at_the_desk, ANNA, roomy, replications=5, reading_step="read", jobs=1)
    assert {it.accession_number: it.late_probability for it in again.cases} == {
        "late already": 1.0,
        "safe": 0.0,
        "just missed": 0.0,
        "no slide yet": 1.0,
    }


def test_readers_go_by_deadline_as_on_the_list_so_that_a_case_marked_urgent_does_not_wait_for_older_ones(store_url):
    store = Store(store_url, lambda: NOW)
    older = [listed(f"older {it}", f"{it}.svs", due_hours=300, received_hours_ago=60) for it in range(3)]
    store.add_cases([*older, listed("urgent", "u.svs", due_hours=0.75, received_hours_ago=1)], SYSTEM)
    # the reader, who is free now, takes up one of the older ones, then the urgent one: done after 40 minutes
    plan = change(desk(), {"steps.read.time.value": 20})
    made = refresh_forecast(store, ANNA, plan, replications=5, reading_step="read", jobs=1)
    found = {it.accession_number: it.late_probability for it in made.cases}
    assert found == {"urgent": 0.0, "older 0": 0.0, "older 1": 0.0, "older 2": 0.0}
    store.close()


def test_it_is_kept_with_its_time_and_its_scenario_and_the_newest_stands(at_the_desk):
    first = forecast_of(at_the_desk)
    kept = kept_forecasts(at_the_desk)
    assert {it.accession_number for it in kept} == {"late already", "safe", "just missed", "no slide yet"}
    assert {(it.made_utc, it.scenario_hash) for it in kept} == {(NOW, scenario_hash(desk()))}
    assert first.scenario_hash == scenario_hash(desk())
    at_the_desk.sign_out("safe", ANNA)
    forecast_of(at_the_desk)
    assert {it.accession_number for it in kept_forecasts(at_the_desk)} == {
        "late already",
        "just missed",
        "no slide yet",
    }


def test_one_cases_forecast_is_the_one_among_all(at_the_desk):
    forecast_of(at_the_desk)
    for it in kept_forecasts(at_the_desk):
        assert one_forecast(at_the_desk, it.accession_number) == it
    assert one_forecast(at_the_desk, "26-unknown") is None


def test_the_chances_of_some_cases_are_those_that_were_foreseen_since(at_the_desk):
    forecast_of(at_the_desk)
    kept = {it.accession_number: it.late_probability for it in kept_forecasts(at_the_desk)}
    two = ["safe", "late already", "26-unknown"]
    assert chances_of(at_the_desk, two, NOW) == {number: kept[number] for number in two[:2]}
    assert chances_of(at_the_desk, two, NOW + timedelta(minutes=1)) == {}
    assert chances_of(at_the_desk, [], NOW) == {}


def test_the_same_seed_gives_the_same_forecast(at_the_desk):
    assert forecast_of(at_the_desk, seed=3).cases == forecast_of(at_the_desk, seed=3).cases


def test_cases_are_taken_for_the_stream_most_like_them_and_it_is_told():
    scenario = desk()
    breast = case("1", pathway="breast", specimen_kind="biopsy", urgency=3)
    unknown_cancer = case("2", pathway="lung", specimen_kind="resection", urgency=2)
    routine = case("3", pathway="routine", specimen_kind="resection", urgency=4)
    unheard_of = case("4", pathway="other", specimen_kind="cytology", urgency=5)
    streams = [stream_for(it, scenario).name for it in (breast, unknown_cancer, routine, unheard_of)]
    assert streams == ["breast", "breast", "routine resection", "often"]
    _, told = open_cases_of([breast, unknown_cancer], scenario, "read")
    assert [(it.pathway, it.stream, it.cases) for it in told] == [("breast", "breast", 1), ("lung", "breast", 1)]


def test_a_cancer_that_the_scenario_does_not_name_goes_with_the_general_ones():
    region = load_scenario("region-hovedstaden")
    lung = case("1", pathway="lung", specimen_kind="resection", urgency=2, subspecialty="lunge", site="Herlev")
    breast = case("2", pathway="breast", specimen_kind="biopsy", urgency=3, subspecialty="mamma", site="Herlev")
    assert stream_for(lung, region).name == "general-resection-cancer-rigshospitalet"
    assert stream_for(breast, region).name == "breast-biopsy-cancer-herlev"


def test_a_case_without_slides_starts_at_the_laboratorys_door_and_one_with_slides_waits_to_be_read():
    mapped, _ = open_cases_of([case("1"), case("2", "a.svs")], desk(), "read")
    assert mapped.cases["step"].tolist() == ["make", "read"]
    assert mapped.cases["flagged"].tolist() == ["", ""]


def test_a_scenario_without_that_step_and_an_empty_list_are_named_errors():
    with pytest.raises(ForecastError, match=r"no step 'reading'.*read"):
        open_cases_of([case("1")], desk())
    with pytest.raises(ForecastError, match="no open case"):
        open_cases_of([], desk(), "read")


def test_only_who_may_see_the_list_may_foresee_it(at_the_desk):
    with pytest.raises(NotAllowedError):
        refresh_forecast(at_the_desk, person("rie", "researcher"), desk(), reading_step="read")
