"""That somebody opened a case is on the audit trail: once an opening, not each time that the page is drawn anew."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from models.account import account_name
from tests.support.people import SYSTEM, person
from worklist.cases import Case
from worklist.store.store import Store
from worklist.trail.entries import TrailEntry, Wanted, latest
from worklist.watching.action_times import TIMES, months

PAGE = """
from ui.case import page as case_page
from ui.shell.pages import PageOf, offer
here = lambda: None
offer({"worklist": PageOf("Worklist", here, None), "case": PageOf("Case", here, None)}, bool)
case_page.show()
"""


@pytest.fixture
def store(store: Store) -> Store:
    now = store.now()
    times = {"received_utc": now, "deadline_utc": now + timedelta(days=4)}
    for number in ("26-000001", "26-000002"):
        told = {"accession_number": number, "pathway": "breast", "pathway_name": "Breast"}
        store.add_cases([Case.model_validate(told | times)], SYSTEM)
    return store


def views(store: Store) -> list[TrailEntry]:
    return latest(store, person("chief", "admin"), Wanted(act="see case"), 10)


def test_an_opening_is_on_the_trail_once(store: Store) -> None:
    app = AppTest.from_string(PAGE, default_timeout=60)
    app.query_params["case"] = "26-000001"
    app.run()
    app.run()
    (view,) = views(store)
    assert (view.who, view.role, view.accession_number) == (f"{account_name()}@local", "pathologist", "26-000001")
    assert view.source.startswith("app")
    app.query_params["case"] = "26-000002"
    app.run()
    app.query_params["case"] = "26-000001"
    app.run()
    assert [it.accession_number for it in views(store)] == ["26-000001", "26-000002", "26-000001"]


def test_a_case_that_is_not_there_leaves_no_view(store: Store) -> None:
    app = AppTest.from_string(PAGE, default_timeout=60)
    app.query_params["case"] = "26-999999"
    app.run()
    assert app.exception
    assert not views(store)


def test_pages_that_are_opened_are_counted_as_actions(store: Store) -> None:
    from ui.shell.options import SCRIPT

    TIMES.keep(store, at_once=True)
    before = sum(it.actions for it in months(store))
    AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    TIMES.keep(store, at_once=True)
    assert sum(it.actions for it in months(store)) == before + 1


def test_a_search_of_the_list_is_counted_as_one_and_by_its_own_class(store: Store) -> None:
    from ui.shell.options import SCRIPT

    TIMES.keep(store, at_once=True)
    before = {it.action: it.actions for it in months(store)}
    app = AppTest.from_file(str(SCRIPT), default_timeout=60)
    app.query_params["q"] = "26-000001"
    app.run()
    TIMES.keep(store, at_once=True)
    after = {it.action: it.actions for it in months(store)}
    assert after == {**before, "search": before.get("search", 0) + 1}
