"""Finds or brings the browser that the end-to-end tests drive: on the path, Playwright's own, or Debian's package.

`python -m tests.e2e.browser` prints the one that the tests will use, and installs one where there is none.
A browser counts as found only when it starts: some systems put a stub of that name on the path.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

from tests.support.installing import install_debian, run, say

CHOICE = "FORRANG_BROWSER"
"""Environment variable that names the browser to use."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")
HELP = f"""No browser for the end-to-end tests, and none could be installed. Any of these mends it:
  sudo apt-get install chromium         (Debian)
  .venv/bin/playwright install chromium (needs the internet)
  {CHOICE}=/path/to/chromium make test"""


class NoBrowserError(Exception):
    """No browser on this machine starts."""


def launch(playwright: Playwright) -> Browser:
    """Starts the first browser that works, headless. Raises NoBrowserError with what to do where none does."""
    faults = []
    for program in _candidates(playwright):
        for sandbox in _sandboxes():
            try:
                return playwright.chromium.launch(
                    executable_path=program,
                    headless=True,
                    chromium_sandbox=sandbox,
                    args=[*QUIET, *([] if sandbox else ["--no-sandbox"])],
                )
            except Error as error:
                faults.append(f"{program}: {error.message.splitlines()[0]}")
    raise NoBrowserError("\n".join([HELP, *faults]))


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
