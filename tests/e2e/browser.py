"""Finds or brings the browser that the end-to-end tests drive: on the path, Playwright's own, or Debian's package.

`python -m tests.e2e.browser` prints the one that the tests will use, and installs one where there is none.
A browser counts as found only when it starts: some systems put a stub of that name on the path.

While Streamlit draws a page anew, what it drew before stands on it still, and keys are not heard:
at_rest(page).get_by_role("button", name="Take").click()     acts once the page is drawn
expect(fresh(page.get_by_text("With bo"))).to_be_visible()    looks only at what is drawn now
"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, Error, Locator, Page, Playwright, WebSocket, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.support.installing import install_debian, run, say

CHOICE = "FORRANG_BROWSER"
"""Environment variable that names the browser to use."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")
HELP = f"""No browser for the end-to-end tests, and none could be installed. Any of these mends it:
  sudo apt-get install chromium         (Debian)
  .venv/bin/playwright install chromium (needs the internet)
  {CHOICE}=/path/to/chromium make test"""

DRAWN: Final = """async () => {
  await new Promise((done) => setTimeout(done, 100));
  const app = document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]');
  return app && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]');
}"""
"""Asked in the page: what had come from the server before is drawn, and nothing of the run before is left."""

MOST_LOOKS: Final = 1200
"""Of a tenth of a second and more each."""

_RUNS: Final[WeakKeyDictionary[Page, "Runs"]] = WeakKeyDictionary()


class NoBrowserError(Exception):
    """No browser on this machine starts."""


class Runs:
    """Whether a page waits for a run of its script, told by what it says to its server and hears from it."""

    def __init__(self) -> None:
        self.are_over = False

    def listen(self, socket: WebSocket) -> None:
        if "/_stcore/stream" in socket.url:
            self.are_over = False
            socket.on("framesent", self._on_sent)
            socket.on("framereceived", self._on_received)

    def _on_sent(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes) and BackMsg.FromString(frame).WhichOneof("type") == "rerun_script":
            self.are_over = False

    def _on_received(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            told = ForwardMsg.FromString(frame).WhichOneof("type")
            if told in ("new_session", "script_finished"):
                self.are_over = told == "script_finished"


def at_rest(page: Page) -> Page:
    """Waits until no run of the script is asked for or under way, and what it drew is there; returns the page.

    The page's own mark is not enough: it says that the script runs only when the server has answered.
    """
    runs = _RUNS[page]
    for _ in range(MOST_LOOKS):
        page.wait_for_function(DRAWN)
        if runs.are_over:
            return page
    raise AssertionError("the app never came to rest")


def fresh(locator: Locator) -> Locator:
    """Those of them that the last run of the script drew: what it has not come to yet stands beside them, faded."""
    return locator.and_(locator.page.locator(':not([data-stale="true"] *)'))


def launch(playwright: Playwright) -> Browser:
    """Starts the first browser that works, headless. Raises NoBrowserError with what to do where none does."""
    faults = []
    for program in _candidates(playwright):
        for sandbox in _sandboxes():
            try:
                browser = playwright.chromium.launch(
                    executable_path=program,
                    headless=True,
                    chromium_sandbox=sandbox,
                    args=[*QUIET, *([] if sandbox else ["--no-sandbox"])],
                )
            except Error as error:
                faults.append(f"{program}: {error.message.splitlines()[0]}")
            else:
                browser.on("context", lambda context: context.on("page", _listen))
                return browser
    raise NoBrowserError("\n".join([HELP, *faults]))


def _listen(page: Page) -> None:
    runs = _RUNS[page] = Runs()
    page.on("websocket", runs.listen)


def _candidates(playwright: Playwright) -> Iterator[Path]:
    if chosen := os.environ.get(CHOICE):
        yield Path(chosen)
        return
    for name in NAMES:
        if found := shutil.which(name):
            yield Path(found)
    own = Path(playwright.chromium.executable_path)
    if own.is_file():
        yield own


def _sandboxes() -> tuple[bool, ...]:
    """Root cannot have the browser's sandbox; a plain user in a container may not either."""
    return (False,) if os.geteuid() == 0 else (True, False)


def working_browser() -> str | None:
    """Name and version of the browser that the tests will use, None where none starts."""
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright)
        except NoBrowserError:
            return None
        name = f"{browser.browser_type.name} {browser.version}"
        browser.close()
        return name


def _install_playwrights_own() -> None:
    """Downloads Playwright's Chromium into the user's cache; offline it gives up soon."""
    run([sys.executable, "-m", "playwright", "install", "chromium"], PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT="10000")


def _install_debians() -> None:
    install_debian("chromium")


def main() -> int:
    """Brings a browser where there is none. Exit status 1 where that failed."""
    found = working_browser()
    for install in (_install_playwrights_own, _install_debians):
        if found or os.environ.get(CHOICE):
            break
        say("No browser for the end-to-end tests; installing one:")
        install()
        found = working_browser()
    say(f"browser for the tests: {found}" if found else HELP)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
