"""The app as people use it: real slides scored by `forrang worker`, served by `forrang serve`, seen in a real browser.

The model is the tests' own, which finds a tile the likelier the darker it is, so that it is known what it will say.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect, sync_playwright

from models.account import account_name
from tests.e2e.browser import at_rest, fresh, launch
from tests.support.people import SYSTEM
from tests.support.slides import make_slide
from tests.support.tiny_model import make_tiny_model
from worklist.calendar import deadline
from worklist.cases import Case, CaseSlide
from worklist.priority.policy import Policy
from worklist.store.store import Store

pytestmark = pytest.mark.e2e

ME = f"{account_name()}@local"
"""Whoever runs the tests: nobody signs in, and the list has no such person."""

PATIENCE_MS = 90_000
"""For a busy machine; nothing here tests speed."""

PROBES = ("/case/_stcore/health", "/case/_stcore/host-config")
"""On a deep link Streamlit's page first looks for its server below the page's own path: a 404 by design."""


@dataclass
class Watched:
    """A page, and what it did that it should not have."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        url = str(message.location.get("url", ""))
        if message.type == "error" and not url.endswith(PROBES):
            self.complaints.append(f"console: {message.text} {url}")

    def on_request(self, request: Request) -> None:
        if not re.match(r"(http|ws)://127\.0\.0\.1:|data:|blob:", request.url):
            self.complaints.append(f"request to {request.url}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten cases whose slides `forrang worker` has read, but one that came in after it."""
    folder = tmp_path_factory.mktemp("forrang")
    slides = folder / "slides"
    dark = [make_slide(slides / f"phantom-dark-{n}.tif", dark=True, seed=n) for n in range(3)]
    light = [make_slide(slides / f"phantom-light-{n}.tif", seed=n) for n in range(5)]
    no_mpp = make_slide(slides / "phantom-without-mpp.tif", mpp=None)
    cut = slides / "phantom-cut.tif"
    cut.write_bytes(light[0].read_bytes()[:1000])
    make_tiny_model(folder / "models" / "tiny-dark")
    store = Store.open(f"sqlite:///{folder / 'worklist.db'}")
    store.add_cases(
        [
            _case(store, "P-01", 2, light[0]),
            _case(store, "P-02", 3, light[1]),
            _case(store, "P-03", 4, light[2], site="Hvidovre"),
            _case(store, "P-04", 4, dark[0], light[3], urgency=4),
            _case(store, "P-05", 5, cut),
            _case(store, "P-06", 6, no_mpp),
            _case(store, "P-07", 7, light[4], site="Hvidovre"),
            _case(store, "P-08", 7, dark[1], urgency=4),
            _case(store, "P-09", 9, dark[2], no_mpp),
        ],
        SYSTEM,
    )
    _forrang(folder, "worker", "--model", "tiny-dark")
    store.add_cases([_case(store, "P-10", 10, slides / "phantom-new.tif", site="Hvidovre")], SYSTEM)
    store.close()
    return folder


def _case(store: Store, number: str, days: int, *slides: Path, site: str = "Herlev", urgency: int = 3) -> Case:
    received = store.now() - timedelta(minutes=1)
    return Case(
        accession_number=number,
        pathway="demo",
        pathway_name=f"Demo pathway, {days} days",
        urgency=urgency,
        received_utc=received,
        deadline_utc=deadline(received, days, Policy().calendar),
        site=site,
        subspecialty="breast",
        slides=tuple(CaseSlide(path=path) for path in slides),
    )


def _forrang(home: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "cli", *arguments]
    done = subprocess.run(command, env=_environment(home), cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr


def _environment(home: Path) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith(("FORRANG_", "STREAMLIT_"))}
    return others | {"FORRANG_HOME": str(home)}


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The app's URL; it is served from a working directory that has nothing to do with Forrang."""
    command = [sys.executable, "-m", "cli", "serve", "--port", "0", "--no-worker"]
    with subprocess.Popen(command, env=_environment(home), cwd=home, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found, "forrang serve did not say where it answers"
        yield found.group()
        server.terminate()
        server.stdout.read()
    assert server.returncode is not None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def watched(browser: Browser, address: str) -> Iterator[Watched]:
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    watched = Watched(context.new_page())
    watched.page.on("console", watched.on_console)
    watched.page.on("request", watched.on_request)
    watched.page.on("pageerror", lambda error: watched.complaints.append(f"page error: {error}"))
    yield watched
    context.close()
    assert watched.complaints == []


@pytest.fixture
def page(watched: Watched) -> Page:
    expect.set_options(timeout=PATIENCE_MS)
    return watched.page


def _listed(page: Page) -> Locator:
    return fresh(page.locator("a[data-case]"))


def _toggle(page: Page, label: str) -> None:
    at_rest(page).locator("label", has_text=label).click()


def _search(page: Page, words: str) -> None:
    box = at_rest(page).get_by_label("Search")
    box.fill(words)
    box.press("Enter")


CLINICAL = [f"P-{number:02}" for number in range(1, 11)]
RAISED = ["P-01", "P-04", "P-02", "P-03", "P-05", "P-08", "P-06", "P-07", "P-09", "P-10"]


def test_ten_cases_are_ranked_with_flagged_ones_raised(page: Page) -> None:
    page.goto("/")
    expect(_listed(page)).to_have_text(RAISED)
    row = fresh(page.locator("tr", has_text="P-04"))
    expect(row).to_contain_text("Flagged")
    expect(row).to_contain_text("raised from 4")
    expect(at_rest(page).get_by_text("Research software, not for clinical use")).to_be_visible()
    assert "hidden by filters" not in page.content()


def test_states_that_are_not_known_are_shown_as_such(page: Page) -> None:
    page.goto("/")
    expect(_listed(page)).to_have_count(10)
    at_rest(page)
    expect(page.locator("tr", has_text="P-05")).to_contain_text("Failed")
    expect(page.locator("tr", has_text="P-06")).to_contain_text("Rejected")
    expect(page.locator("tr", has_text="P-10")).to_contain_text("Not read yet")
    expect(page.get_by_text("3 unread by the AI")).to_be_visible()


def test_without_the_ai_the_order_is_the_clinical_one_and_nobody_is_lost(page: Page) -> None:
    page.goto("/")
    expect(_listed(page)).to_have_count(10)
    _toggle(page, "AI may raise cases")
    expect(page.get_by_text("clinical order, AI not used").first).to_be_visible()
    expect(_listed(page)).to_have_text(CLINICAL)


def test_a_filter_hides_cases_says_how_many_and_is_cleared_with_one_click(page: Page) -> None:
    page.goto("/")
    expect(_listed(page)).to_have_count(10)
    _search(page, "Hvidovre")
    expect(_listed(page)).to_have_count(3)
    expect(page.get_by_text("7 of 10 cases hidden by filters")).to_be_visible()
    at_rest(page).get_by_role("button", name="Show all cases").click()
    expect(_listed(page)).to_have_count(10)


def test_a_click_opens_that_case_with_its_slide_its_model_and_its_trace(page: Page) -> None:
    page.goto("/")
    at_rest(page).locator('a[data-case="P-08"]').click()
    expect(page.get_by_role("heading", name="Case P-08")).to_be_visible()
    assert page.url.endswith("/case?case=P-08")
    expect(
        at_rest(page).get_by_text("At its threshold").or_(page.get_by_text("How often it is wrong is not known"))
    ).to_be_visible()
    expect(page.get_by_text("What tiny-dark@1.0.0 is, and what it is not")).to_be_visible()
    at_rest(page).get_by_text("Trace: what this result was made from").click()
    expect(page.get_by_text("Weights, SHA-256")).to_be_visible()


def test_what_somebody_filtered_is_still_filtered_when_they_come_back(page: Page) -> None:
    page.goto("/")
    expect(_listed(page)).to_have_count(10)
    _search(page, "Hvidovre")
    expect(_listed(page)).to_have_count(3)
    at_rest(page).locator('a[data-case="P-07"]').click()
    expect(page.get_by_role("heading", name="Case P-07")).to_be_visible()
    at_rest(page).get_by_text("Back to the worklist").click()
    expect(page.get_by_text("7 of 10 cases hidden by filters")).to_be_visible()
    expect(_listed(page)).to_have_count(3)


def test_a_failed_slide_says_why_and_what_to_do(page: Page) -> None:
    page.goto("/case?case=P-05")
    expect(page.get_by_role("heading", name="Case P-05")).to_be_visible()
    at_rest(page)
    alert = page.locator("[data-testid=stAlert]", has_text="phantom-cut.tif")
    expect(alert).to_be_visible()
    expect(page.get_by_text("no score: the file could not be read")).to_be_visible()


def test_a_slide_without_resolution_is_rejected_with_the_remedy(page: Page) -> None:
    page.goto("/case?case=P-06")
    at_rest(page)
    expect(page.locator("[data-testid=stAlert]", has_text="phantom-without-mpp.tif")).to_contain_text("mpp")


def test_a_person_signs_a_case_out_and_it_moves_to_the_signed_out_ones(page: Page) -> None:
    page.goto("/case?case=P-01")
    at_rest(page).get_by_role("button", name="Sign out ...").click()
    at_rest(page).get_by_role("dialog").get_by_role("button", name="Sign out P-01").click()
    expect(page.get_by_text(f"by {ME}").first).to_be_visible()
    expect(page.get_by_role("button", name="Sign out ...")).to_have_count(0)
    at_rest(page).get_by_text("Back to the worklist").click()
    expect(_listed(page)).to_have_text([it for it in RAISED if it != "P-01"])
    _toggle(page, "Show signed-out cases")
    expect(fresh(page.locator("tr", has_text="P-01"))).to_contain_text(f"by {ME}")


def test_a_case_that_changed_while_it_was_looked_at_is_not_signed_out_unseen(page: Page, home: Path) -> None:
    page.goto("/case?case=P-10")
    expect(page.get_by_text("Not read yet").first).to_be_visible()
    store = Store.open(f"sqlite:///{home / 'worklist.db'}")
    (slide,) = store.case("P-10").slides
    store.record_result(CaseSlide(path=slide.path, state="scored", score=0.97, flagged=True), SYSTEM)
    at_rest(page).get_by_role("button", name="Sign out ...").click()
    dialog = page.get_by_role("dialog")
    at_rest(page)
    dialog.get_by_role("button", name="Sign out P-10").click()
    expect(dialog.get_by_text("phantom-new.tif is now flagged")).to_be_visible()
    assert store.case("P-10").is_open
    at_rest(page).keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Sign out ...").click()
    at_rest(page)
    dialog.get_by_role("button", name="Sign out P-10").click()
    expect(page.get_by_text(f"by {ME}").first).to_be_visible()
    assert not store.case("P-10").is_open
    store.close()
