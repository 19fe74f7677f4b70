"""Coming back to the list, another role, and what was done: nothing is lost, covered, or left of another role."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.e2e.browser import at_rest, fresh, launch
from tests.support.cases import case
from tests.support.people import SYSTEM
from worklist.calendar import WorkingCalendar
from worklist.people import Actor
from worklist.reading.urgent import mark_urgent
from worklist.store.store import Store

pytestmark = pytest.mark.e2e

PATIENCE_MS = 90_000
KAREN = Actor("karen", "coordinator", "test")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path_factory.mktemp('forrang') / 'worklist.db'}")
    now = opened.now()
    opened.add_cases(
        [case(f"26-{n}", received_utc=now, deadline_utc=now + timedelta(days=20 + n)) for n in range(1, 7)], SYSTEM
    )
    mark_urgent(opened, KAREN, "26-6", "theatre waits", WorkingCalendar(), working_days=3)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def page(store: Store) -> Iterator[Page]:
    home = Path(store.url.removeprefix("sqlite:///")).parent
    others = {name: value for name, value in os.environ.items() if not name.startswith(("FORRANG_", "STREAMLIT_"))}
    command = [sys.executable, "-m", "cli", "serve", "--port", "0", "--no-worker"]
    environment = others | {"FORRANG_HOME": str(home)}
    with (
        subprocess.Popen(command, env=environment, cwd=home, stdout=subprocess.PIPE, text=True) as server,
        sync_playwright() as playwright,
    ):
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found, "forrang serve did not say where it answers"
        expect.set_options(timeout=PATIENCE_MS)
        browser = launch(playwright)
        page = browser.new_page(base_url=found.group(), viewport={"width": 1280, "height": 900}, locale="en-GB")
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()
        server.terminate()
        server.stdout.read()


def the_list(page: Page) -> Page:
    page.goto("/worklist")
    expect(row(page, "26-3")).to_be_visible()
    return at_rest(page)


def row(page: Page, number: str) -> Locator:
    return fresh(page.locator(f'tr[data-row="{number}"]'))


def act_as(page: Page, role: str) -> None:
    page.get_by_test_id("stPopoverButton").click()
    page.get_by_test_id("stPopoverBody").get_by_text(role, exact=True).click()
    expect(page.get_by_test_id("stPopoverButton")).to_contain_text(role)
    at_rest(page)


def overlap(one: Locator, other: Locator) -> bool:
    a, b = one.bounding_box(), other.bounding_box()
    assert a is not None
    assert b is not None
    across = a["x"] < b["x"] + b["width"] and b["x"] < a["x"] + a["width"]
    return across and a["y"] < b["y"] + b["height"] and b["y"] < a["y"] + a["height"]


def test_back_from_a_case_the_cursor_stands_on_it_and_goes_on_from_there(page: Page) -> None:
    the_list(page)
    for _ in range(3):
        page.keyboard.press("j")
    expect(row(page, "26-2")).to_have_class(re.compile("current"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Case 26-2")).to_be_visible()
    at_rest(page).keyboard.press("j")
    expect(page.get_by_role("heading", name="Case 26-3")).to_be_visible()
    at_rest(page).get_by_role("link", name="Back to the worklist").click()
    expect(row(page, "26-3")).to_have_class(re.compile("current"))
    at_rest(page).keyboard.press("k")
    expect(row(page, "26-2")).to_have_class(re.compile("current"))


def test_another_role_begins_with_nothing_chosen_and_the_menu_closes(page: Page) -> None:
    row(the_list(page), "26-2").locator("input").check()
    bar = page.locator(".st-key-chosen_bar")
    expect(bar).to_contain_text("26-2")
    act_as(at_rest(page), "Manager")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    expect(bar).to_have_count(0)
    expect(row(page, "26-2").locator("input")).not_to_be_checked()
    row(page, "26-2").locator("a").click()
    expect(page.get_by_test_id("stToast")).to_contain_text("Your role sees the list, and not what is in a case")
    assert at_rest(page).url.endswith("/worklist")
    act_as(page, "Pathologist")


def test_a_mark_that_was_taken_off_is_put_back_and_no_message_covers_the_role_or_moves_the_page(
    page: Page, store: Store
) -> None:
    before = store.case("26-6")
    page.goto("/case?case=26-6")
    title = page.get_by_role("heading", name="Case 26-6")
    expect(title).to_be_visible()
    stood = at_rest(page) and title.bounding_box()
    page.keyboard.press("u")
    page.get_by_role("dialog").get_by_role("button", name="Take the mark off 26-6").click()
    said = page.get_by_test_id("stToast")
    expect(said).to_contain_text("Case 26-6 is not urgent any more")
    undo = fresh(page.get_by_role("button", name="Undo"))
    expect(undo).to_be_visible()
    assert store.case("26-6").urgent_by is None
    assert not overlap(said, page.get_by_test_id("stPopoverButton"))
    assert at_rest(page)
    assert title.bounding_box() == stood
    act_as(page, "Coordinator")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    act_as(page, "Pathologist")
    undo.click()
    expect(fresh(page.get_by_text("put the urgent mark of karen back: theatre waits"))).to_be_visible()
    assert store.case("26-6") == before
