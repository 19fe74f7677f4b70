"""A manager in a real browser foresees the list; a pathologist then reads each case's chance on page and list."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.browser import at_rest, fresh, launch
from tests.support.browsing import visit
from tests.support.cases import case
from tests.support.people import SYSTEM
from tests.support.serving import served
from ui.shell.language import Language
from worklist.store.store import Store

pytestmark = pytest.mark.e2e

PATIENCE_MS: Final = 300_000
"""A new machine compiles the simulation first, at low priority."""
NONE_YET: Final = re.compile("No forecast: unknown, not safe. A manager or an administrator foresees the list")
FORESEEN: Final = re.compile(r"(\d+)% likely to miss its deadline, by the forecast of \w{3} \d+ \w{3} \d\d:\d\d\.")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A list of two: one case is overdue, the other is due in weeks."""
    home = tmp_path_factory.mktemp("forrang")
    store = Store.open(f"sqlite:///{home / 'worklist.db'}")
    now = store.now()
    late = {"received_utc": now - timedelta(days=9), "deadline_utc": now - timedelta(days=2)}
    early = {"received_utc": now - timedelta(hours=3), "deadline_utc": now + timedelta(days=40)}
    store.add_cases([case("26-late", **late), case("26-early", **early)], SYSTEM)
    store.close()
    with served(home) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = launch(playwright)
        yield launched
        launched.close()


def forecast_of(browser: Browser, address: str, number: str, language: Language = "en") -> str:
    """What a pathologist reads on the case's page."""
    page = visit(browser, address, "pathologist", language, "light")
    page.goto(f"/case?case={number}")
    heading = page.get_by_text("Forecast" if language == "en" else "Prognose", exact=True)
    expect(fresh(heading)).to_be_visible()
    told = fresh(heading).locator("xpath=..").inner_text()
    page.close()
    return told


def test_a_manager_foresees_the_list_and_each_case_tells_its_chance_and_when_that_was(
    browser: Browser, address: str
) -> None:
    assert NONE_YET.search(forecast_of(browser, address, "26-early"))
    page = visit(browser, address, "manager", "en", "light")
    page.goto("/planner")
    expect(fresh(page.get_by_text("The list has not been foreseen yet."))).to_be_visible()
    at_rest(page).get_by_role("button", name="Foresee today's list").click()
    page.wait_for_url("**/planner?answer=*")
    page.close()  # the answer needs no browser
    page = visit(browser, address, "manager", "en", "light")
    page.goto("/planner")
    expect(fresh(page.get_by_text("Answers", exact=True))).to_be_visible()
    at_rest(page).get_by_role("button", name="See", exact=True).click()
    expect(fresh(page.get_by_text("Of 2 open cases about 1 will miss their deadline"))).to_be_visible()
    at_rest(page).get_by_role("button", name="All plans").click()
    expect(fresh(page.get_by_text("The newest forecast of the list is of"))).to_be_visible()
    found = FORESEEN.search(forecast_of(browser, address, "26-early"))
    assert found
    assert found[1] == "0"
    assert re.search(r"0.% sandsynlighed", forecast_of(browser, address, "26-early", "da"))
    assert "the deadline has passed" in forecast_of(browser, address, "26-late")
    listed = visit(browser, address, "pathologist", "en", "light")
    listed.goto("/")
    expect(fresh(listed.locator('tr[data-row="26-early"]'))).to_contain_text("0% likely to be late")
    expect(fresh(listed.locator('tr[data-row="26-late"]'))).to_contain_text("Overdue")
    expect(fresh(listed.locator('tr[data-row="26-late"]'))).not_to_contain_text("likely to be late")
