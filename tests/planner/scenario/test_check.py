"""What cannot run is an error that names the field; what may spoil the answer is a finding."""

from typing import Any

import pytest

from planner.errors import ScenarioError
from planner.scenario.check import Finding, check
from planner.scenario.load import change
from planner.scenario.scenario import Scenario
from tests.support.planner_scenarios import single_queue, small_lab

MINUTE = {"kind": "constant", "value": 1}


def department(steps: dict[str, Any], **fields: Any) -> Scenario:
    """A case an hour through these steps, with one reader round the clock."""
    return Scenario.model_validate(
        {
            "name": "dept",
            "arrivals": [{"name": "cases", "per_week": {"value": 168}}],
            "resources": {"reader": {"units": [{"count": 1}]}},
            "steps": steps,
            **fields,
        }
    )


def read(next_: Any = "end", **fields: Any) -> dict[str, Any]:
    return {"needs": "reader", "time": MINUTE, "next": next_, **fields}


def split(next_: Any) -> dict[str, Any]:
    return {"does": "split", "into": "slide", "next": next_}


def join(of: str, next_: Any = "end") -> dict[str, Any]:
    return {"does": "join", "of": of, "next": next_}


def lab(changes: dict[str, Any]) -> Scenario:
    """The small laboratory with values at these paths changed."""
    return change(small_lab(), changes)


def said(scenario: Scenario) -> list[Finding]:
    return list(check(scenario))


def message(scenario: Scenario, field: str) -> str:
    """What is said of a field."""
    return next(finding.message for finding in said(scenario) if finding.field == field)


def test_sound_scenarios_raise_nothing_and_say_little():
    assert said(small_lab()) == []
    assert [finding.field for finding in said(single_queue(urgent_share=0.1))] == []


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        (
            {"a": read([{"to": "a", "share": 1.0}])},
            "steps.a.next: cases of stream 'cases' never get from here to 'end'",
        ),
        ({"a": read("b"), "b": read("a")}, "endless loop"),
        (
            {"a": split("b"), "b": read("b"), "c": join("a")},
            "steps.b.next: cases of stream 'cases' never get from here",
        ),
        ({"a": read([{"to": "end", "share": 0.5}])}, "steps.a.next, for stream 'cases': the shares sum to 0.5"),
        (
            {"a": read([{"to": "end", "share": 0.7}, {"to": "b", "share": 0.7}]), "b": read()},
            "steps.a.next, for stream 'cases': the shares sum to 1.4; they must sum to 1",
        ),
        ({"a": read([{"to": "end"}, {"to": "b"}]), "b": read()}, "2 ways have no share; only one may leave it out"),
        (
            {"a": read([{"to": "end", "when": {"site": "west"}}])},
            "steps.a.next.0.when.site: unknown 'west'; there are main",
        ),
        (
            {"a": read([{"to": "end", "when": {"pathway": "fast"}}])},
            "steps.a.next, for stream 'cases': no way on; give a way whose `when` covers it",
        ),
        (
            {"a": split("b"), "b": read("end")},
            "steps.b.next: a part inside split 'a' cannot be signed out; lead it to the join",
        ),
        (
            {"a": split("b"), "b": split("c"), "c": join("a", "d"), "d": join("b")},
            "steps.b.next: 'c' joins the parts of 'a', but comes inside split 'b'; join the innermost open split",
        ),
        (
            {"a": read("b"), "b": join("c"), "c": split("b")},
            "'b' joins the parts of 'c', but comes outside every split",
        ),
        ({"b": join("c"), "c": split("b")}, "steps.b: cases come in at a join"),
        ({"a": split("a")}, "steps.a.next: 'a' splits again what it has split"),
        (
            {"a": split("s"), "s": {"does": "ai", "next": "j"}, "j": join("a")},
            "'s' scores whole cases, but comes inside split 'a'",
        ),
        (
            {"x": read([{"to": "a", "share": 0.5}, {"to": "r"}]), "a": split("r"), "r": read("j"), "j": join("a")},
            "'r' is reached inside split 'a' from here, but elsewhere outside every split; give each its own step",
        ),
        (
            {"a": split([{"to": "j", "share": 0.5}, {"to": "k"}]), "j": join("a"), "k": join("a")},
            "the parts of 'a' come to j and k; give a split one join",
        ),
        ({"a": {"does": "ai", "next": "end"}}, "steps.a: asks the AI, but the scenario has no `ai`"),
        ({"a": read(batch={"size": 9000, "at_least": 9000, "full_only": True})}, "steps.a.batch.at_least: never fills"),
    ],
)
def test_a_process_that_cannot_run_is_an_error_with_its_field(steps: dict[str, Any], wanted: str):
    pathways = {"routine": {}, "fast": {}}
    with pytest.raises(ScenarioError) as error:
        check(department(steps, pathways=pathways))
    assert wanted in str(error.value)
    assert str(error.value).startswith("dept: ")


