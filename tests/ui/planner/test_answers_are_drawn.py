"""Each kind of question, truly answered, is drawn on its page in both languages: words, charts and tables."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from planner.questions.answers import answer_to
from planner.questions.folder import PROGRESS, ask, keep_answer, write
from planner.questions.question import Kind, Progress, Question
from planner.report.page import Page
from planner.scenario.load import change, dump_scenario, load_scenario
from tests.support.planner_pages import said
from ui.planner.words import told
from ui.shell.language import _catalogue

ENGLISH: Final = re.compile(r"\b(the|and|of|which|cases?|with|is|are|points|than|years|hours|days|shows|assumed)\b")
"""Words that Danish does not have."""
AS_WRITTEN: Final = ("source", "note", "in the YAML", "where", "where in the scenario")
"""Columns with what the plan's author wrote, and with its fields."""
QUICK: Final = {"days": 14, "warm_up_days": 7, "follow_up_days": 7}
DANISH: Final = _catalogue("da").gettext
KINDS: Final[tuple[Kind, ...]] = ("run", "compare", "bottleneck", "sensitivity", "optimise", "workforce")


def question(kind: Kind) -> Question:
    plan = change(load_scenario("small-lab"), QUICK)
    more = change(plan, {"name": "more", "title": "More", "resources.pathologist.units.0.count": 2})
    plans = (plan, more) if kind == "compare" else (plan,)
    return Question(
        kind=kind,
        scenarios=tuple(map(dump_scenario, plans)),
        titles=tuple(it.name for it in plans),
        asked_by="Ida",
        asked_utc=datetime.now(UTC),
        replications=2,
        minutes=0.1,
        years=3,
    )


@cache
def answered(kind: Kind) -> Page:
    return answer_to(question(kind), lambda done, wanted, note: None).page


def texts_of(kept: Page) -> list[str]:
    """All that it says, without what the plan's author wrote."""
    found = [kept.title, kept.subtitle, *kept.answers, kept.foot]
    for section in kept.sections:
        found += [section.title, *section.says, *section.notes, *(it.caption for it in section.pictures)]
        for grid in section.grids:
            found += [grid.caption, *grid.head]
            found += [
                cell for row in grid.rows for head, cell in zip(grid.head, row, strict=True) if head not in AS_WRITTEN
            ]
    return found


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_is_drawn(kind: Kind, language: str, page: Callable[..., AppTest], put_down: list[Path]) -> None:
    kept = answered(kind)
    it = ask(question(kind))
    assert put_down == [it.folder]
    keep_answer(it.folder, kept)
    write(it.folder / PROGRESS, Progress(state="done"))
    app = page("manager", language, answer=it.id)
    assert not app.exception
    assert len(app.get("vega_lite_chart")) >= sum(len(section.pictures) for section in kept.sections) > 0
    spoken = "Hvornår mangler vi patologer?" if language == "da" else "When do we run short of pathologists?"
    assert (spoken in said(app)) == (kind == "workforce")
    shown = said(app) + str([it.proto.label for it in app.get("expander")])
    for section in kept.sections:
        assert told(section.title, language, DANISH) in shown
        for grid in section.grids:
            assert not grid.rows or told(grid.rows[0][0], language, DANISH) in shown


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_answer_says_is_all_danish_on_a_danish_page(kind: Kind) -> None:
    said = [told(text, "da", DANISH) for text in texts_of(answered(kind))]
    assert len(said) > 20
    assert [text for text in said if ENGLISH.search(text)] == []


def test_what_a_region_with_ai_is_answered_is_all_danish_too() -> None:
    plan = change(load_scenario("region-hovedstaden"), QUICK)
    asked = question("run").model_copy(update={"scenarios": (dump_scenario(plan),), "titles": (plan.name,)})
    texts = texts_of(answer_to(asked, lambda done, wanted, note: None).page)
    texts.remove(f"{plan.title} ({plan.name})")
    said = [told(text, "da", DANISH) for text in texts]
    assert len(said) > 200
    assert [text for text in said if ENGLISH.search(text)] == []
