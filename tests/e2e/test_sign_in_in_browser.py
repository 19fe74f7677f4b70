"""Signing in through a real OpenID Connect server, with a real browser: roles, its end, and the way out."""

import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from oidc_provider_mock import User, run_server_in_thread  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.browser import at_rest, launch
from tests.support.people import SYSTEM, person
from worklist.cases import Case
from worklist.store.store import Store
from worklist.trail import directory
from worklist.trail.entries import Wanted, latest

pytestmark = pytest.mark.e2e

PATIENCE_MS = 90_000
ADMIN = person("chief", "admin")
PEOPLE = (
    User(sub="anna", claims={"preferred_username": "anna", "name": "Anna Berg", "groups": ["Doctors"]}),
    User(sub="mads", claims={"preferred_username": "mads", "name": "Mads Leder", "groups": ["Managers"]}),
    User(sub="gert", claims={"preferred_username": "gert", "name": "Gert Gæst", "groups": ["Canteen"]}),
    User(sub="lone", claims={"preferred_username": "lone", "name": "Lone", "groups": ["Doctors", "Chiefs"]}),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forrang")
    store = Store.open(f"sqlite:///{folder / 'worklist.db'}")
    now = store.now()
    told = {"accession_number": "26-1", "pathway": "breast", "pathway_name": "Breast", "received_utc": now}
    store.add_cases([Case.model_validate(told | {"deadline_utc": now + timedelta(days=4)})], SYSTEM)
    directory.add_first_admin(store, "root", "chief", "The Chief")
    store.close()
    return folder


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The app, served with sign-in through a provider of the test's own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with run_server_in_thread(user_claims=PEOPLE) as provider:
        (home / "sign-in.toml").write_text(
            f'address = "http://localhost:{port}"\n'
            f'metadata = "http://localhost:{provider.server_port}/.well-known/openid-configuration"\n'
            'client_id = "forrang"\nclient_secret = "secret"\n'
            '[roles]\nDoctors = "pathologist"\nManagers = "manager"\nChiefs = "admin"\n',
            "utf-8",
        )
        others = {name: it for name, it in os.environ.items() if not name.startswith(("FORRANG_", "STREAMLIT_"))}
        here = others | {"FORRANG_HOME": str(home), "FORRANG_SIGN_IN": str(home / "sign-in.toml")}
        command = [sys.executable, "-m", "cli", "serve", "--port", str(port), "--no-worker"]
        with subprocess.Popen(command, env=here, cwd=home, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            assert "Forrang answers" in server.stdout.readline()
            yield f"http://localhost:{port}"
            server.terminate()
            server.stdout.read()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def sign_in(page: Page, who: str) -> None:
    page.goto("/")
    at_rest(page).get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=re.compile(who)).click()


def test_nobody_sees_anything_before_they_sign_in(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.goto("/case?case=26-1")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "26-1" not in page.content()
    assert "Operations" not in page.content()
    with urllib.request.urlopen(f"{address}/_stcore/health") as answer:
        assert answer.headers["Content-Security-Policy"]
    strange = urllib.request.Request(f"{address}/", headers={"Host": "evil.test"})
    with pytest.raises(urllib.error.HTTPError, match="421"):
        urllib.request.urlopen(strange)


def test_a_pathologist_signs_in_sees_the_list_and_signs_out(context: BrowserContext, home: Path, address: str) -> None:
    page = context.new_page()
    sign_in(page, "anna")
    expect(page.locator("a[data-case]")).to_have_text("26-1")
    expect(page.get_by_role("button", name="Anna Berg · Pathologist")).to_be_visible()
    expect(page.get_by_role("link", name="People")).to_have_count(0)
    store = Store.open(f"sqlite:///{home / 'worklist.db'}")
    known = directory.person(store, "anna")
    assert known is not None
    assert (known.name, known.role) == ("Anna Berg", "pathologist")
    seen = latest(store, ADMIN, Wanted(act="sign in"), 9)
    assert seen[0].who == "anna"
    assert seen[0].source.startswith("app")
    store.close()
    (kept,) = [it for it in context.cookies() if it["name"] == "_streamlit_user"]
    assert kept["httpOnly"]
    at_rest(page).get_by_role("button", name="Anna Berg · Pathologist").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="End Session")).to_be_visible()  # at the provider, which ends its own
    again = context.new_page()
    context.add_cookies([{"name": kept["name"], "value": kept["value"], "url": address}])
    again.goto("/")
    expect(again.get_by_role("heading", name="Your sign-in has ended")).to_be_visible()
    assert "26-1" not in again.content()


def test_a_manager_has_the_manager_s_pages_alone(context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, "mads")
    expect(page.get_by_role("button", name="Mads Leder · Manager")).to_be_visible()
    expect(page.get_by_role("link", name="Operations")).to_be_visible()
    expect(page.get_by_role("link", name="People")).to_have_count(0)
    page.goto("/case?case=26-1")
    expect(page.get_by_role("button", name="Mads Leder · Manager")).to_be_visible()
    expect(page.get_by_role("heading", name="Case 26-1")).to_have_count(0)


def test_somebody_in_no_group_of_ours_gets_nothing(context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, "gert")
    expect(page.get_by_role("heading", name="You have no access yet")).to_be_visible()
    assert "26-1" not in page.content()


def test_somebody_with_two_roles_chooses_and_whoever_left_is_shown_out(context: BrowserContext, home: Path) -> None:
    page = context.new_page()
    sign_in(page, "lone")
    expect(page.get_by_role("button", name="Lone · Pathologist")).to_be_visible()
    at_rest(page).get_by_role("button", name="Lone · Pathologist").click()
    page.locator("label", has_text="Administrator").click()
    expect(page.get_by_role("link", name="People")).to_be_visible()
    store = Store.open(f"sqlite:///{home / 'worklist.db'}")
    directory.change_person(store, ADMIN, "lone", active=False)
    store.close()
    page.goto("/people")
    expect(page.get_by_role("heading", name="You have no access any more")).to_be_visible()