def test_all_problems_are_told_together():
    steps = {"a": read([{"to": "b", "share": 0.5}]), "s": {"does": "ai", "next": "end"}, "b": read()}
    with pytest.raises(ScenarioError, match=r"dept: 2 problems") as error:
        check(department(steps))
    assert "steps.s: asks the AI" in str(error.value)
    assert "the shares sum to 0.5" in str(error.value)


def test_a_line_that_nobody_can_serve_is_an_error_that_says_where():
    scanners_elsewhere = lab({"resources.scanner.units": [{"site": "south"}]})
    with pytest.raises(ScenarioError, match=r"steps\.scanning\.needs: cases come to scanning @ north.*zero servers"):
        check(scanners_elsewhere)
    nobody_reads_skin = lab({"resources.pathologist.units": [{"site": "south", "skills": ["breast"], "remote": True}]})
    with pytest.raises(ScenarioError, match=r"reading skin @ north, but no 'pathologist' there can ever do it"):
        check(nobody_reads_skin)
    always_ill = lab({"resources.processor.units.1.absence": 1})
    with pytest.raises(ScenarioError, match="processing @ south"):
        check(always_ill)
    all_break = {"hours": {"mon": "08:00-12:00"}, "breaks": {"mon": "08:00-12:00"}}
    with pytest.raises(ScenarioError, match="hours and a count above 0"):
        check(department({"a": read()}, rosters={"r": all_break}, resources={"reader": {"units": [{"roster": "r"}]}}))


def test_two_needs_that_never_meet_and_starts_without_anybody_are_errors():
    rosters = {"day": {"hours": {"daily": "08:00-16:00"}}, "night": {"hours": {"daily": "22:00-06:00"}}}
    resources = {
        "reader": {"units": [{"roster": "day"}]},
        "room": {"kind": "machine", "units": [{"roster": "night"}]},
    }
    with pytest.raises(ScenarioError, match=r"at a @ main reader and room are never on duty together"):
        check(department({"a": read(needs=["reader", "room"])}, rosters=rosters, resources=resources))
    gated = {"a": read(starts={"at": {"daily": "20:00"}})}
    with pytest.raises(ScenarioError, match=r"steps\.a\.starts: at none of these moments is anybody on duty"):
        check(department(gated, rosters=rosters, resources={"reader": resources["reader"]}))


def test_no_case_at_all_and_more_work_than_a_run_may_do_are_errors():
    with pytest.raises(ScenarioError, match="no case ever comes"):
        check(department({"a": read()}, arrivals=[{"name": "cases", "per_week": {"value": 0}}]))
    nearly_endless = {"a": read([{"to": "a", "share": 0.999999}, {"to": "end"}])}
    with pytest.raises(ScenarioError, match=r"max_events: about .* look for a loop"):
        check(department(nearly_endless, max_events=1_000_000))


def test_overload_says_utilisation_and_growth():
    text = message(single_queue(servers=2, utilisation=1.25), "resources.reader")
    assert "offered load over capacity: utilisation 1.25 at read @ main" in text
    assert "grow by about 72 a day" in text  # 360 a day come, 288 can be read
    assert "utilisation 0.90" in message(single_queue(utilisation=0.9), "resources.reader")
    assert "overtime" in message(lab({"arrivals.north-skin.per_week.value": 900}), "resources.technician.units (0, 2)")


