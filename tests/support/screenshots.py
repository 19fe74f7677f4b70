"""`python -m tests.support.screenshots [FOLDER]`: every page of the demo, in both languages, into docs/screenshots/.

FOLDER: where a demo lies, or shall be made; a folder that is thrown away where none is named.
"""

import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.e2e.browser import launch
from tests.support.browsing import SEEN_BY, open_still, stand_still, visit
from tests.support.installing import say
from ui.shell.language import LANGUAGES

PICTURES: Final = Path(__file__).parents[2] / "docs" / "screenshots"
COLOURS: Final = 128
"""Of each picture: text stays sharp, and all pictures together stay under 3 MB."""

WITH_CASE: Final = ("case", "viewer")


def take(home: Path) -> None:
    """Takes the pictures of the demo in `home`; makes it first where it is not there."""
    around = os.environ | {"FORRANG_HOME": str(home), "FORRANG_DATABASE_URL": f"sqlite:///{home / 'demo.db'}"}
    if not (home / "demo.db").is_file():
        subprocess.run(_forrang("demo", "--folder", str(home), "--no-app"), env=around, check=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with _served(around, home) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        for language in LANGUAGES:
            for name, role in SEEN_BY.items():
                page = visit(browser, address, role, language, "light")
                path = f"/{name}"
                if name in WITH_CASE:
                    path += f"?case={_flagged(page)}"
                open_still(page, path)
                _keep(page, f"{name}.{language}")
                page.context.close()
        page = visit(browser, address, "pathologist", "en", "dark")
        open_still(page, "/worklist")
        _keep(page, "worklist-dark.en")
        browser.close()


def _flagged(page: Page) -> str:
    """The first case of the list that the AI has flagged."""
    open_still(page, "/worklist")
    row = page.locator("tr", has=page.locator(".badge.flagged")).first
    return row.locator("a[data-case]").first.inner_text()


def _keep(page: Page, name: str) -> None:
    stand_still(page)
    with Image.open(io.BytesIO(page.screenshot())) as taken:
        small = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(PICTURES / f"{name}.png", optimize=True)
    say(f"{name}.png")


def _forrang(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cli", *arguments]


@contextmanager
def _served(around: dict[str, str], home: Path) -> Iterator[str]:
    command = _forrang("serve", "--port", "0")
    with subprocess.Popen(command, env=around, cwd=home, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        told = re.search(r"http://\S+", server.stdout.readline())
        try:
            if told is None:
                raise SystemExit("forrang serve did not say where it answers")
            yield told[0]
        finally:
            server.terminate()


def main() -> None:
    """Takes all pictures."""
    if len(sys.argv) > 1:
        take(Path(sys.argv[1]).absolute())
    else:
        with tempfile.TemporaryDirectory() as folder:
            take(Path(folder))


if __name__ == "__main__":
    main()
