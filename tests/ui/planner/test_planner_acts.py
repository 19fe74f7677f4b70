"""What a manager does on the planner's page besides the form: stop, ask again, take today's list, bring a file in."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from planner.questions.folder import PROGRESS, STOP, Asked, all_asked, write
from planner.questions.question import Progress
from planner.scenario.load import read_scenario
from planner.scenario.yaml_limits import LONGEST
from planner.shelf import shelf, take
from tests.support.cases import case
from tests.support.people import SYSTEM, person
from tests.support.planner_pages import said
from worklist.store.store import Store
from worklist.trail.entries import Wanted, export

Page = Callable[..., AppTest]
YAML = "application/yaml"


@pytest.fixture
def question(page: Page, put_down: list[Path], monkeypatch: pytest.MonkeyPatch) -> Asked:
    """One that is being answered."""
    page(plan="small-lab").button("ask now").click().run()
    assert len(put_down) == 1
    monkeypatch.setattr("planner.questions.folder.is_held", lambda _file: True)
    (it,) = all_asked(5)
    write(it.folder / PROGRESS, Progress(state="running", done=3, wanted=10))
    return it


def test_a_question_that_runs_is_stopped_by_the_manager_and_the_trail_has_it(
    page: Page, question: Asked, store: Store
) -> None:
    app = page(answer=question.id)
    assert "3 of 10 simulated" in str([it.proto for it in app.get("progress")])
    app.button("stop question").click().run()
    assert not app.exception
    assert (question.folder / STOP).exists()
    assert [it.value for it in app.toast] == ["It stops; what is finished is kept."]
    trail = export(store, person("chief", "admin"), Wanted(act="plan"))
    assert "question stopped" in str([it.details for it in trail])


def test_a_stopped_question_says_so_and_is_asked_again_as_it_was(page: Page, question: Asked) -> None:
    write(question.folder / PROGRESS, Progress(state="stopped", reason="It was stopped before anything was finished."))
    app = page(answer=question.id)
    assert "It was stopped before anything was finished." in said(app)
    app.button("ask again").click().run()
    newest, before = all_asked(5)
    assert before.id == question.id
    assert newest.question.scenarios == before.question.scenarios
    assert newest.question.replications == before.question.replications


@pytest.mark.parametrize("role", ["coordinator", "researcher", "pathologist"])
def test_who_may_not_plan_is_not_offered_the_stop(page: Page, question: Asked, role: str) -> None:
    app = page(role, answer=question.id)
    assert not app.exception
    assert "stop question" not in [it.key for it in app.button]


def test_a_plan_starts_from_todays_list(page: Page, store: Store) -> None:
    now = store.now()
    due = now + timedelta(days=9)
    store.add_cases(
        [case(f"L26-{number}", received_utc=now - timedelta(days=3), deadline_utc=due) for number in range(2)], SYSTEM
    )
    app = page(plan="small-lab")
    app.button("todays list").click().run()
    assert not app.exception
    assert "The plan starts today with 2 open cases" in said(app) + str([it.value for it in app.toast])
    plan = read_scenario(app.text_area[0].value)
    assert sum(entry.count for entry in plan.backlog) == 2
    assert "Not saved yet" in said(app)


def test_a_file_is_brought_in_and_put_on_the_shelf_under_a_name_that_is_free(page: Page) -> None:
    app = page()
    app.file_uploader("import plan").set_value(("mine.yaml", take("small-lab").text.encode(), YAML)).run()
    app.button("import now").click().run()
    assert not app.exception
    assert shelf()[0] == "small-lab-2"
    assert take("small-lab-2").text == take("small-lab").text
    assert app.query_params["plan"] in ("small-lab-2", ["small-lab-2"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name: x\n" + b"#" * LONGEST, "a plan has at most"),
        (b"\xff\xfe\x00", "The file is no text in UTF-8"),
        (b"a: &a [*a, *a]\n", ""),
        (b"!!python/object/apply:os.system ['true']\n", ""),
        (b"", ""),
        (b"days: ninety\n", "days"),
    ],
)
def test_a_file_that_is_no_plan_is_a_sentence_and_nothing_is_kept(page: Page, content: bytes, words: str) -> None:
    before = shelf()
    app = page()
    app.file_uploader("import plan").set_value(("mine.yaml", content, YAML)).run()
    assert not app.exception
    (told,) = app.error
    assert words in told.value
    assert "import now" not in [it.key for it in app.button]
    assert shelf() == before
