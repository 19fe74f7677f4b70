"""The routes give a slide's pictures to who may see its case, at that moment, and nothing to anybody else.

They are asked as a browser asks them. Each guard was taken out once, and the test beside it failed.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from inference.engines.onnx_cpu import OnnxEngine
from inference.pipeline import score_slide
from tests.support.people import SYSTEM, pathologist, person
from tests.support.slides import make_slide, spoil_stored_tile
from tests.support.tiny_model import make_tiny_model
from tests.support.visits import signed_in
from tests.worklist.trail.test_clean_slide import append_label
from ui.access import passes
from ui.access.passes import HEADER, Passes
from ui.access.visits import Visit, Visits, cookie_digest
from ui.viewer import routes
from ui.viewer.opened import OpenSlides
from worklist.cases import Case, CaseSlide
from worklist.intake.web import open_store
from worklist.people import Actor, Role
from worklist.store.store import Store
from worklist.trail.entries import Wanted, latest

READER = pathologist("bk")
PAGES = {"page", "other page"}
COOKIES = signed_in("anna")


@dataclass(frozen=True)
class Place:
    """A server with two cases: 26-1 holds a scored slide, a cut one and a spoilt one; 26-2 another slide."""

    client: TestClient
    store: Store
    visits: Visits
    passes: Passes
    keys: dict[str, str]
    """Of the slides, by their files' names."""
    slides: Path

    def give(self, actor: Actor = READER, case: str = "26-1", page: str = "page", cookie: str = "") -> str:
        """A pass, as the page gives it."""
        self.visits.note(Visit(page, actor, cookie))
        return self.passes.issue(page, actor, case)

    def status(self, path: str, word: str, **more: dict[str, str]) -> int:
        """Of the answer; one that refuses gives nothing else."""
        answer = self.client.get(f"/slides/{path}", headers={HEADER: word}, **more)
        if answer.status_code in (403, 404):
            assert answer.content == b""
        return answer.status_code


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    slides = home / "slides"
    scored = make_slide(slides / "scored.svs", dark=True)
    append_label(scored, bytes(range(100, 148)))
    (slides / "cut.tif").write_bytes(scored.read_bytes()[:1000])
    spoil_stored_tile(make_slide(slides / "spoilt.tif", mpp=None), 0)
    make_slide(slides / "other.tif", seed=2)
    model = make_tiny_model(home / "tiny")
    result = score_slide(scored, model, OnnxEngine(model), home / "results")
    assert result.score is not None
    assert result.result
    found = CaseSlide(
        path=scored, state="scored", score=result.score, flagged=result.flagged, result_folder=Path(result.result)
    )
    store = Store.open(f"sqlite:///{home / 'worklist.db'}")
    now = store.now()
    for number, of_case in (
        ("26-1", (found, CaseSlide(path=slides / "cut.tif"), CaseSlide(path=slides / "spoilt.tif"))),
        ("26-2", (CaseSlide(path=slides / "other.tif"),)),
    ):
        times = {"received_utc": now, "deadline_utc": now + timedelta(days=4)}
        told = {"accession_number": number, "pathway": "breast", "pathway_name": "Breast", "slides": of_case}
        store.add_cases([Case.model_validate(told | times)], SYSTEM)
    store.close()
    return home


