"""What a form changed is told in words, in either language, beside its place in the YAML."""

import pytest

from planner.scenario.difference import FieldChange, differences
from planner.scenario.everyday import changed, opinion, opinion_change, units
from planner.scenario.load import load_scenario, ready_scenarios
from ui.planner.changes import change_line
from ui.shell import language


@pytest.mark.parametrize(
    ("moved", "english", "danish"),
    [
        (
            FieldChange("rosters.day.hours.mon-fri", ["07:30-15:30"], ["07:00-12:00", "13:00-17:00"]),
            "day: hours mon-fri — 07:30-15:30, now 07:00-12:00, 13:00-17:00",
            "dag: arbejdstid man-fre — 07:30-15:30, nu 07:00-12:00, 13:00-17:00",
        ),
        (
            FieldChange("arrivals.tumour.per_week.value", 1900.0, 2850.5),
            "tumour: cases a week — 1,900, now 2,850.50",
            "tumour: sager om ugen — 1.900, nu 2.850,50",
        ),
        (FieldChange("ai", None, {"sensitivity": 0.9}), "ai — new", "ai — ny"),
        (FieldChange("steps.post.departures", {"at": {}}, None), "post: when the courier goes — gone", "— væk"),
        (
            FieldChange("steps.post.trip", True, False),
            "costs a courier's trip — yes, now no",
            "koster en budtur — ja, nu nej",
        ),
        (FieldChange("ai.model", None, "x"), "none, now x", "ingen, nu x"),
    ],
)
def test_a_change_is_told_in_both_languages(
    moved: FieldChange, english: str, danish: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert english in change_line(moved).replace("\\", "")
    monkeypatch.setattr("ui.planner.words.language", lambda: "da")
    monkeypatch.setattr(language, "language", lambda: "da")
    assert danish in change_line(moved).replace("\\", "")


@pytest.mark.parametrize("name", ready_scenarios())
def test_every_everyday_change_has_words_of_its_own(name: str) -> None:
    plan = load_scenario(name)
    more = {f"{row.path}.count": row.count + 1 for row in units(plan)}
    other = opinion_change(plan, "post" if opinion(plan) == "digital" else "digital")
    moved = differences(plan, changed(plan, more | other))
    assert len(moved) >= len(more)
    told = [change_line(it) for it in moved]
    assert [it for it in told if not it.endswith("]]")] == []
    assert len(set(told)) == len(told)
