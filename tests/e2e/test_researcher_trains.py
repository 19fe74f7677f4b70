"""A researcher in a real browser: verdicts become tiles, tiles a model, and the model comes into use and goes back."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from models.registry import find_model, serving_of
from tests.e2e.browser import at_rest, fresh, launch
from tests.support.browsing import visit
from tests.support.people import SYSTEM, pathologist, person
from tests.support.serving import served
from tests.support.slides import make_slide
from ui.models.runs.record import all_runs
from ui.models.runs.start import stop
from ui.models.training_form import next_version
from worklist.cases import Case, CaseSlide
from worklist.reading.feedback import split_of
from worklist.reading.verdict import give_verdict
from worklist.store.store import Store
from worklist.store.tables import CaseRow
from worklist.trail.entries import Wanted, latest
from worklist.trail.site_key import keyed

pytest.importorskip("torch", reason="training needs the extra `torch`")
pytestmark = pytest.mark.e2e

PATIENCE_MS: Final = 240_000
"""For a busy machine: a model is trained, exported and judged."""
WANTED: Final = ("train", "train", "train", "val", "val", "test", "test")
"""The splits of the patients whose slides are read."""
ANNA: Final = pathologist("anna")
BUNDLED: Final = find_model("idc-screen")
OLD: Final = BUNDLED.manifest.label
NEW: Final = f"idc-screen@{next_version('idc-screen', [BUNDLED])}"
WHY: Final = "<b>a trial</b>, agreed with the department"


def region(x: int, kind: str) -> dict[str, object]:
    """A rectangle of six tiles of 50 px."""
    ring = [[x, 300], [x + 100, 300], [x + 100, 450], [x, 450], [x, 300]]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"classification": {"name": kind}},
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven read slides of seven patients: nuclei crowd the left half of each, and the reader has outlined both."""
    folder = tmp_path_factory.mktemp("researcher")
    store = Store.open(f"sqlite:///{folder / 'worklist.db'}")
    now = store.now()
    left = list(WANTED)
    for number in range(1000):
        patient = f"{number:064x}"
        if not left or (split := split_of(keyed(folder, "split", patient))) not in left:
            continue
        left.remove(split)
        slide = make_slide(folder / "slides" / f"{number}.tif", mpp=4.0, seed=number, dark=True)
        case = Case(
            accession_number=f"26-{number}",
            pathway="breast",
            pathway_name="Breast",
            received_utc=now,
            deadline_utc=now + timedelta(days=3),
            slides=(CaseSlide(path=slide),),
        )
        store.add_cases([case], SYSTEM)
        with store.writing() as session:
            session.query(CaseRow).filter_by(accession_number=f"26-{number}").one().patient_key = patient
        drawn = {"type": "FeatureCollection", "features": [region(300, "positive"), region(600, "negative")]}
        give_verdict(store, ANNA, f"26-{number}", slide.name, "positive", regions=drawn)
    store.close()
    return folder


@pytest.fixture
def page(home: Path) -> Iterator[Page]:
    expect.set_options(timeout=PATIENCE_MS)
    with served(home) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        page = visit(browser, address, "researcher", "en", "light")
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()
    store = Store.open(f"sqlite:///{home / 'worklist.db'}")
    for run in all_runs(home, store.now()):
        if not run.is_over:  # a test that failed leaves none behind
            stop(store, person("rie", "researcher"), run)
    store.close()


def view(page: Page, name: str) -> None:
    at_rest(page).get_by_role("radio", name=name).or_(page.get_by_role("button", name=name, exact=True)).first.click()
    at_rest(page)


def fill(page: Page, label: str, value: str) -> None:
    box = at_rest(page).get_by_label(label, exact=True)
    box.fill(value)
    box.press("Tab")
    at_rest(page)


def serving_in(home: Path) -> str:
    """The model that scores slides in that home."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("FORRANG_HOME", str(home))
        found = serving_of("idc-screen")
    assert found is not None
    return found.manifest.label


def told_on_the_trail(home: Path) -> list[tuple[str, str, bool | None]]:
    """What was put into use, the oldest first, and whether a gate was overridden."""
    store = Store.open(f"sqlite:///{home / 'worklist.db'}")
    rows = latest(store, person("chief", "admin"), Wanted(act="put model into use"), 20)
    store.close()
    told = [json.loads(it.details) for it in reversed(rows)]
    return [(it["what"], it["model"], it.get("overridden")) for it in told if it["what"] != "start gates"]


def test_feedback_becomes_tiles_tiles_a_model_and_the_model_comes_into_use_and_goes_back(
    page: Page, home: Path
) -> None:
    page.goto("/models?view=feedback")
    at_rest(page).get_by_role("button", name="Make tiles").click()
    expect(fresh(page.get_by_text("7 slides and"))).to_be_visible()

    view(page, "Train")
    page.get_by_text("Average 2 fits").click()
    at_rest(page)
    fill(page, "Epochs, at most", "1")
    page.get_by_text("For its card").click()
    fill(page, "What it is trained on", "Drawn sections, outlined by a test.")
    fill(page, "Licence of the tiles and the weights", "CC0")
    page.get_by_role("button", name="Train", exact=True).last.click()
    expect(fresh(page.get_by_text(f"Train {NEW}"))).to_be_visible()
    expect(fresh(page.get_by_text("is on the shelf. It is not in use"))).to_be_visible()

    at_rest(page).get_by_role("button", name="Compare it with the one in use").click()
    at_rest(page)
    page.get_by_role("button", name="Judge both on the same tiles").click()
    expect(fresh(page.get_by_text("95% interval, patients paired"))).to_be_visible()

    view(page, "Registry")
    page.get_by_role("tab", name="Put into use").click()
    at_rest(page).get_by_role("button", name="Ask the gates").click()
    put = page.get_by_role("button", name=f"Put {NEW} into use …")
    expect(fresh(put)).to_be_enabled()
    at_rest(page)
    put.click()
    dialog = page.get_by_role("dialog")
    expect(fresh(dialog.get_by_text("Refused by: "))).to_contain_text("enough patients")
    confirm = dialog.get_by_role("button", name="Override and put into use")
    expect(confirm).to_be_disabled()
    fill(page, "Reason to override", WHY)
    confirm.click()
    expect(fresh(page.get_by_text(f"{NEW} is in use."))).to_be_visible()
    serving = serving_in(home)
    at_rest(page).get_by_role("tab", name="Record").click()
    expect(fresh(page.get_by_role("row", name="put into use, a gate overridden"))).to_contain_text(WHY)

    at_rest(page).get_by_role("button", name=f"Go back to {OLD} …").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    fill(page, "Why, for the record", "it flags too much")
    page.get_by_role("dialog").get_by_role("button", name="Go back", exact=True).click()
    expect(fresh(page.get_by_text(f"{OLD} is in use again."))).to_be_visible()
    assert (serving, serving_in(home)) == (NEW, OLD)
    assert told_on_the_trail(home) == [("put into use", NEW, True), ("rolled back", OLD.partition("@")[0], None)]
