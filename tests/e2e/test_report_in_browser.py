"""The planner's report in a real browser: its charts are drawn, it complains of nothing, and asks for nothing."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from planner.experiments.compare import compare
from planner.report.compose import compare_page, run_page
from planner.report.page import Page, write_page
from tests.e2e.browser import launch
from tests.support.planner_runs import made_up_run
from tests.support.planner_scenarios import small_lab

pytestmark = pytest.mark.e2e

PATIENCE_MS = 90_000
"""For a busy machine; nothing here tests speed."""


def run_report() -> Page:
    evil = small_lab(title='<img src="http://127.0.0.1:1/x.png" onerror="console.error(1)">')
    return run_page(made_up_run(evil), ["a warning"], made_up_run(flagged_wait=30.0))


def comparison_report() -> Page:
    return compare_page(compare(made_up_run(on_time=0.8), [made_up_run(small_lab(title="More", days=15))]))


@pytest.mark.parametrize("make", [run_report, comparison_report])
def test_a_report_draws_its_charts_and_asks_for_nothing(make, tmp_path: Path) -> None:
    report = make()
    pictures = sum(len(section.pictures) for section in report.sections)
    file = tmp_path / "report.html"
    write_page(report, file)
    complaints: list[str] = []
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        page.set_default_timeout(PATIENCE_MS)
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_selector(f"html[data-drawn='{pictures}']", state="attached")
        for number in range(pictures):
            box = page.locator(".chart svg").nth(number).bounding_box()
            assert box is not None
            assert box["width"] > 300
            assert box["height"] > 40
        assert page.locator(".chart svg").count() == pictures
        assert page.locator("h1").inner_text() == report.title
        assert page.locator("table").count() >= pictures
        page.set_viewport_size({"width": 420, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 420, "a phone need not scroll sideways"
        browser.close()
    assert complaints == []
    assert [url for url in asked if not re.match(r"data:|blob:", url)] == [file.as_uri()]