@pytest.fixture
def place(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("FORRANG_HOME", str(home))
    monkeypatch.delenv("FORRANG_DATABASE_URL", raising=False)
    visits = Visits(lambda session: session in PAGES)
    good = Passes(visits)
    opened = OpenSlides(4)
    monkeypatch.setattr(passes, "PASSES", good)
    monkeypatch.setattr(routes, "_OPEN", opened)
    store = Store.open()
    known = {it.path.name: routes.slide_key(it.path) for case in store.cases() for it in case.slides}
    with TestClient(Starlette(routes=routes.viewer_routes())) as client:
        yield Place(client, store, visits, good, known, home / "slides")
    opened.close()
    store.close()
    open_store.cache_clear()


def every_path(key: str) -> list[str]:
    """Each route, for a slide."""
    part = "part?x=0&y=0&width=64&height=64"
    return [f"{key}/{end}" for end in ("info", "tiles/9/0/0", "thumbnail", part, "scores", "glass/label")]


def test_who_may_see_the_case_gets_its_pictures(place: Place) -> None:
    word = place.give()
    for path in every_path(place.keys["scored.svs"]):
        answer = place.client.get(f"/slides/{path}", headers={HEADER: word})
        assert answer.status_code == 200, path
        assert answer.headers["cache-control"] == "private, no-store"


def test_without_a_pass_or_with_one_that_nobody_gave_there_is_nothing(place: Place) -> None:
    place.give()
    for path in every_path(place.keys["scored.svs"]):
        assert place.status(path, "") == 403
        assert place.status(path, "A" * 43) == 403


def test_a_pass_ends_with_its_page(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    word = place.give(page="other page")
    monkeypatch.setattr(place.visits, "_connected", lambda session: session != "other page")
    assert [place.status(path, word) for path in every_path(place.keys["scored.svs"])] == [403] * 6


def test_a_pass_ends_with_the_role_it_was_given_in(place: Place) -> None:
    word = place.give()
    place.visits.note(Visit("page", person("bk", "manager"), ""))
    assert [place.status(path, word) for path in every_path(place.keys["scored.svs"])] == [403] * 6


@pytest.mark.parametrize("role", ["manager", "researcher", "admin", "system"])
def test_a_role_that_may_not_see_a_case_gets_nothing(place: Place, role: Role) -> None:
    word = place.give(person("somebody", role))
    assert [place.status(path, word) for path in every_path(place.keys["scored.svs"])] == [403] * 6


def test_a_pass_of_a_sign_in_is_nothing_without_its_cookie(place: Place) -> None:
    word = place.give(cookie=cookie_digest(COOKIES))
    path = f"{place.keys['scored.svs']}/info"
    assert place.status(path, word) == 403
    assert place.status(path, word, cookies=COOKIES) == 200


def test_another_cases_slide_is_not_there(place: Place) -> None:
    word, other = place.give(), place.give(case="26-2", page="other page")
    assert [place.status(path, word) for path in every_path(place.keys["other.tif"])] == [404] * 6
    assert [place.status(path, other) for path in every_path(place.keys["scored.svs"])] == [404] * 6
    assert place.status(f"{place.keys['other.tif']}/info", other) == 200


def test_a_case_that_is_not_there_has_no_slides(place: Place) -> None:
    assert place.status(f"{place.keys['scored.svs']}/info", place.give(case="26-999")) == 404


@pytest.mark.parametrize("way", ["../worklist.db", "..", "../../etc/passwd", "/etc/passwd", "scored.svs", "0"])
def test_a_path_that_climbs_leads_nowhere(place: Place, way: str) -> None:
    word = place.give()
    for told in (way, quote(way, safe=""), quote(quote(way, safe=""), safe="")):
        assert place.client.get(f"/slides/{told}/thumbnail", headers={HEADER: word}).status_code == 404
        assert place.client.get(f"/slides/{told}/info", headers={HEADER: word}).status_code == 404
    whole = quote(str(place.slides / "other.tif"), safe="")
    assert place.client.get(f"/slides/{whole}/info", headers={HEADER: word}).status_code == 404


def test_a_label_is_for_the_role_that_may_see_it_and_each_look_is_on_the_trail(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{place.keys['scored.svs']}/glass/label"
    looks = Wanted(act="see label")
    chief = person("chief", "admin")
    before = len(latest(place.store, chief, looks, 100))
    assert place.status(path, place.give()) == 200
    seen = latest(place.store, chief, looks, 100)
    assert len(seen) == before + 1
    assert (seen[0].who, seen[0].accession_number, seen[0].told) == ("bk", "26-1", "image label")
    may = {"pathologist": frozenset({"see case"})}
    monkeypatch.setattr("worklist.people.MAY", may)
    assert place.status(f"{place.keys['scored.svs']}/info", place.give()) == 200
    assert place.status(path, place.give()) == 403


def test_an_image_that_a_slide_lacks_is_said_to_be_lacking(place: Place) -> None:
    answer = place.client.get(f"/slides/{place.keys['scored.svs']}/glass/macro", headers={HEADER: place.give()})
    assert answer.status_code == 422
    assert answer.json() == {"reason": "this slide's file holds no macro image"}


def test_a_tile_shows_what_lies_there(place: Place) -> None:
    word, key = place.give(), place.keys["scored.svs"]
    info = place.client.get(f"/slides/{key}/info", headers={HEADER: word}).json()
    assert (info["width"], info["height"], info["mpp"], info["last"]) == (1024, 768, 0.5, 10)
    assert info["scores"]
    assert info["regions"][0]["score"] > 0.5
    assert info["regions"][0]["box"]["x"] >= 0
    tile = place.client.get(f"/slides/{key}/tiles/10/1/1", headers={HEADER: word})
    with Image.open(io.BytesIO(tile.content)) as image, open_scored(place) as slide:
        assert image.size == (512, 256)
        true = slide.read_scaled(512, 512, 512, 256, 1).astype(float)
        assert np.abs(np.asarray(image, float) - true).mean() < 6
    scores = place.client.get(f"/slides/{key}/scores", headers={HEADER: word})
    with Image.open(io.BytesIO(scores.content)) as image:
        assert np.asarray(image)[..., 1].max() == 255
    for nowhere in ("11/0/0", "10/2/0", "10/0/2"):
        assert place.status(f"{key}/tiles/{nowhere}", word) == 404
    for wrong in ("x=-1&y=0&width=9&height=9", "x=0&y=0&width=nan&height=9", "x=0&y=0&width=1e9&height=9", "x=0"):
        assert place.status(f"{key}/part?{wrong}", word) == 400


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ("x=900&y=700&width=300&height=300", (192, 105)),  # beyond the lower right corner: 124 x 68 px are left
        ("x=0&y=0&width=1200&height=900", (192, 144)),  # larger than the slide
        ("x=100&y=100&width=100&height=50", (192, 96)),
    ],
)
def test_a_part_at_the_slides_edge_shows_what_there_is(place: Place, asked: str, size: tuple[int, int]) -> None:
    answer = place.client.get(f"/slides/{place.keys['scored.svs']}/part?{asked}", headers={HEADER: place.give()})
    assert answer.status_code == 200
    with Image.open(io.BytesIO(answer.content)) as image, open_scored(place) as slide:
        assert image.size == size
        x, y, width, height = (float(it.partition("=")[2]) for it in asked.split("&"))
        width, height = min(width, 1024 - x), min(height, 768 - y)
        true = slide.read_scaled(x, y, *size, max(width, height) / 192).astype(float)
        assert np.abs(np.asarray(image, float) - true).mean() < 8


def open_scored(place: Place):
    from inference.slides.open import open_slide

    return open_slide(place.slides / "scored.svs")


def test_a_slide_that_cannot_be_opened_says_why_and_never_where_it_lies(place: Place) -> None:
    word, key = place.give(), place.keys["cut.tif"]
    told = place.client.get(f"/slides/{key}/info", headers={HEADER: word})
    assert told.json()["reason"].startswith("cut.tif: ")
    tile = place.client.get(f"/slides/{key}/tiles/9/0/0", headers={HEADER: word})
    assert tile.status_code == 422
    for answer in (told, tile):
        assert str(place.slides) not in answer.text


def test_one_bad_part_does_not_spoil_the_rest(place: Place) -> None:
    word, key = place.give(), place.keys["spoilt.tif"]
    assert place.client.get(f"/slides/{key}/info", headers={HEADER: word}).json()["mpp"] is None
    bad = place.client.get(f"/slides/{key}/tiles/10/0/0", headers={HEADER: word})
    assert bad.status_code == 422
    assert "spoilt.tif" in bad.json()["reason"]
    assert place.status(f"{key}/tiles/10/1/1", word) == 200
    assert place.status(f"{key}/scores", word) == 404


def test_a_slide_deleted_under_the_viewer_says_so(place: Place) -> None:
    word, key = place.give(case="26-2"), place.keys["other.tif"]
    path = place.slides / "other.tif"
    assert place.status(f"{key}/tiles/9/0/0", word) == 200
    kept = path.rename(path.with_suffix(".away"))
    try:
        answer = place.client.get(f"/slides/{key}/tiles/9/0/0", headers={HEADER: word})
        danish = place.client.get(f"/slides/{key}/tiles/9/0/0", headers={HEADER: word, "accept-language": "da-DK,en"})
        chosen = {"cookie": "forrang_language=en", "accept-language": "da"}
        english = place.client.get(f"/slides/{key}/tiles/9/0/0", headers={HEADER: word, **chosen})
    finally:
        kept.rename(path)
    assert answer.status_code == 422
    assert "no such file" in answer.json()["reason"]
    assert "filen findes ikke længere" in danish.json()["reason"]
    assert english.json() == answer.json(), "what was chosen in this browser counts more than what it asks for"


def test_only_reading_is_answered(place: Place) -> None:
    word = place.give()
    for path in every_path(place.keys["scored.svs"]):
        assert place.client.post(f"/slides/{path}", headers={HEADER: word}).status_code == 405
