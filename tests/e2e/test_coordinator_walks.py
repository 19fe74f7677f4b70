"""A coordinator in a real browser: filters, gives cases out together, takes that back where it is safe, and rescans."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.e2e.browser import at_rest, fresh, launch
from tests.support.browsing import visit
from tests.support.people import SYSTEM, pathologist, person
from tests.support.serving import served
from tests.support.slides import make_slide
from worklist.cases import Case, CaseSlide
from worklist.reading.assignment import take
from worklist.reading.reading import start_reading
from worklist.reading.rescan import rescans
from worklist.store.store import Store
from worklist.trail.directory import add_first_admin, add_person
from worklist.trail.entries import Wanted, export

pytestmark = pytest.mark.e2e

PATIENCE_MS: Final = 90_000
CHIEF: Final = person("chief", "admin")
BO: Final = pathologist("bo")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Six cases, four of them of Hvidovre; Bo begins to read one."""
    folder = tmp_path_factory.mktemp("coordinator")
    opened = Store.open(f"sqlite:///{folder / 'worklist.db'}")
    add_first_admin(opened, "root", "chief", "Chief")
    for login in ("anna", "bo"):
        add_person(opened, CHIEF, login, login.title(), "pathologist")
    slide = make_slide(folder / "slides" / "one.tif")
    now = opened.now()
    opened.add_cases(
        [
            Case(
                accession_number=f"26-{number}",
                pathway="breast",
                pathway_name="Breast",
                site="Herlev" if number > 4 else "Hvidovre",
                received_utc=now,
                deadline_utc=now + timedelta(days=number),
                slides=(CaseSlide(path=slide),) if number == 1 else (),
            )
            for number in range(1, 7)
        ],
        SYSTEM,
    )
    yield opened
    opened.close()


@pytest.fixture
def page(store: Store) -> Iterator[Page]:
    assert store.engine.url.database is not None
    expect.set_options(timeout=PATIENCE_MS)
    with served(Path(store.engine.url.database).parent) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        page = visit(browser, address, "coordinator", "en", "light")
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()


def row(page: Page, number: str) -> Locator:
    return fresh(page.locator(f'tr[data-row="{number}"]'))


def choose(page: Page, *numbers: str) -> None:
    for number in numbers:
        row(at_rest(page), number).locator("input").check()
        expect(page.locator(".st-key-chosen_bar")).to_contain_text(number)


def told(store: Store) -> list[tuple[str, str | None, str | None]]:
    """What the coordinator did, the oldest first: the act, the case, and whom it went to."""
    looks = ("sign in", "see list", "see case")
    rows = [it for it in export(store, CHIEF, Wanted()) if it.role == "coordinator" and it.act not in looks]
    return [(it.act, it.accession_number, json.loads(it.details).get("to")) for it in rows]


def test_cases_are_filtered_given_out_together_taken_back_where_it_is_safe_and_one_is_scanned_again(
    page: Page, store: Store
) -> None:
    page.goto("/worklist?site=Hvidovre")
    expect(page.get_by_text("2 of 6 cases hidden by filters")).to_be_visible()
    choose(page, "26-1", "26-2", "26-3")
    at_rest(page).get_by_role("button", name="Assign all ...").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    at_rest(page)
    for number in ("26-1", "26-2", "26-3"):
        expect(dialog.get_by_role("row", name=number)).to_contain_text("will be done")
    expect(dialog.get_by_text("26-4")).to_have_count(0)
    take(store, pathologist("anna"), "26-3")
    at_rest(page)
    dialog.get_by_label("Reader").click()
    page.get_by_role("option", name="Bo").click()
    at_rest(page)
    dialog.get_by_role("button", name="Yes, for these 3 cases").click()

    outcome = page.locator(".st-key-outcome")
    expect(fresh(outcome.get_by_text("Done for 2 cases."))).to_be_visible()
    at_rest(page)
    expect(outcome.get_by_text("Nothing was done to 1 case:")).to_contain_text("26-3")
    held = {it.accession_number: it.assigned_to for it in store.cases()}
    assert held == {"26-1": "bo", "26-2": "bo", "26-3": "anna", "26-4": None, "26-5": None, "26-6": None}

    start_reading(store, BO, "26-2")
    at_rest(page).get_by_role("button", name="Undo all").click()
    refused = fresh(outcome.get_by_text("Nothing was done to 1 case:").filter(has_text="26-2"))
    expect(refused).to_contain_text("bo has begun to read it")
    assert {it.accession_number for it in store.cases() if it.assigned_to == "bo"} == {"26-2"}

    at_rest(page).get_by_role("button", name="Choose none").click()
    expect(page.locator(".st-key-chosen_bar")).to_have_count(0)
    choose(page, "26-1")
    at_rest(page).locator(".st-key-chosen_bar").get_by_role("button", name="Rescan ...").click()
    expect(dialog).to_be_visible()
    at_rest(page)
    dialog.get_by_text("Out of focus").click()
    at_rest(page)
    dialog.get_by_role("button", name="Ask for the rescan in 26-1").click()
    expect(page.get_by_text("A rescan of one.tif in case 26-1 is asked for.").first).to_be_visible()
    assert [it.slide for it in rescans(store, "26-1", only_open=True)] == ["one.tif"]
    at_rest(page).get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Case 26-1 is as it was before.").first).to_be_visible()
    assert rescans(store, "26-1", only_open=True) == []
    assert told(store) == [
        ("assign", "26-1", "bo"),
        ("assign", "26-2", "bo"),
        ("assign", "26-1", None),
        ("ask rescan", "26-1", None),
        ("ask rescan", "26-1", None),
    ]
