"""One user in a real browser, going round as a reader does: a step is timed until what it asked for is to be seen."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from playwright.sync_api import Error, Page, Response, sync_playwright

from tests.e2e.browser import launch
from ui.access.visitor import ROLE_COOKIE

PATIENCE_MS: Final = 60_000
ROW: Final = "a[data-case]"


class BrowserUser:
    """Works until it is told to end."""

    def __init__(
        self,
        address: str,
        cases: Sequence[str],
        with_slides: int,
        add: Callable[[str, float], None],
        failed: Callable[[str], None],
    ) -> None:
        self._address, self._cases, self._with_slides = address, cases, with_slides
        self._add, self._failed = add, failed

    def work(self, ends: float, pause_s: float) -> None:
        """ends: on the monotonic clock. pause_s: between two steps."""
        with sync_playwright() as playwright:
            browser = launch(playwright)
            page = browser.new_page(viewport={"width": 1280, "height": 800}, base_url=self._address, locale="en-GB")
            page.set_default_timeout(PATIENCE_MS)
            self._timed("whole load", lambda: self._load(page))
            manager = browser.new_page(viewport={"width": 1280, "height": 800}, base_url=self._address, locale="en-GB")
            manager.set_default_timeout(PATIENCE_MS)
            manager.context.add_cookies([{"name": ROLE_COOKIE, "value": "manager", "url": self._address}])

            def ask(_page: Page, _turn: int) -> None:
                self._plan(manager, pause_s)

            turn = 0
            steps = (self._case, self._list, self._search, self._filter, self._slide, ask)
            while time.monotonic() < ends:
                step = steps[turn % len(steps)]
                self._step(page, step, turn)
                turn += 1
                page.wait_for_timeout(1e3 * min(pause_s, max(0.0, ends - time.monotonic())))
            browser.close()

    def _step(self, page: Page, step: Callable[[Page, int], None], turn: int) -> None:
        try:
            step(page, turn)
        except Error as error:
            self._failed(f"in a browser: {step.__name__.strip('_')}: {error.message.splitlines()[0]}")
            self._load(page)

    def _timed(self, what: str, act: Callable[[], object]) -> None:
        begun = time.perf_counter()
        act()
        self._add(f"{what} in a browser", time.perf_counter() - begun)

    def _load(self, page: Page) -> None:
        page.goto("/")
        page.locator(ROW).first.wait_for()

    def _case(self, page: Page, turn: int) -> None:
        """From the list to one of its first cases."""
        row = page.locator(ROW).nth(turn % 10)
        row.wait_for()
        number = row.get_attribute("data-case")

        def act() -> None:
            row.click()
            page.get_by_role("heading", name=f"Case {number}").wait_for()

        self._timed("case", act)

    def _list(self, page: Page, _turn: int) -> None:
        """Back to the list by the navigation."""

        def act() -> None:
            page.get_by_role("link", name="Worklist", exact=True).first.click()
            page.locator(ROW).first.wait_for()

        self._timed("list", act)

    def _search(self, page: Page, turn: int) -> None:
        """For one case by its number, and back to all."""
        number = self._cases[(7 * turn) % len(self._cases)]
        field = page.get_by_label("Search").first

        def act() -> None:
            field.fill(number)
            field.press("Enter")
            page.locator(f'{ROW}:not([data-case="{number}"])').first.wait_for(state="detached")
            page.locator(f'{ROW}[data-case="{number}"]').wait_for()

        self._timed("search", act)
        field.fill("")
        field.press("Enter")
        page.locator(ROW).nth(1).wait_for()

    def _filter(self, page: Page, turn: int) -> None:
        """By site, by the address that a colleague would send."""
        site = ("Herlev", "Hvidovre", "Bispebjerg")[turn % 3]

        def act() -> None:
            page.get_by_label("Site").first.click()
            page.get_by_role("option", name=site).first.click()
            page.get_by_text("hidden by filters").first.wait_for()

        self._timed("filter", act)
        self._load(page)

    def _plan(self, page: Page, pause_s: float) -> None:
        """From the press on "Ask", in a form that was looked at as long as any page, to the answer's first words."""
        page.goto("/planner?plan=small-lab")
        pressed = page.get_by_role("button", name="Ask", exact=True)
        pressed.wait_for()
        page.wait_for_timeout(1e3 * pause_s)

        def act() -> None:
            pressed.click()
            page.get_by_text("Who gets an answer on time").first.wait_for()

        self._timed("planner", act)

    def _slide(self, page: Page, turn: int) -> None:
        """A slide's first tile, from the press to the picture's last byte."""
        if not self._with_slides:
            return
        number = self._cases[turn % self._with_slides]

        def act() -> None:
            with page.expect_response(_is_tile) as told:
                page.goto(f"/viewer?case={number}")
            told.value.finished()

        self._timed("slide", act)
        self._load(page)


def _is_tile(response: Response) -> bool:
    return "/tiles/" in response.url and response.ok
