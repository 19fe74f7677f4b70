"""The operations pages, run by Streamlit without a browser, on a department in the middle of its work."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from tests.support.operations import MARKUP, fill_department
from tests.support.people import SYSTEM, person
from worklist.cases import Case
from worklist.jobs.desk import job_counts
from worklist.people import Role
from worklist.store.store import Store
from worklist.store.tables import AuditRow
from worklist.watching.operations import close_operation, open_operations, raise_operation

PAGE = """
from ui.operations import page
page.show()
"""
IN_DIALOG = """
from ui.operations import hands, queue, unmatched
from ui.shell.desk import look
from worklist.intake.unmatched import waiting_slides
from worklist.jobs.desk import jobs
from worklist.watching.operations import open_operations
"""
PATIENCE_S = 60


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list's file, to be copied: filling it takes longer than most tests."""
    file = tmp_path_factory.mktemp("department") / "worklist.db"
    made = Store.open(f"sqlite:///{file}")
    fill_department(made)
    made.close()
    return file


@pytest.fixture
def busy(store: Store, filled: Path, tmp_path: Path) -> Store:
    store.close()
    shutil.copyfile(filled, tmp_path / "worklist.db")
    return store


def opened(view: str, role: Role = "coordinator") -> AppTest:
    app = AppTest.from_string(PAGE, default_timeout=PATIENCE_S)
    app.query_params["view"] = view
    app.session_state["remembered role"] = role
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.warning, app.error, app.info, app.success, app.code)
    blocks = [block.value for kind in kinds for block in kind]
    return "\n".join([*blocks, *(block.proto.body for block in app.get("html"))])


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


@pytest.mark.parametrize(
    ("view", "told"),
    [
        ("hands", "Nothing needs a hand."),
        ("unmatched", "No slide waits for its case."),
        ("queue", "No worker has been seen lately"),
        ("flow", "No slide arrived in these days."),
        ("times", "No action has been counted yet"),
        ("storage", "The disks have not been looked at yet"),
        ("audit", "stands on the trail in your name"),
    ],
)
def test_every_view_of_an_empty_department_says_so_in_words(store: Store, view: str, told: str) -> None:
    assert told in words(opened(view, "admin"))


def dialog(call: str) -> AppTest:
    """What a dialog asks, alone: a test without a browser draws the whole page anew instead of the dialog."""
    app = AppTest.from_string(f"{IN_DIALOG}\n{call}\n", default_timeout=PATIENCE_S)
    app.session_state["remembered role"] = "coordinator"
    app.run()
    assert not app.exception
    return app


def test_what_needs_a_hand_is_told_once_with_how_often_it_happened(busy: Store) -> None:
    app = opened("hands")
    said = words(app)
    assert "Order from site XYZ" in said
    assert "happened 2 times" in said
    assert "4 entries" in said
    app.pills("operation_kinds").set_value(["drift"]).run()
    assert "Order from site XYZ" not in words(app)
    assert "1 entry" in words(app)
    (drift,) = open_operations(busy, ["drift"])
    close_operation(busy, person("carl", "coordinator"), drift.id)
    app.run()
    assert not app.exception
    assert "3 entries" in words(app), "a kind that nothing is of any more hides nothing"


def test_the_dialog_asks_about_the_entry_as_it_was_drawn_when_its_button_was_pressed(busy: Store) -> None:
    (seen,) = open_operations(busy, ["unknown site"])
    app = opened("hands")
    with busy.writing() as session:
        raise_operation(session, "unknown site", "XYZ", "Once more.", busy.now())
        raise_operation(session, "clock", "lab-2", "The clocks differ.", busy.now())
    app.button(f"close_operation_{seen.id}").click().run()
    assert words(app).count("Order from site XYZ") == 1
    assert words(app).count("Once more.") == 1, "the page is drawn anew, the dialog is not"
    assert f"Close entry {seen.id}" in labels(app)
    assert len(open_operations(busy)) == 5, "only the dialog closes"


def test_an_entry_is_closed_by_its_number_and_one_that_happened_again_is_not(busy: Store) -> None:
    earlier = "replace(open_operations(look().store, ['unknown site'])[0], times=1)"
    with busy.writing() as session:
        raise_operation(session, "unknown site", "XYZ", "Once more.", busy.now())
    app = dialog(f"from dataclasses import replace\nhands.ask_to_close({earlier})")
    app.button("close_operation_now").click().run()
    assert "happened again" in words(app)
    assert open_operations(busy, ["unknown site"])
    app = dialog("hands.ask_to_close(open_operations(look().store, ['unknown site'])[0])")
    app.button("close_operation_now").click().run()
    assert not open_operations(busy, ["unknown site"])
    assert len(open_operations(busy)) == 3


