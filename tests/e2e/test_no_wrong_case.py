"""No act hits another case than the one that was meant, though the list moves while somebody reaches for it."""

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
from tests.support.people import SYSTEM, pathologist
from worklist.calendar import WorkingCalendar, deadline
from worklist.cases import Case
from worklist.reading.urgent import mark_urgent
from worklist.store.store import Store

pytestmark = pytest.mark.e2e

PATIENCE_MS = 90_000
"""For a busy machine; nothing here tests speed."""

CALENDAR = WorkingCalendar()


def make_case(store: Store, number: str, days: int) -> Case:
    received = store.now() - timedelta(minutes=1)
    return Case(
        accession_number=number,
        pathway="demo",
        pathway_name="Demo pathway",
        received_utc=received,
        deadline_utc=deadline(received, days, CALENDAR),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'worklist.db'}")
    store.add_cases([make_case(store, f"P-{number:02}", number) for number in range(4, 10)], SYSTEM)
    yield store
    store.close()


@pytest.fixture
def page(store: Store, tmp_path: Path) -> Iterator[Page]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FORRANG_", "STREAMLIT_"))}
    command = [sys.executable, "-m", "cli", "serve", "--port", "0", "--no-worker"]
    environment = kept | {"FORRANG_HOME": str(tmp_path)}
    with (
        subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server,
        sync_playwright() as playwright,
    ):
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found, "forrang serve did not say where it answers"
        browser = launch(playwright)
        page = browser.new_page(base_url=found.group(), viewport={"width": 1280, "height": 900}, locale="en-GB")
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page.goto("/")
        expect(row(page, "P-04")).to_be_visible()
        yield page
        browser.close()
        server.terminate()
        server.stdout.read()


def row(page: Page, number: str) -> Locator:
    return fresh(page.locator(f'tr[data-row="{number}"]'))


def put_first(store: Store, number: str) -> None:
    """An urgent case comes in: it stands before all others."""
    store.add_cases([make_case(store, number, 9)], SYSTEM)
    mark_urgent(store, pathologist("anna"), number, "operation is waiting", CALENDAR)


def marked(store: Store) -> set[str]:
    return {case.accession_number for case in store.cases() if case.urgent_by}


def mark_in_dialog(page: Page, number: str) -> None:
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(number).first).to_be_visible()
    at_rest(page)
    dialog.get_by_role("textbox").first.fill("tumour board tomorrow")
    dialog.get_by_role("textbox").first.press("Tab")
    dialog.get_by_role("button", name=re.compile(f"urgent.*{number}|{number}.*urgent")).click()
    expect(dialog).to_have_count(0)
    expect(row(page, number)).to_contain_text("Urgent")


def test_what_is_chosen_and_under_the_cursor_stays_so_when_urgent_cases_come_in_before_it(
    page: Page, store: Store
) -> None:
    row(at_rest(page), "P-06").locator("input").check()
    expect(page.locator(".st-key-chosen_bar")).to_contain_text("P-06")
    at_rest(page)
    put_first(store, "U-1")
    # The list in the browser is the old one still: the key is about the case under the cursor, not about a place.
    page.keyboard.press("u")
    mark_in_dialog(page, "P-06")
    assert marked(store) == {"U-1", "P-06"}

    row(at_rest(page), "P-08").locator("input").check()
    expect(page.locator(".st-key-chosen_bar")).to_contain_text("P-08")
    put_first(store, "U-2")
    expect(row(page, "U-2")).to_be_visible()  # the list was read anew by itself
    at_rest(page)
    assert page.locator("tr.current").get_attribute("data-row") == "P-08"
    assert page.locator("tr.chosen").evaluate_all("rows => rows.map(row => row.dataset.row)") == ["P-06", "P-08"]
    page.locator(".st-key-chosen_bar").get_by_role("button", name="Mark all urgent").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    at_rest(page)
    dialog.get_by_label("Why are they urgent?").fill("tumour board tomorrow")
    dialog.get_by_role("button", name="Yes, for this 1 case").click()
    expect(page.locator(".st-key-outcome")).to_contain_text("P-08")
    assert marked(store) == {"U-1", "U-2", "P-06", "P-08"}
