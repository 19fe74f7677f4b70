"""A browser at the pages: in a role, a language and a scheme of colours, waiting until a page stands still."""

from collections.abc import Mapping
from typing import Final, Literal

from playwright.sync_api import Browser, Page

from ui.access.visitor import ROLE_COOKIE
from ui.shell.language import COOKIE, Language
from ui.shell.pages import Name
from worklist.people import Role

Scheme = Literal["light", "dark"]

SEEN_BY: Final[Mapping[Name, Role]] = {
    "worklist": "pathologist",
    "case": "pathologist",
    "viewer": "pathologist",
    "planner": "manager",
    "models": "researcher",
    "operations": "coordinator",
    "people": "admin",
    "about": "pathologist",
}
"""Every page, with the role that it is for."""

STILL_MS: Final = 1200
"""What is drawn after the last answer, charts and tiles above all, takes no longer than that. A."""


def visit(browser: Browser, address: str, role: Role, language: Language, scheme: Scheme) -> Page:
    """A page of its own at the app in its local mode, with what this visitor chose before; the caller closes it."""
    told = "en-GB" if language == "en" else "da-DK"
    view = {"width": 1280, "height": 900}
    context = browser.new_context(base_url=address, viewport=view, locale=told, color_scheme=scheme)
    context.add_cookies([{"name": n, "value": v, "url": address} for n, v in ((COOKIE, language), (ROLE_COOKIE, role))])
    page = context.new_page()
    page.set_default_timeout(90_000)
    return page


def open_still(page: Page, path: str) -> None:
    """Opens an address and waits until the page is drawn and nothing moves any more."""
    page.goto(path)
    stand_still(page)


def stand_still(page: Page) -> None:
    """Waits until the page is drawn and nothing moves any more."""
    page.wait_for_selector(".facts.notice", state="attached")
    for _ in range(2):
        page.wait_for_selector('[data-testid=stApp][data-test-script-state="notRunning"]')
        page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton], [data-testid=stSpinner]')")
        page.wait_for_timeout(STILL_MS)
