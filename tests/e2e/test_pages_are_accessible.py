"""Every page, light and dark, asked by axe-core: nobody is kept out by contrast, a missing name or a wrong role."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.browser import at_rest, launch
from tests.support.browsing import SEEN_BY, Scheme, open_still, visit
from tests.support.people import SYSTEM
from tests.support.serving import forrang, served
from tests.support.slides import make_slide
from tests.support.tiny_model import make_tiny_model
from ui.shell.pages import Name
from ui.viewer import library
from worklist.cases import Case, CaseSlide
from worklist.store.store import Store

AXE: Final = Path(library.__file__).parent / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not AXE.is_file(), reason="npm's registry was not reached: axe-core is not installed"),
]

LOOK: Final = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.filter((it) => ["serious", "critical"].includes(it.impact))
    .flatMap((it) => it.nodes.map((node) => `${it.id}: ${node.html.slice(0, 120)} (${node.any[0]?.message ?? ""})`));
}"""
"""What it finds that keeps somebody out: the rule, what breaks it, and how."""

VIEWS: Final = '[data-testid="stButtonGroup"] button[data-variant="segmented_control"]'
"""What a page's views are chosen by, where it has no tabs."""

FOCUSED: Final = """() => {
  let it = document.activeElement;
  while (it?.shadowRoot?.activeElement) it = it.shadowRoot.activeElement;
  return it?.dataset.case ?? "";
}"""
"""The case whose link has the focus."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A list of one case that the AI flagged, and one that it could not read."""
    home = tmp_path_factory.mktemp("accessible")
    dark = make_slide(home / "slides" / "dark.tif", dark=True)
    cut = home / "slides" / "cut.tif"
    cut.write_bytes(dark.read_bytes()[:1000])
    make_tiny_model(home / "models" / "tiny-dark")
    store = Store.open(f"sqlite:///{home / 'worklist.db'}")
    now = store.now()
    store.add_cases(
        [
            Case(
                accession_number=number,
                pathway="breast",
                pathway_name="Breast",
                received_utc=now,
                deadline_utc=now + timedelta(days=days),
                slides=(CaseSlide(path=path),),
            )
            for number, days, path in (("26-7", 3, dark), ("26-8", -1, cut))
        ],
        SYSTEM,
    )
    store.close()
    forrang(home, "worker", "--model", "tiny-dark")
    with served(home) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", list(SEEN_BY))
def test_no_serious_finding_on_a_page(browser: Browser, address: str, name: Name, scheme: Scheme) -> None:
    page = visit(browser, address, SEEN_BY[name], "en", scheme)
    open_still(page, f"/{name}?case=26-7" if name in ("case", "viewer") else f"/{name}")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(LOOK)
    page.context.close()
    assert found == []


@pytest.mark.parametrize("path", ["/operations", "/models", "/people", "/planner?plan=small-lab"])
def test_no_serious_finding_in_a_view_within_a_page(browser: Browser, address: str, path: str) -> None:
    page = visit(browser, address, SEEN_BY[_name(path)], "da", "dark")
    open_still(page, path)
    page.evaluate(AXE.read_text("utf-8"))
    views = page.get_by_role("tab").all() + page.locator(VIEWS).all()
    assert len(views) > 2
    for view in views:
        at_rest(page)
        view.click()
        assert at_rest(page).evaluate(LOOK) == [], view.inner_text()
    page.context.close()


def test_no_serious_finding_in_what_an_act_asks(browser: Browser, address: str) -> None:
    page = visit(browser, address, "pathologist", "da", "dark")
    open_still(page, "/case?case=26-7")
    page.evaluate(AXE.read_text("utf-8"))
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark", (
        "dialogs lie outside .stApp"
    )
    acts = page.locator('[data-testid="stButton"]:visible').filter(has_text="...").get_by_role("button").all()
    assert len(acts) > 4
    for act in acts:
        at_rest(page)
        act.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert at_rest(page).evaluate(LOOK) == [], act.inner_text()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.context.close()


def _name(path: str) -> Name:
    return next(name for name in SEEN_BY if path.startswith(f"/{name}"))


def test_a_case_is_reached_and_opened_by_keyboard_alone(browser: Browser, address: str) -> None:
    page = visit(browser, address, "pathologist", "en", "light")
    open_still(page, "/worklist")
    focused = ""
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused := page.evaluate(FOCUSED):
            break
    assert focused == "26-8", "the overdue case stands first"
    at_rest(page).keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Case 26-8", exact=True)).to_be_visible(timeout=90_000)
    page.context.close()
