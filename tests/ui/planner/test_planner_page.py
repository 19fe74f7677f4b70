"""The planner's page, run by Streamlit without a browser, on a shelf of its own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from planner.questions.folder import all_asked
from planner.scenario.load import read_scenario
from planner.scenario.yaml_limits import LONGEST
from planner.shelf import put, shelf, take
from tests.support.people import SYSTEM
from tests.support.planner_pages import said
from ui.planner.files import sentence_for_upload
from worklist.cases import Case
from worklist.errors import NotAllowedError, StoreAwayError
from worklist.people import Actor
from worklist.planning import from_todays_list, save_plan
from worklist.store.store import Store

pytestmark = pytest.mark.usefixtures("store")


def test_the_ready_plans_are_cards_and_who_may_not_plan_changes_nothing(page: Callable[..., AppTest]) -> None:
    app = page("coordinator")
    assert not app.exception
    assert "A small laboratory" in said(app)
    assert "127 cases a week" in said(app)
    assert not [button for button in app.button if button.label in ("Clone", "Delete", "Ask", "Save as ...")]
    looked = page("coordinator", plan="small-lab")
    assert not looked.exception
    assert not [button for button in looked.button if button.label in ("Ask", "Save", "Save as ...")]
    assert all(area.disabled for area in looked.text_area)


def test_a_clone_is_opened_changed_by_the_form_and_saved(page: Callable[..., AppTest]) -> None:
    app = page()
    app.button("clone small-lab").click().run()
    assert not app.exception
    assert shelf()[0] == "small-lab-2"
    key = next(it.key for it in app.slider)
    app.slider(key).set_value(150).run()
    assert "per_week" in said(app)
    assert "Not saved yet" in said(app)
    app.button("save plan").click().run()
    assert not app.exception
    kept = read_scenario(take("small-lab-2").text)
    assert kept.title == "A small laboratory, copy"
    assert [stream.per_week.value for stream in kept.arrivals if stream.per_week] == [37.5, 123, 10.5, 19.5]


def test_what_is_typed_wrong_is_told_by_its_field_and_nothing_is_lost(page: Callable[..., AppTest]) -> None:
    app = page(plan="small-lab")
    (area,) = app.text_area
    assert area.proto.max_chars == LONGEST, "what is longer never reaches the server"
    area.set_value(area.value.replace("days: 90", "days: ninety", 1)).run()
    assert not app.exception
    assert "days: must be a whole number" in said(app)
    assert "ninety" in app.text_area[0].value
    assert app.button("save plan as").disabled
    app.text_area[0].set_value(app.text_area[0].value.replace("ninety", "30")).run()
    assert "must be a whole number" not in said(app)


def test_asking_writes_the_plan_down_as_it_stands_and_goes_to_its_answer(
    page: Callable[..., AppTest], put_down: list[Path]
) -> None:
    app = page(plan="small-lab")
    app.number_input("ask replications").set_value(7).run()
    app.button("ask now").click().run()
    (it,) = all_asked(5)
    assert put_down == [it.folder]
    assert it.question.replications == 7
    assert it.question.scenarios == (take("small-lab").text,)
    assert app.query_params["answer"] in ([it.id], it.id)
    assert "ended from outside" in said(app), "nothing answers here, which is told"


@pytest.mark.parametrize("address", [{"plan": "../../etc/passwd"}, {"answer": "../x"}, {"plan": "<script>"}])
def test_an_address_that_leads_nowhere_is_a_sentence(page: Callable[..., AppTest], address: dict[str, str]) -> None:
    app = page(**address)
    assert not app.exception
    assert len(app.error) == 1
    assert [button.label for button in app.button] == ["All plans"]


def test_a_broken_plan_on_the_shelf_hides_no_other(page: Callable[..., AppTest], tmp_path: Path) -> None:
    put("mine", take("small-lab").text)
    (tmp_path / "scenarios" / "mine.yaml").write_text("[" * 100_000, "utf-8")
    app = page()
    assert not app.exception
    assert "nested more than" in said(app)
    assert "A small laboratory" in said(app)


def test_a_file_of_10_mb_is_a_sentence() -> None:
    assert sentence_for_upload("plan.yaml", 900_000, 1_000_000) == ""
    assert sentence_for_upload("plan.yaml", 10_000_000, 1_000_000).startswith("plan.yaml has 10.0 MB")


def test_today_s_open_cases_are_the_backlog_as_old_as_they_were_at_midnight(store: Store) -> None:
    now = store.now()
    midnight = now.astimezone(ZoneInfo("Europe/Copenhagen")).replace(hour=0, minute=0, second=0, microsecond=0)
    cases = [
        Case.model_validate(
            {
                "accession_number": f"P-{number}",
                "pathway": "breast",
                "pathway_name": "Breast",
                "received_utc": midnight.astimezone(UTC) - timedelta(hours=5 + number),
                "deadline_utc": now + timedelta(days=9),
            }
        )
        for number in range(3)
    ]
    store.add_cases(cases, SYSTEM)
    plan = from_todays_list(store, Actor("ida", "manager"), read_scenario(take("small-lab").text), now)
    assert sorted(age for entry in plan.backlog for age in entry.received_hours_ago) == pytest.approx([5, 6, 7])
    assert plan.warm_up_days == 0
    assert "P-0" not in plan.model_dump_json(), "no case is named in a plan that is passed on"


@pytest.mark.parametrize("role", ["pathologist", "coordinator", "researcher"])
def test_whoever_may_not_plan_is_refused_below_too(store: Store, role: str) -> None:
    actor = Actor("somebody", role)  # type: ignore[arg-type]
    with pytest.raises(NotAllowedError):
        save_plan(store, actor, "mine", take("small-lab").text)
    with pytest.raises(NotAllowedError):
        from_todays_list(store, actor, read_scenario(take("small-lab").text), datetime.now(UTC))
    assert "mine" not in shelf()


def test_a_question_and_its_stop_say_in_words_that_the_list_is_away(
    page: Callable[..., AppTest], put_down: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: object) -> None:
        raise StoreAwayError("the store at postgresql://somewhere: no route")

    app = page(plan="small-lab")
    with monkeypatch.context() as patch:
        patch.setattr("ui.planner.asking.ask_planner", away)
        app.button(key="ask now").click().run()
    assert not app.exception
    assert "The list cannot be reached just now." in said(app)
    assert "postgresql" not in said(app)
    assert put_down == []
    app.button(key="ask now").click().run()
    (asked,) = all_asked(5)
    following = page(answer=asked.id)
    monkeypatch.setattr("ui.planner.answer.stop_question", away)
    monkeypatch.setattr("planner.questions.folder.is_held", lambda _file: True)
    following.run()
    following.button(key="stop question").click().run()
    assert not following.exception
    assert "The list cannot be reached just now." in said(following)
    assert "postgresql" not in said(following)
