"""A manager in a real browser: a plan cloned, changed, asked, taken along, and compared with the one it came from."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.browser import at_rest, fresh, launch

pytestmark = pytest.mark.e2e
PATIENCE_MS = 120_000
ROW_PX = 35
"""Of a table, as Streamlit draws it."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("forrang")
    others = {name: value for name, value in os.environ.items() if not name.startswith(("FORRANG_", "STREAMLIT_"))}
    command = [sys.executable, "-m", "cli", "serve", "--port", "0", "--no-worker"]
    environment = others | {"FORRANG_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment, cwd=home, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found, "forrang serve did not say where it answers"
        yield found.group()
        server.terminate()
        server.stdout.read()


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        outside: list[str] = []
        page.on("request", lambda it: outside.append(it.url))
        page.on("pageerror", lambda error: outside.append(str(error)))
        yield page
        browser.close()
        assert [it for it in outside if not re.match(r"(http|ws)://127\.0\.0\.1:|data:|blob:", it)] == []


def test_a_plan_is_cloned_changed_asked_taken_along_and_compared(page: Page) -> None:
    page.goto("/")
    at_rest(page).get_by_test_id("stPopover").locator("button").first.click()
    page.locator("label", has_text="Manager").click()
    expect(page.get_by_role("link", name="Planner")).to_be_visible()
    at_rest(page).keyboard.press("Escape")
    page.get_by_role("link", name="Planner").click()
    page.wait_for_url("**/planner")
    at_rest(page).locator(".st-key-clone-small-lab button").click()
    expect(fresh(page.get_by_text("small-lab-2 · made here"))).to_be_visible()
    _write_hours(page, "07:00-16:00")
    expect(fresh(page.get_by_text("1 change in the form"))).to_be_visible()
    expect(fresh(page.get_by_text("rosters.day.hours"))).to_be_visible()
    at_rest(page).get_by_role("tab", name="Volumes").click()
    at_rest(page).get_by_role("slider").first.press("ArrowRight")
    expect(fresh(page.get_by_text("5 changes in the form"))).to_be_visible()
    at_rest(page).get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("5 changes in the form")).to_have_count(0)
    at_rest(page).get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_url("**/planner?answer=*")
    expect(fresh(page.get_by_text("Who gets an answer on time"))).to_be_visible()
    for label, ending in (("Tables (Excel)", ".xlsx"), ("Charts (PNG)", ".zip"), ("Report (HTML)", ".html")):
        at_rest(page)
        with page.expect_download() as taken:
            page.get_by_role("button", name=label).click()
        assert taken.value.suggested_filename == f"A-small-laboratory-copy{ending}"
        assert taken.value.path().stat().st_size > 5_000
    at_rest(page).get_by_role("button", name="All plans").click()
    expect(page.locator(".st-key-compare-small-lab label")).to_be_visible()
    at_rest(page).locator(".st-key-compare-small-lab label").click()
    expect(page.locator(".st-key-compare-small-lab input")).to_be_checked()
    at_rest(page).locator(".st-key-compare-small-lab-2 label").click()
    at_rest(page).get_by_role("button", name="Compare 2 plans").click()
    expect(fresh(page.get_by_text("The plans side by side"))).to_be_visible()
    expect(page.get_by_text("against “A small laboratory”").first).to_be_visible()


def _write_hours(page: Page, hours: str) -> None:
    """Into the first roster's; the table is a drawing, so its cell is found by its place."""
    at_rest(page).get_by_role("tab", name="Hours").click()
    table = page.get_by_role("tabpanel").filter(visible=True).get_by_test_id("stDataFrame")
    at_rest(page)
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 1.5 * ROW_PX)
    page.keyboard.press("Enter")
    cell = page.locator(".gdg-input")
    cell.fill(hours)
    cell.press("Enter")
