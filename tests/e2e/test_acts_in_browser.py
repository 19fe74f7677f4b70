"""Acts on a case in a real browser: by keyboard too, on the case as it was drawn, and what others did is said."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from models.account import account_name
from tests.e2e.browser import at_rest, fresh, launch
from tests.support.cases import case
from tests.support.people import SYSTEM, pathologist, person
from worklist.reading.assignment import take
from worklist.reading.reading import notes_of
from worklist.store.store import Store
from worklist.trail.directory import add_first_admin, add_person

pytestmark = pytest.mark.e2e

PATIENCE_MS = 90_000
EVIL = '26-<img src=x onerror="document.title=1">'
"""An accession number that would run a script, were it not shown as text."""
BO = pathologist("bo")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("forrang")
    opened = Store.open(f"sqlite:///{folder / 'worklist.db'}")
    add_first_admin(opened, "root", "chief", "Chief")
    for login in (account_name(), "bo"):
        add_person(opened, person("chief", "admin"), login, login.title(), "pathologist")
    now = opened.now()
    due = [(f"26-{n}", n) for n in range(1, 6)] + [(EVIL, 9)]
    opened.add_cases(
        [case(it, received_utc=now, deadline_utc=now + timedelta(days=20 + days)) for it, days in due], SYSTEM
    )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(store: Store) -> Iterator[str]:
    home = Path(store.url.removeprefix("sqlite:///")).parent
    others = {name: value for name, value in os.environ.items() if not name.startswith(("FORRANG_", "STREAMLIT_"))}
    command = [sys.executable, "-m", "cli", "serve", "--port", "0", "--no-worker"]
    environment = others | {"FORRANG_HOME": str(home)}
    with subprocess.Popen(command, env=environment, cwd=home, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found, "forrang serve did not say where it answers"
        yield found.group()
        server.terminate()
        server.stdout.read()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def opened(page: Page, number: str) -> None:
    page.goto(f"/case?case={number}")
    expect(page.get_by_role("heading", name=f"Case {number}", exact=True)).to_be_visible()
    expect(page.get_by_text("Nobody has written a note.")).to_be_visible()


def test_a_reader_takes_notes_and_goes_on_by_keyboard_and_takes_it_back_by_a_click(page: Page, store: Store) -> None:
    opened(page, "26-1")
    at_rest(page).keyboard.press("t")
    expect(page.get_by_role("dialog")).to_be_visible()
    at_rest(page).get_by_role("dialog").get_by_role("button", name="Take 26-1").click()
    expect(page.get_by_text("Case 26-1 is yours.").first).to_be_visible()
    assert store.case("26-1").assigned_to == account_name()
    at_rest(page).get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Case 26-1 is as it was before.").first).to_be_visible()
    assert store.case("26-1").assigned_to is None
    at_rest(page).keyboard.press("n")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    at_rest(page)
    dialog.get_by_label("Note").fill("<script>document.title = 'run'</script>")
    dialog.get_by_role("button", name="Keep the note on 26-1").click()
    expect(dialog).to_be_hidden()
    expect(fresh(page.get_by_text("<script>document.title = 'run'</script>"))).to_be_visible()
    assert len(notes_of(store, "26-1")) == 1
    at_rest(page).keyboard.press("j")
    expect(page.get_by_role("heading", name="Case 26-2", exact=True)).to_be_visible()
    assert page.title() != "run"


def test_two_people_on_one_case_are_told_and_nothing_is_overwritten(page: Page, store: Store) -> None:
    opened(page, "26-3")
    at_rest(page).get_by_role("button", name="Take", exact=False).first.click()
    dialog = page.get_by_role("dialog")
    expect(fresh(dialog.get_by_role("button", name="Take 26-3"))).to_be_visible()
    take(store, BO, "26-3")
    at_rest(page)
    dialog.get_by_role("button", name="Take 26-3").click()
    expect(dialog.get_by_text("it is with bo now, and was with nobody")).to_be_visible()
    assert store.case("26-3").assigned_to == "bo"
    at_rest(page)
    dialog.get_by_role("button", name="Look at the case again").click()
    expect(fresh(page.get_by_text("With bo"))).to_be_visible()


def test_a_case_that_somebody_takes_while_it_is_looked_at_says_so_by_itself(page: Page, store: Store) -> None:
    opened(page, "26-4")
    take(store, BO, "26-4")
    expect(page.get_by_text("This case has changed since it was shown")).to_be_visible()
    at_rest(page).get_by_role("button", name="Show it as it is now").click()
    expect(fresh(page.get_by_text("With bo"))).to_be_visible()
    expect(page.get_by_text("This case has changed since it was shown")).to_have_count(0)


def test_a_page_that_is_reloaded_in_mid_act_has_done_nothing(page: Page, store: Store) -> None:
    opened(page, "26-5")
    at_rest(page).get_by_role("button", name="Sign out ...").click()
    expect(fresh(page.get_by_role("dialog").get_by_role("button", name="Sign out 26-5"))).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Case 26-5", exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert store.case("26-5").is_open


def test_markup_in_a_number_is_text_in_the_page_in_the_dialog_and_on_its_buttons(page: Page, store: Store) -> None:
    page.goto(f"/case?case={EVIL.replace(' ', '%20')}")
    expect(page.get_by_role("heading", name=f"Case {EVIL}", exact=True)).to_be_visible()
    at_rest(page).get_by_role("button", name="Mark urgent ...").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    at_rest(page)
    dialog.get_by_label("Why is it urgent?").fill("[now](http://127.0.0.1:1)")
    dialog.get_by_role("button", name=f"Mark {EVIL} urgent").click()
    expect(page.get_by_text("[now](http://127.0.0.1:1)").first).to_be_visible()
    assert store.case(EVIL).urgent_reason == "[now](http://127.0.0.1:1)"
    assert page.title() != "1"