def test_overload_of_one_subspecialty_is_seen_behind_a_spare_colleague():
    scenario = lab(
        {
            "resources.pathologist.units": [
                {"name": "Ane", "site": "north", "skills": ["skin"]},
                {"name": "Bo", "site": "north", "skills": ["breast"]},
            ],
            "arrivals.south-breast.per_week.value": 1200,
        }
    )
    text = message(scenario, "resources.pathologist.units.Bo")
    assert "over capacity" in text
    assert "reading breast @ north" in text
    assert "skin" not in text


@pytest.mark.parametrize(
    ("scenario", "field", "wanted"),
    [
        (department({"a": read(), "b": read()}), "steps.b", "unreachable"),
        (
            department({"a": read()}, rosters={"old": {"hours": {"mon": "08:00-09:00"}}}),
            "rosters.old",
            "is used nowhere",
        ),
        (department({"a": read()}, sites={"main": {}, "west": {}}), "sites.west", "is used nowhere"),
        (
            department({"a": read()}, profiles={"p": {"rates": {"mon": {"08:00-09:00": 1}}}}),
            "profiles.p",
            "is used nowhere",
        ),
        (
            department({"a": read(order={"rule": "ai"})}),
            "steps.a.order.rule",
            "no step does: ai; the order is the clinical one",
        ),
        (department({"a": read(order={"rule": "deadline"})}), "steps.a.order.rule", "no case has one"),
        (
            department({"a": read()}, ai={"sensitivity": 0.9, "false_positive_fraction": 0.1}),
            "ai",
            "nothing is ever flagged",
        ),
        (
            department(
                {"a": read()},
                rosters={"most": {"hours": {"mon-tue": "00:00-24:00", "thu-sun": "00:00-24:00"}}},
                resources={"reader": {"units": [{"roster": "most"}]}},
            ),
            "steps.a",
            "roster hole: nobody on duty at a @ main on wed",
        ),
        (
            department({"a": read(batch={"size": 90, "at_least": 90, "max_wait_hours": 2})}),
            "steps.a.batch.at_least",
            "more than a working day brings to a @ main (33.6); most runs start after 2 hours, not full",
        ),
        (
            department({"a": read(starts={"at": {"mon-fri": "12:00"}}, batch={"size": 30})}),
            "steps.a.starts",
            "168 a week come to a @ main, more than the 150 that its starts take",
        ),
        (department({"a": read()}, start="2026-03-29"), "start", "the clock changes on 2026-03-29"),
        (
            department({"a": read()}, resources={"reader": {"units": [{"skills": ["brest"]}]}}),
            "resources.reader.units.0.skills",
            "no stream has subspecialty brest; there are general",
        ),
        (
            department({"a": read()}, arrivals=[{"name": "cases", "replay_hours": [1, 99999]}]),
            "arrivals.cases.replay_hours",
            "1 come after the last simulated day",
        ),
    ],
)
def test_what_may_spoil_the_answer_is_said(scenario: Scenario, field: str, wanted: str):
    assert wanted in message(scenario, field)


def test_a_backlog_at_a_step_that_no_case_comes_to_is_an_error():
    waiting = [{"stream": "cases", "step": "b", "received_hours_ago": [5]}]
    with pytest.raises(ScenarioError, match=r"backlog\.0\.step: no arriving case ever comes to 'b'"):
        check(department({"a": read(), "b": read()}, backlog=waiting))
    elsewhere = [{"stream": "cases", "step": "a", "site": "west", "received_hours_ago": [5]}]
    with pytest.raises(ScenarioError, match="cases come to a @ west"):
        check(department({"a": read()}, sites={"main": {}, "west": {}}, backlog=elsewhere))


def test_a_backlog_inside_splits_and_at_a_join_is_led_on_from_there():
    waiting = [
        {"stream": "south-skin", "step": step, "site": "north", "count": 2, "received_hours_ago": [5]}
        for step in ("scanning", "slides-together", "reading")
    ]
    assert said(small_lab(backlog=waiting)) == []
