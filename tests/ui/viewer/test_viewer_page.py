"""The viewer's page begins where its address says, and saves regions only when asked once more."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.people import SYSTEM
from ui.viewer.page import _start
from ui.viewer.viewer import Start
from ui.viewer.words import viewer_words
from worklist.cases import Case, CaseSlide
from worklist.reading.verdict import verdicts
from worklist.store.store import Store

DIALOG = """
from ui.shell.desk import look
from ui.viewer.saving import draw_dialog
ring = [[0, 0], [9, 0], [9, 9], [0, 0]]
feature = {{"type": "Feature", "geometry": {{"type": "Polygon", "coordinates": [ring]}},
           "properties": {{"classification": {{"name": {name!r}}}}}}}
case = look().store.case("26-1")
draw_dialog(case, case.slides[0], {{"type": "FeatureCollection", "features": [feature]}})
"""


@pytest.fixture
def store(store: Store, tmp_path: Path) -> Store:
    times = {"received_utc": store.now(), "deadline_utc": store.now() + timedelta(days=4)}
    told = {"accession_number": "26-1", "pathway": "breast", "pathway_name": "Breast"}
    store.add_cases([Case.model_validate(told | times | {"slides": (CaseSlide(path=tmp_path / "a.svs"),)})], SYSTEM)
    return store


def test_the_address_says_where_to_begin() -> None:
    query = {"slide": "abc", "x": "10", "y": "20.5", "scale": "4", "rotation": "90"}
    assert _start(query) == Start("abc", x=10, y=20.5, scale=4, rotation=90)
    assert _start({"all": "1"}) == Start(all=True)


@pytest.mark.parametrize("told", ["nan", "inf", "-1e99", "<b>", ""])
def test_a_place_that_is_none_is_left_out(told: str) -> None:
    assert _start({"x": told, "y": told, "scale": told, "rotation": told}) == Start()


def test_regions_are_kept_when_a_verdict_was_chosen_and_not_before(store: Store) -> None:
    app = AppTest.from_string(DIALOG.format(name="positive"), default_timeout=60).run()
    assert not app.exception
    assert "1 region" in app.markdown[0].value
    app.button[0].click().run()
    assert app.warning[0].value.startswith("Choose a verdict")
    assert verdicts(store) == []
    app.segmented_control("regions verdict 26-1").set_value("positive")
    app.button[0].click().run()
    (kept,) = verdicts(store)
    assert (kept.verdict, kept.has_regions) == ("positive", True)


def test_what_the_browser_says_wrongly_is_refused_with_a_reason(store: Store) -> None:
    app = AppTest.from_string(DIALOG.format(name="cancer"), default_timeout=60).run()
    app.segmented_control("regions verdict 26-1").set_value("positive")
    app.button[0].click().run()
    assert "class is not known" in app.error[0].value
    assert verdicts(store) == []


def test_the_browsers_scripts_know_no_word_that_is_not_sent() -> None:
    here = Path(__file__).parents[3] / "ui" / "viewer" / "js"
    scripts = "".join(path.read_text("utf-8") for path in here.glob("*.js"))
    asked = set(re.findall(r"\bwords\.(\w+)", scripts))
    assert asked <= set(viewer_words())
    assert set(viewer_words()) - asked == {"positive", "negative", "ignore"}
