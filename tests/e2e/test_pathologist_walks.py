"""A pathologist's day in a browser, by keys where there are keys: list, case, viewer, region, verdict, next case."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from models.account import account_name
from tests.e2e.browser import at_rest, fresh, launch
from tests.support.people import SYSTEM, pathologist, person
from tests.support.serving import forrang, served
from tests.support.slides import make_slide
from tests.support.tiny_model import make_tiny_model
from ui.viewer.library import libraries_are_there
from worklist.cases import Case, CaseSlide
from worklist.reading.assignment import take
from worklist.reading.verdict import verdicts
from worklist.store.store import Store
from worklist.trail.directory import add_first_admin, add_person
from worklist.trail.entries import Wanted, latest

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not libraries_are_there(), reason="npm's registry was not reached: the viewer is not installed"),
]

ME = account_name()
CHIEF = person("chief", "admin")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Three cases, each with a slide; the AI flags that of 26-1, and 26-2 is the reader's already."""
    home = tmp_path_factory.mktemp("forrang")
    make_tiny_model(home / "models" / "tiny-dark")
    opened = Store.open(f"sqlite:///{home / 'worklist.db'}")
    add_first_admin(opened, "root", "chief", "Chief")
    for login in (ME, "bo"):
        add_person(opened, CHIEF, login, login.title(), "pathologist")
    now = opened.now()
    opened.add_cases(
        [
            Case(
                accession_number=f"26-{n}",
                pathway="breast",
                pathway_name="Breast",
                received_utc=now,
                deadline_utc=now + timedelta(days=20 + n),
                slides=(CaseSlide(path=make_slide(home / "slides" / f"26-{n}.tif", dark=n == 1, seed=n)),),
            )
            for n in (1, 2, 3)
        ],
        SYSTEM,
    )
    take(opened, pathologist(ME), "26-2")
    forrang(home, "worker", "--model", "tiny-dark")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def page(store: Store) -> Iterator[Page]:
    with served(Path(store.url.removeprefix("sqlite:///")).parent) as address, sync_playwright() as playwright:
        expect.set_options(timeout=90_000)
        browser = launch(playwright)
        page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 900}, locale="en-GB")
        page.set_default_timeout(90_000)
        yield page
        browser.close()


def row(page: Page, number: str) -> Locator:
    return fresh(page.locator(f'tr[data-row="{number}"]'))


def the_list(page: Page) -> Page:
    page.goto("/worklist")
    expect(row(page, "26-3")).to_be_visible()
    return at_rest(page)


def on_a_case(page: Page, number: str) -> Page:
    expect(page.get_by_role("heading", name=f"Case {number}", exact=True)).to_be_visible()
    return at_rest(page)


@pytest.mark.parametrize("key", ["a", "u", "o", "r", "n", "v", "s"])
def test_a_key_on_the_list_asks_of_the_case_under_the_cursor_and_does_nothing_yet(
    page: Page, store: Store, key: str
) -> None:
    before = store.case("26-2")
    the_list(page)
    for step in ("j", "j", "j", "k"):
        page.keyboard.press(step)
    page.keyboard.press(key)
    dialog = page.get_by_role("dialog")
    expect(fresh(dialog)).to_contain_text("26-2")
    assert not {"26-1", "26-3"} & set(at_rest(page).get_by_role("dialog").inner_text().split())
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert store.case("26-2") == before


def test_x_chooses_the_case_under_the_cursor_and_lets_it_go_again(page: Page) -> None:
    the_list(page).keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    bar = page.locator(".st-key-chosen_bar")
    expect(bar).to_contain_text("1 case chosen: 26-2")
    at_rest(page).keyboard.press("x")
    expect(bar).to_have_count(0)


def test_a_case_is_read_from_the_list_to_its_sign_out_and_the_next_one_is_there(page: Page, store: Store) -> None:
    the_list(page).keyboard.press("j")
    page.keyboard.press("Enter")
    on_a_case(page, "26-1").keyboard.press("t")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    at_rest(page)
    dialog.get_by_role("button", name="Take 26-1").click()
    expect(page.get_by_text("Case 26-1 is yours.").first).to_be_visible()
    at_rest(page).keyboard.press("l")
    expect(page).to_have_url(re.compile(r"/viewer\?case=26-1"))
    expect(page.locator(".power").first).to_contain_text("×")
    at_rest(page).get_by_role("button", name="Rectangle").click()
    _draw(page)
    expect(page.get_by_text("These regions are not saved yet.")).to_be_visible()
    at_rest(page).get_by_role("button", name="Save regions").click()
    expect(dialog).to_contain_text("26-1")
    at_rest(page)
    dialog.get_by_text("Positive", exact=True).first.click()
    at_rest(page)
    dialog.get_by_role("button", name="Save for case 26-1").click()
    expect(fresh(page.get_by_text("Your regions are saved."))).to_be_visible()
    at_rest(page).get_by_role("link", name="To the case").or_(page.get_by_role("button", name="To the case")).click()
    on_a_case(page, "26-1").keyboard.press("s")
    expect(dialog).to_be_visible()
    at_rest(page)
    dialog.get_by_role("button", name="Sign out 26-1").click()
    expect(dialog).to_have_count(0)
    at_rest(page).keyboard.press("j")
    on_a_case(page, "26-2").get_by_role("link", name="Back to the worklist").click()
    expect(row(page, "26-2")).to_be_visible()
    expect(row(page, "26-1")).to_have_count(0)
    read = store.case("26-1")
    assert (read.is_open, read.signed_out_by) == (False, ME)
    (said,) = verdicts(store, "26-1")
    assert (said.slide, said.verdict, said.has_regions) == ("26-1.tif", "positive", True)
    done = {it.act for it in latest(store, CHIEF, Wanted(accession_number="26-1", who=ME), 50)}
    assert {"see case", "assign", "give verdict", "sign out"} <= done
    for number in ("26-2", "26-3"):
        assert store.case(number).is_open
        assert verdicts(store, number) == []


def _draw(page: Page) -> None:
    box = page.locator(".picture").bounding_box()
    assert box is not None
    left, top = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + 80, top + 60, steps=8)
    page.mouse.up()
