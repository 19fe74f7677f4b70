"""The slide viewer in a real browser: it zooms, lays the AI's findings over it, and keeps what a reader draws."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.browser import at_rest, fresh, launch
from tests.e2e.test_app_in_browser import PATIENCE_MS, Watched, _environment, _forrang
from tests.support.people import SYSTEM, person
from tests.support.slides import make_slide
from tests.support.tiny_model import make_tiny_model
from ui.viewer.library import libraries_are_there
from worklist.cases import Case, CaseSlide
from worklist.reading.verdict import verdicts
from worklist.store.store import Store
from worklist.trail.entries import Wanted, latest

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not libraries_are_there(), reason="npm's registry was not reached: the viewer is not installed"),
]

MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One case with a flagged slide, one without resolution whose name is markup, and one that is cut off."""
    folder = tmp_path_factory.mktemp("viewer")
    slides = folder / "slides"
    dark = make_slide(slides / "dark.tif", dark=True)
    (slides / "cut.tif").write_bytes(dark.read_bytes()[:1000])
    make_slide(slides / f"{MARKUP}.tif", mpp=None)
    make_tiny_model(folder / "models" / "tiny-dark")
    store = Store.open(f"sqlite:///{folder / 'worklist.db'}")
    now = store.now()
    paths = [slides / name for name in ("dark.tif", f"{MARKUP}.tif", "cut.tif")]
    case = Case(
        accession_number="26-7",
        pathway="breast",
        pathway_name="Breast",
        received_utc=now,
        deadline_utc=now + timedelta(days=3),
        slides=tuple(CaseSlide(path=path) for path in paths),
    )
    store.add_cases([case], SYSTEM)
    store.close()
    _forrang(folder, "worker", "--model", "tiny-dark")
    return folder


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "cli", "serve", "--port", "0", "--no-worker"]
    with subprocess.Popen(command, env=_environment(home), cwd=home, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        told = re.search(r"http://\S+", server.stdout.readline())
        assert told is not None
        yield told[0]
        server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Watched: no error in its console, no request that leaves the machine, no box that a script opened."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page.set_default_timeout(PATIENCE_MS)
    watched = Watched(page)
    page.on("request", watched.on_request)
    page.on("console", lambda it: None if "/_stcore/" in it.location.get("url", "") else watched.on_console(it))
    page.on("pageerror", lambda it: watched.complaints.append(f"error: {it}"))
    page.on("dialog", lambda it: watched.complaints.append(f"a script opened a box: {it.message}"))
    yield page
    page.close()
    assert watched.complaints == []


def opened(page: Page, address: str, query: str = "") -> Page:
    page.goto(f"{address}/viewer?case=26-7{query}")
    expect(page.locator(".power").first).to_have_text(re.compile("×|Scale unknown"), timeout=PATIENCE_MS)
    return at_rest(page)


def overlay_colours(page: Page) -> int:
    """How many px of what lies over the slide are coloured."""
    return int(
        page.locator("canvas.overlay").evaluate(
            "it => { const {data} = it.getContext('2d').getImageData(0, 0, it.width, it.height); let n = 0;"
            " for (let i = 3; i < data.length; i += 4) n += data[i] > 0; return n; }"
        )
    )


def strongest(page: Page) -> int:
    """The greatest opacity of what lies over the slide, of 255."""
    return int(
        page.locator("canvas.overlay").evaluate(
            "it => { const {data} = it.getContext('2d').getImageData(0, 0, it.width, it.height); let most = 0;"
            " for (let i = 3; i < data.length; i += 4) most = Math.max(most, data[i]); return most; }"
        )
    )


def test_it_zooms_turns_and_the_address_brings_one_back(page: Page, address: str) -> None:
    opened(page, address)
    page.get_by_role("button", name="20×", exact=True).click()
    expect(page.locator(".power")).to_have_text("20×")
    expect(page.locator(".bar")).to_have_text(re.compile(r"^(50|100) µm$"))
    page.get_by_role("button", name="Turn a quarter to the right").click()
    expect(page).to_have_url(re.compile(r"slide=\w{16}&x=\d+&y=\d+&scale=1\.000&rotation=90"))
    page.reload()
    expect(page.locator(".power")).to_have_text("20×")
    expect(page).to_have_url(re.compile("rotation=90"))


def test_the_heatmap_follows_its_threshold_and_can_be_turned_off(page: Page, address: str) -> None:
    opened(page, address)
    page.get_by_role("button", name="Highest regions", exact=True).click()
    expect(page.locator(".gallery img").first).to_have_attribute("src", re.compile("^blob:"))
    all_of_it = 0
    for _ in range(300):
        if all_of_it := overlay_colours(page):
            break
        page.wait_for_timeout(100)
    threshold = page.get_by_label("From score")
    threshold.fill("60")
    some = overlay_colours(page)
    page.get_by_role("button", name="Heatmap", exact=True).click()
    assert 0 == overlay_colours(page) < some < all_of_it


def test_the_heatmaps_strength_and_the_veil_over_what_was_not_read_follow_their_tools(page: Page, address: str) -> None:
    opened(page, address)
    page.get_by_role("button", name="Highest regions", exact=True).click()
    for _ in range(300):
        if strongest(page):
            break
        page.wait_for_timeout(100)
    strength = page.get_by_label("Opacity")
    found = []
    for percent in (20, 80):
        strength.fill(str(percent))
        found.append(strongest(page))
    assert found == pytest.approx([51, 204], abs=1), "of 255"
    page.get_by_role("button", name="Heatmap", exact=True).click()
    assert strongest(page) == 0
    page.get_by_role("button", name="Grey out what the AI did not read").click()
    assert strongest(page) == pytest.approx(0.55 * 255, abs=1)


def test_a_region_of_the_gallery_is_jumped_to_and_a_copied_link_brings_another_there(
    page: Page, address: str, browser: Browser
) -> None:
    opened(page, address, "&x=10&y=10&scale=1&rotation=0")
    expect(page).to_have_url(re.compile(r"&x=10&y=10&"))
    page.locator(".gallery").get_by_role("button").first.click()
    expect(page).not_to_have_url(re.compile(r"&x=10&y=10&"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    place = re.search(r"x=(\d+)&y=(\d+)&scale=([\d.]+)", link)
    assert place is not None
    assert min(int(place[1]), int(place[2])) > 100, "the middle of a region, far from the corner"
    other = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    other.goto(link)
    expect(other.locator(".power")).to_have_text(page.locator(".power").inner_text())
    expect(other).to_have_url(re.compile(re.escape(place[0])))
    other.close()


def test_a_polygon_is_drawn_corner_by_corner(page: Page, address: str) -> None:
    opened(page, address)
    at_rest(page).get_by_role("button", name="Polygon").click()
    box = page.locator(".picture").bounding_box()
    assert box is not None
    left, top = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for x, y in ((0, 0), (90, 10), (50, 80), (-20, 50), (0, 0)):
        page.mouse.move(left + x, top + y, steps=4)
        page.mouse.click(left + x, top + y)
    expect(page.get_by_text("These regions are not saved yet.")).to_be_visible()
    drafts = page.evaluate("Object.values({...sessionStorage}).join()")
    (corners,) = re.findall(r'"coordinates":\[\[(\[.*?\])\]\]', drafts)
    assert len(set(re.findall(r"\[[^\]]+\]", corners))) == 4


def test_what_a_reader_draws_survives_a_reload_and_is_kept_with_the_verdict(
    page: Page, address: str, home: Path
) -> None:
    opened(page, address)
    page.get_by_role("button", name="Rectangle").click()
    box = page.locator(".picture").bounding_box()
    assert box is not None
    left, top = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + 80, top + 60, steps=8)
    page.mouse.up()
    expect(page.get_by_text("These regions are not saved yet.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("These regions are not saved yet.")).to_be_visible()
    at_rest(page).get_by_role("button", name="Save regions").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("26-7")
    at_rest(page)
    dialog.get_by_role("radio", name="Positive").or_(dialog.get_by_text("Positive", exact=True)).first.click()
    at_rest(page)
    dialog.get_by_role("button", name="Save for case 26-7").click()
    expect(fresh(page.get_by_text("Your regions are saved."))).to_be_visible()
    store = Store.open(f"sqlite:///{home / 'worklist.db'}")
    (kept,) = verdicts(store, "26-7")
    store.close()
    assert (kept.slide, kept.verdict, kept.has_regions) == ("dark.tif", "positive", True)


def test_all_slides_stand_side_by_side_and_one_that_is_broken_says_why(page: Page, address: str) -> None:
    opened(page, address)
    page.get_by_role("button", name="Side by side").click()
    expect(page.locator(".pane")).to_have_count(3)
    expect(page.locator(".pane").nth(1)).to_contain_text(MARKUP)
    expect(page.locator(".pane").nth(1)).to_contain_text("Scale unknown")
    expect(page.locator(".pane").nth(2)).to_contain_text("This slide cannot be shown")
    expect(page.locator(".pane").nth(2)).to_contain_text("cut.tif")


def test_the_label_is_looked_at_only_when_asked_for(page: Page, address: str, home: Path) -> None:
    asked = []
    page.on("request", lambda it: asked.append(it.url) if "/glass/" in it.url else None)
    opened(page, address)
    assert asked == []
    store = Store.open(f"sqlite:///{home / 'worklist.db'}")
    assert latest(store, person("chief", "admin"), Wanted(act="see label"), 10) == []
    store.close()
