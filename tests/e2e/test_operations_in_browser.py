"""Operations in a real browser: a coordinator closes, matches and retries; an administrator searches and checks."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.browser import at_rest, fresh, launch
from tests.support.operations import fill_department
from worklist.intake.unmatched import count_waiting
from worklist.jobs.desk import job_counts
from worklist.store.store import Store
from worklist.trail.directory import person
from worklist.watching.operations import open_operations

pytestmark = pytest.mark.e2e

PATIENCE_MS = 90_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    home = tmp_path_factory.mktemp("operations")
    store = Store.open(f"sqlite:///{home / 'worklist.db'}")
    fill_department(store)
    yield store
    store.close()


@pytest.fixture(scope="module")
def page(store: Store) -> Iterator[Page]:
    """A visit of its own, on a server of its own; what it asks the internet for, or complains of, fails the test."""
    home = Path(str(store.engine.url.database)).parent
    others = {name: value for name, value in os.environ.items() if not name.startswith(("FORRANG_", "STREAMLIT_"))}
    environment = others | {"FORRANG_HOME": str(home)}
    command = [sys.executable, "-m", "cli", "serve", "--port", "0", "--no-worker"]
    complaints: list[str] = []
    with (
        subprocess.Popen(command, env=environment, cwd=home, stdout=subprocess.PIPE, text=True) as server,
        sync_playwright() as playwright,
    ):
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found
        browser = launch(playwright)
        context = browser.new_context(base_url=found.group(), viewport={"width": 1280, "height": 900}, locale="en-GB")
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        page.on("request", lambda it: None if _is_own(it.url) else complaints.append(it.url))
        yield page
        browser.close()
        server.terminate()
    assert complaints == []


def _is_own(url: str) -> bool:
    return re.match(r"(http|ws)://127\.0\.0\.1:|data:|blob:", url) is not None


def _as(page: Page, role: str) -> None:
    """Chooses the role of the local mode, and comes to operations."""
    page.goto("/operations")
    at_rest(page).locator("[data-testid=stPopover] button").first.click()
    page.locator("[data-testid=stPopoverBody] label", has_text=role).click()
    expect(page.locator("[data-testid=stPopover]", has_text=role).first).to_be_visible()
    at_rest(page).keyboard.press("Escape")


def _view(page: Page, name: str) -> None:
    at_rest(page).get_by_test_id("stButtonGroup").get_by_text(name, exact=True).click()


def test_a_coordinator_closes_an_entry_matches_a_slide_and_has_the_dead_tried_again(page: Page, store: Store) -> None:
    _as(page, "Coordinator")
    expect(fresh(page.get_by_text("4 entries, the latest first."))).to_be_visible()
    (entry,) = open_operations(store, ["unknown site"])
    at_rest(page).locator(f".st-key-close_operation_{entry.id} button").click()
    dialog = page.get_by_role("dialog")
    expect(fresh(dialog.get_by_text("Order from site XYZ"))).to_be_visible()
    at_rest(page)
    dialog.get_by_role("button", name=f"Close entry {entry.id}").click()
    expect(fresh(page.get_by_text("3 entries, the latest first."))).to_be_visible()
    assert not open_operations(store, ["unknown site"])

    _view(page, "Unmatched slides")
    expect(page.get_by_role("button", name="Match ...").first).to_be_visible()
    at_rest(page).get_by_role("button", name="Match ...").first.click()
    expect(dialog).to_be_visible()
    at_rest(page)
    dialog.get_by_role("textbox", name="Accession number of its case").fill("26-000002")
    dialog.get_by_role("textbox", name="Accession number of its case").press("Enter")
    expect(fresh(dialog.get_by_text("26-000900_1.svs will belong to case 26-000002"))).to_be_visible()
    at_rest(page)
    dialog.get_by_role("button", name="Put it into case 26-000002").click()
    expect(fresh(page.get_by_text("2 slides wait for their case."))).to_be_visible()
    assert count_waiting(store) == 2
    assert store.case("26-000002").slides[-1].path.name == "26-000900_1.svs"

    _view(page, "Queue and workers")
    expect(page.get_by_role("button", name="Try all again ...")).to_be_visible()
    at_rest(page).get_by_role("button", name="Try all again ...").click()
    expect(dialog).to_be_visible()
    at_rest(page)
    dialog.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Given up")).to_have_count(0)
    assert job_counts(store)["dead"] == 0


def test_an_administrator_searches_the_trail_and_checks_that_it_holds(page: Page) -> None:
    _as(page, "Administrator")
    _view(page, "Audit trail")
    expect(page.get_by_label("Case")).to_be_visible()
    at_rest(page).get_by_label("Case").fill("26-000001")
    at_rest(page).get_by_role("button", name="Search").click()
    expect(fresh(page.get_by_role("cell", name="ask rescan"))).to_be_visible()
    at_rest(page).get_by_role("button", name="Check every link").click()
    expect(fresh(page.get_by_text("The trail holds, as of"))).to_be_visible()
    expect(fresh(page.get_by_text("the audit trail holds:"))).to_be_visible()


def test_an_administrator_gives_somebody_another_role_and_finds_that_on_the_trail(page: Page, store: Store) -> None:
    _as(page, "Administrator")
    page.goto("/people")
    dialog = page.get_by_role("dialog")
    at_rest(page).get_by_role("button", name="Add somebody ...").click()
    expect(dialog).to_be_visible()
    at_rest(page)
    dialog.get_by_role("textbox", name="Login").fill("ida")
    dialog.get_by_role("textbox", name="Name").fill("Ida Holm")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(fresh(page.get_by_role("cell", name="Ida Holm"))).to_be_visible()
    at_rest(page).get_by_role("button", name="Change somebody ...").click()
    expect(dialog).to_be_visible()
    _choose(page, "Who", "Ida Holm (ida)")
    _choose(page, "Role", "Coordinator")
    at_rest(page)
    fresh(dialog.get_by_role("button", name="Save changes to ida")).click()
    expect(dialog).to_have_count(0)
    ida = person(store, "ida")
    assert ida is not None
    assert (ida.name, ida.role, ida.active) == ("Ida Holm", "coordinator", True)
    page.goto("/operations?view=audit")
    at_rest(page).get_by_role("button", name="Search").click()
    expect(fresh(page.get_by_role("cell", name="manage people")).first).to_be_visible()


def _choose(page: Page, label: str, option: str) -> None:
    at_rest(page)
    fresh(page.get_by_role("dialog").get_by_role("combobox", name=label)).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_charts_are_drawn_and_a_view_has_an_address(page: Page) -> None:
    _as(page, "Manager")
    for name, view, charts in (
        ("Slides and faults", "flow", 2),
        ("Response times", "times", 1),
        ("Storage", "storage", 1),
    ):
        _view(page, name)
        expect(page).to_have_url(re.compile(f"view={view}$"))
        expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg.marks")).to_have_count(charts)
