"""What goes wrong while somebody works: the database away, the slide gone. No act is lost, and the page comes back."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from models.account import account_name
from tests.e2e.browser import at_rest, fresh, launch
from tests.support.browsing import visit
from tests.support.people import SYSTEM, person
from tests.support.postgres import PostgresServer
from tests.support.serving import served
from tests.support.slides import make_slide
from ui.viewer.library import libraries_are_there
from worklist.cases import Case, CaseSlide
from worklist.jobs import signs
from worklist.jobs.queue import JobQueue
from worklist.reading.reading import notes_of
from worklist.store.store import Store
from worklist.trail.directory import add_first_admin, add_person

pytestmark = pytest.mark.e2e

PATIENCE_MS: Final = 90_000
AWAY: Final = "Listen kan ikke nås lige nu"
"""What a Dane reads while the database is away."""
NOTE: Final = "<img src=x onerror=\"document.title='run'\">"
SLIDE: Final = "<b onmouseover=alert(1)>a.tif"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A database server of the tests' own, since it is stopped under the app."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="module")
def store(server: PostgresServer, home: Path) -> Iterator[Store]:
    opened = Store.open(server.url())
    add_first_admin(opened, "root", "chief", "Chief")
    add_person(opened, person("chief", "admin"), account_name(), "Me", "pathologist")
    now = opened.now()
    slide = make_slide(home / "slides" / SLIDE)
    opened.add_cases(
        [
            Case(
                accession_number=number,
                pathway="breast",
                pathway_name="Breast",
                received_utc=now,
                deadline_utc=now + timedelta(days=3),
                slides=(CaseSlide(path=slide),),
            )
            for number in ("26-1", "26-2")
        ],
        SYSTEM,
    )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(store: Store, home: Path) -> Iterator[str]:
    with served(home, FORRANG_DATABASE_URL=store.url) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = visit(browser, address, "pathologist", "da", "light")
    page.set_default_timeout(PATIENCE_MS)
    scripts: list[str] = []
    page.on("dialog", lambda it: scripts.append(it.message))
    yield page
    page.context.close()
    assert scripts == []


def test_the_list_tells_that_no_worker_is_at_work_until_one_is(page: Page, store: Store) -> None:
    page.goto("/worklist")
    told = page.get_by_text("ingen arbejder er i gang")
    expect(fresh(told)).to_be_visible()
    queue = JobQueue(store, "idc-screen@2.0.0", raise_s=0)
    signs.begin(queue, "lab-1")
    expect(told).to_have_count(0)
    expect(fresh(page.locator('tr[data-row="26-1"]'))).to_be_visible()
    signs.end(queue, "lab-1")


def test_a_database_that_goes_away_under_a_page_is_told_and_nothing_is_lost(
    page: Page, store: Store, server: PostgresServer
) -> None:
    listed = page.context.new_page()
    listed.goto("/worklist")
    row = 'tr[data-row="26-1"]'
    expect(fresh(listed.locator(row))).to_be_visible()
    page.goto("/case?case=26-1")
    expect(page.get_by_role("heading", name="26-1")).to_be_visible()
    at_rest(page).get_by_role("button", name="Note ...").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    at_rest(page)
    dialog.get_by_role("textbox").fill(NOTE)
    server.stop()
    dialog.get_by_role("button", name="Gem noten på 26-1").click()
    expect(fresh(dialog.get_by_text(AWAY))).to_be_visible()
    expect(dialog.get_by_role("textbox")).to_have_value(NOTE)

    late = page.context.new_page()
    late.goto("/worklist")
    for other in (listed, late):
        expect(fresh(other.get_by_text(AWAY))).to_be_visible()
        assert "forrang-pg-" not in other.content(), "where the database lies is nobody's business"

    server.start()
    for other in (listed, late):
        expect(fresh(other.locator(row))).to_be_visible()
        expect(other.get_by_text(AWAY)).to_have_count(0)
        other.close()
    at_rest(page)
    dialog.get_by_role("button", name="Gem noten på 26-1").click()
    expect(dialog).to_be_hidden()
    expect(fresh(page.get_by_text(NOTE))).to_be_visible()
    assert [it.text for it in notes_of(store, "26-1")] == [NOTE]
    assert page.title() != "run"


def test_a_page_that_is_closed_in_mid_act_has_done_nothing_and_another_finds_the_case_as_it_was(
    page: Page, store: Store
) -> None:
    page.goto("/case?case=26-2")
    expect(page.get_by_role("heading", name="26-2")).to_be_visible()
    at_rest(page).get_by_role("button", name="Afslut ...").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    before = store.case("26-2")
    other = page.context.new_page()
    page.close()
    other.goto("/case?case=26-2")
    expect(other.get_by_role("heading", name="Sag 26-2", exact=True)).to_be_visible()
    expect(other.get_by_role("dialog")).to_have_count(0)
    assert store.case("26-2") == before


@pytest.mark.skipif(not libraries_are_there(), reason="npm's registry was not reached: the viewer is not installed")
def test_a_slide_that_is_deleted_under_the_viewer_says_so_beside_its_name_as_text(page: Page, home: Path) -> None:
    page.goto("/viewer?case=26-2")
    expect(page.locator(".power").first).to_have_text(re.compile("×"))
    expect(page.get_by_text(SLIDE).first).to_be_visible()
    (home / "slides" / SLIDE).unlink()
    page.reload()
    refused = page.locator(".refused").first
    expect(refused).to_contain_text("Snittet kan ikke vises")
    expect(refused).to_contain_text(f"{SLIDE}: filen findes ikke længere")
