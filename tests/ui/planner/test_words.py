"""What the planner says in English is told in Danish: sentences by their form, figures with their units."""

from typing import get_args

import pytest

from planner.errors import ScenarioError
from planner.experiments.number_words import number_words
from planner.optimising.optimise import ENDS_BY
from planner.replications.replicate import replicate
from planner.report.compose import run_page
from planner.scenario.assumptions import assumptions
from planner.scenario.check import check
from planner.scenario.everyday import units
from planner.scenario.load import change, load_scenario, ready_scenarios
from planner.scenario.quantities import Mark
from ui.planner.words import PROBLEMS, SENTENCES, problem_words, told
from ui.shell import language
from ui.shell.language import _catalogue

DANISH = _catalogue("da").gettext


@pytest.mark.parametrize(
    ("english", "danish"),
    [
        ("87% (85% to 89%)", "87 % (85 % til 89 %)"),
        ("80,300 DKK (80,100 to 80,500)", "80.300 kr. (80.100 til 80.500)"),
        ("3.2 days (3.1 to 3.3)", "3,2 døgn (3,1 til 3,3)"),
        ("+4.1 points (+2.0 to +6.2)", "+4,1 procentpoint (+2,0 til +6,2)"),
        (
            (
                "99.9% (99.8% to 100%) of cancer-pathway cases are answered on time, about 31 of 31 a week: the"
                " target of 90% is met."
            ),
            (
                "99,9 % (99,8 % til 100 %) af kræftpakkesagerne besvares til tiden, omkring 31 af 31 om ugen: målet på"
                " 90 % er nået."
            ),
        ),
        ("Scanners at Herlev", "Scanners, Herlev"),
        ("pathologist @ main", "patolog (main)"),
        ("5 January 2026", "5. januar 2026"),
        (
            "reading: time by rule 2 — +3.1 points at 4.1, -2.0 points at 6.",
            "læsning: tid efter regel 2 — +3,1 procentpoint ved 4,1, -2,0 procentpoint ved 6.",
        ),
        ("2026-01-05", "2026-01-05"),
        ("a plan that somebody called so", "a plan that somebody called so"),
    ],
)
def test_a_text_is_told_in_danish(english: str, danish: str) -> None:
    assert told(english, "da", DANISH) == danish
    assert told(english, "en", DANISH) == english


def test_every_form_of_sentence_is_translated() -> None:
    assert [sentence for sentence in (*SENTENCES, *PROBLEMS) if DANISH(sentence) == sentence] == []


@pytest.mark.parametrize(
    ("path", "value", "danish"),
    [
        ("days", "soon", "small-lab: days: skal være et helt tal; fik 'soon'"),
        ("resources.pathologist.units.0.absence", 2, "units.senior.absence: 2: skal være højst 1"),
        ("colour", 1, "colour: ukendt felt; måske 'country'; der er "),
    ],
)
def test_what_is_wrong_with_a_plans_field_is_told_in_danish(
    path: str, value: object, danish: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.planner.words.language", lambda: "da")
    monkeypatch.setattr(language, "language", lambda: "da")
    with pytest.raises(ScenarioError) as refused:
        change(load_scenario("small-lab"), {path: value})
    assert danish in problem_words(str(refused.value))
    assert problem_words("small-lab: two things disagree") == "small-lab: two things disagree"


def test_the_ready_plans_and_their_groups_have_danish_names() -> None:
    plans = [load_scenario(name) for name in ready_scenarios()]
    titles = {it.title for it in plans} | {row.title.split(" (")[0] for it in plans for row in units(it) if row.people}
    assert sorted(title for title in titles if DANISH(title) == title) == []


def test_the_first_words_of_a_report_of_today_are_all_danish() -> None:
    page = run_page(replicate(load_scenario("small-lab"), 2, jobs=1))
    said = [*page.answers, *(section.title for section in page.sections)]
    assert [text for text in said if told(text, "da", DANISH) == text] == []


def test_what_the_check_of_a_plan_warns_of_is_all_danish() -> None:
    warned = [it for name in ready_scenarios() for it in check(load_scenario(name)) if it.level == "warning"]
    assert len(warned) > 5
    assert [it.message for it in warned if told(it.message, "da", DANISH) == it.message] == []


def test_the_numbers_that_a_tornado_names_are_all_danish() -> None:
    paths = {it.path for name in ready_scenarios() for it in assumptions(load_scenario(name), get_args(Mark))}
    named = {number_words(path) for path in paths}
    assert len(named) > 50
    assert [it for it in named if told(it, "da", DANISH) == it] == []


def test_what_the_time_cut_short_is_all_danish() -> None:
    said = told(f"The time cut short: {'; '.join(ENDS_BY)}.", "da", DANISH)
    assert said.startswith("Tiden afbrød: ")
    assert [it for it in ENDS_BY if it in said] == []