def test_a_slide_that_waits_is_put_into_the_case_that_a_person_names(busy: Store) -> None:
    app = opened("unmatched")
    assert "3 slides wait" in words(app)
    app = dialog("unmatched.ask_whose(waiting_slides(look().store)[0])")
    assert "No open case begins like that" in words(app)
    app.text_input("match_number").set_value("26-00000").run()
    assert "match_now" not in [button.key for button in app.button], "nothing is chosen for a person"
    app.radio("match_case").set_value("26-000002").run()
    assert busy.case("26-000002").slides[-1].path.name == "26-000002_2.svs"
    app.button("match_now").click().run()
    assert busy.case("26-000002").slides[-1].path.name == "26-000900_1.svs"


def test_a_patients_number_and_markup_in_a_files_name_are_shown_to_nobody_as_such(busy: Store) -> None:
    said = words(opened("unmatched"))
    assert "010190" not in said
    assert "Danish CPR number" in said
    assert "<b>" not in said.replace("\\<b\\>", "")
    assert MARKUP not in said


def test_given_up_slides_are_tried_again_one_by_one_or_all_after_it_was_asked(busy: Store) -> None:
    app = opened("queue")
    said = words(app)
    assert "SIGSEGV" in said
    assert "silent" in said
    one = next(str(button.key) for button in app.button if str(button.key).removeprefix("retry_").isdigit())
    app.button(one).click().run()
    assert job_counts(busy)["dead"] == 2
    app.button("retry_all").click().run()
    assert job_counts(busy)["dead"] == 2, "only the dialog does it"
    app = dialog("queue.ask_again([it.job for it in jobs(look().store, ('dead',), 9)])")
    app.button("retry_now").click().run()
    assert job_counts(busy)["dead"] == 0
    assert not dialog("queue.ask_again([])").exception


@pytest.mark.parametrize(("view", "act"), [("hands", "Close ..."), ("unmatched", "Match ..."), ("queue", "Try again")])
def test_who_may_only_look_is_offered_no_act(busy: Store, view: str, act: str) -> None:
    assert act in labels(opened(view, "coordinator"))
    assert act not in labels(opened(view, "pathologist"))


def test_views_with_figures_and_the_trail_are_for_those_who_may_see_them(busy: Store) -> None:
    def views(role: Role) -> list[str]:
        return [it.content for it in opened("hands", role).get("button_group")[0].proto.options]

    assert views("pathologist") == ["Needs a hand", "Unmatched slides", "Queue and workers"]
    assert "Audit trail" not in views("manager")
    assert "Response times" in views("manager")
    assert "Audit trail" in views("admin")
    assert "entries" in words(opened("audit", "manager")), "who asks for another's view gets their own first"


def test_slides_and_faults_are_told_by_scanner_and_reason(busy: Store) -> None:
    said = words(opened("flow", "manager"))
    for told in ("gt450-1", "scanner not told", "out of focus", "Rejected", "slides arrived in 30 days"):
        assert told in said


def test_response_times_are_held_against_what_the_region_wants(busy: Store) -> None:
    said = words(opened("times", "manager"))
    assert "99.0%" in said
    assert "✓ met" in said
    assert "standard 3 s, data-heavy 15 s" in said


def test_a_disk_that_will_soon_be_full_is_told(busy: Store) -> None:
    said = words(opened("storage", "manager"))
    assert "lab\\-2:/mnt/slides" in said or "/mnt/slides is full in about 35 days" in said.replace("\\", "")
    assert "110 GB" in said


def test_the_trail_is_searched_a_page_at_a_time_and_each_search_is_on_it(busy: Store) -> None:
    app = opened("audit", "admin")
    app.text_input("audit_who").set_value(SYSTEM.name)
    (search,) = [button for button in app.button if button.label == "Search"]
    search.click().run()
    first = words(app)
    assert "take in" in first
    assert "ask rescan" not in first
    app.button("audit_older").click().run()
    assert words(app) != first
    with busy.reading() as session:
        acts = session.scalars(select(AuditRow.act).where(AuditRow.role == "admin")).all()
    assert acts.count("see audit") == 2


def test_a_look_at_operations_is_on_the_trail_once_a_visit(busy: Store) -> None:
    app = opened("hands")
    app.run()
    with busy.reading() as session:
        acts = session.scalars(select(AuditRow.act).where(AuditRow.role == "coordinator")).all()
    assert acts == ["see operations"]


def test_an_accession_number_with_markup_is_shown_as_it_stands(store: Store) -> None:
    now = store.now()
    told = {"pathway": "p", "pathway_name": "P", "received_utc": now, "deadline_utc": now}
    store.add_cases([Case.model_validate({"accession_number": "<i>1</i>", **told})], SYSTEM)
    app = opened("audit", "admin")
    (search,) = [button for button in app.button if button.label == "Search"]
    search.click().run()
    assert "<td>&lt;i&gt;1&lt;/i&gt;</td>" in words(app)
