"""The routes that give the viewer its pictures. Each request shows a pass, and gets what its one case holds or nothing.

`st.App`'s routes know nothing of Streamlit's sign-in, so every one of them asks `ui.access.passes` anew: is the visit
still there, may the role still see the case. A slide is named by a key within the pass's case; what is not in that
case does not exist, whatever else is on this disk.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Final

import numpy as np
import simplejpeg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inference.errors import SlideError
from inference.heatmap import RAMP
from inference.slides.slide import Pixels
from models.errors import ForrangError
from ui.access.passes import Pass, check_pass
from ui.shell.faults import fault_words
from ui.shell.language import COOKIE, known_language
from ui.viewer.glass import show_glass
from ui.viewer.opened import OpenSlides
from ui.viewer.pyramid import TILE_PX, Pyramid
from ui.viewer.regions import Region, read_regions
from ui.viewer.score_map import score_map
from worklist.errors import NotAllowedError, StoreError
from worklist.intake.web import open_store
from worklist.settings import settings_now
from worklist.store.slide_files import SlideFile, slide_files
from worklist.store.store import Store

BASE: Final = "/slides/"

TOP_REGIONS: Final = 8
"""In the gallery: more than a reader jumps through. A."""

PART_PX: Final = 192
"""Longest side of a picture in the gallery. A."""

_THUMBNAIL_PX: Final = 256
_QUALITY: Final = 85
_PRIVATE: Final = {"Cache-Control": "private, no-store"}
"""Nothing of a patient stays on the disk of the machine that showed it."""

_OPEN: Final = OpenSlides()


def viewer_routes() -> list[Route]:
    """All of them."""
    of_slide = f"{BASE}{{slide}}"
    return [
        Route(f"{of_slide}/info", _guarded(_info), methods=["GET"]),
        Route(f"{of_slide}/tiles/{{level:int}}/{{column:int}}/{{row:int}}", _guarded(_tile), methods=["GET"]),
        Route(f"{of_slide}/thumbnail", _guarded(_thumbnail), methods=["GET"]),
        Route(f"{of_slide}/part", _guarded(_part), methods=["GET"]),
        Route(f"{of_slide}/scores", _guarded(_scores), methods=["GET"]),
        Route(f"{of_slide}/glass/{{name}}", _guarded(_glass), methods=["GET"]),
    ]


def slide_key(path: Path) -> str:
    """Names a slide within its case without telling its path."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:16]


_Answer = Callable[[Request, Store, Pass, SlideFile], Response]


def _guarded(answer: _Answer) -> Callable[[Request], Response]:
    """Lets through who shows a pass for the case that holds the slide; a reason is told to nobody else."""

    @wraps(answer)
    def guarded(request: Request) -> Response:
        given = check_pass(request)
        if given is None:
            return Response(status_code=403, headers=_PRIVATE)
        try:
            store = open_store(settings_now().store_url)
            slide = _slide_of(store, given, str(request.path_params["slide"]))
            if slide is None:
                return Response(status_code=404, headers=_PRIVATE)
            done = answer(request, store, given, slide)
        except NotAllowedError:
            return Response(status_code=403, headers=_PRIVATE)
        except StoreError as error:
            return _reason(request, error, 503)
        except ForrangError as error:
            return _reason(request, error, 422)
        done.headers.update(_PRIVATE)
        return done

    return guarded


def _slide_of(store: Store, given: Pass, key: str) -> SlideFile | None:
    return next((it for it in slide_files(store, given.accession_number) if slide_key(it.path) == key), None)


def _reason(request: Request, error: ForrangError, status: int = 200) -> Response:
    """Why there is no picture, in the language that this browser chose or else asks for."""
    asked = request.headers.get("accept-language", "").partition("-")[0].partition(",")[0]
    spoken = known_language(request.cookies.get(COOKIE), asked)
    return JSONResponse({"reason": fault_words(error, spoken)}, status, _PRIVATE)


def _info(request: Request, _store: Store, _given: Pass, slide: SlideFile) -> Response:
    """What there is to show of the slide; for one that cannot be opened, the reason, which is an answer too."""
    try:
        with _OPEN.reading(slide.path) as opened:
            width, height, mpp = opened.width, opened.height, opened.mpp
    except SlideError as error:
        return _reason(request, error)
    folder = slide.result_folder
    regions: tuple[Region, ...] = ()
    if folder is not None and (folder / "regions.geojson").is_file():
        regions = read_regions(folder / "regions.geojson")[:TOP_REGIONS]
    return JSONResponse(
        {
            "width": width,
            "height": height,
            "mpp": mpp,
            "tilePx": TILE_PX,
            "last": Pyramid(width, height).last,
            "scores": folder is not None and (folder / "tiles.parquet").is_file(),
            "ramp": RAMP,
            "regions": [
                {"number": it.number, "score": it.mean_score, "outline": it.outline, "box": _box(it, mpp)}
                for it in regions
            ],
        }
    )


def _tile(request: Request, _store: Store, _given: Pass, slide: SlideFile) -> Response:
    place = request.path_params
    with _OPEN.reading(slide.path) as opened:
        cut = Pyramid(opened.width, opened.height).cut(place["level"], place["column"], place["row"])
        if cut is None:
            return Response(status_code=404)
        return _jpeg(opened.read_scaled(cut.x, cut.y, cut.width, cut.height, cut.downsample))


def _thumbnail(_request: Request, _store: Store, _given: Pass, slide: SlideFile) -> Response:
    with _OPEN.reading(slide.path) as opened:
        return _jpeg(opened.thumbnail(_THUMBNAIL_PX))


def _part(request: Request, _store: Store, _given: Pass, slide: SlideFile) -> Response:
    try:
        x, y, width, height = (float(request.query_params[name]) for name in ("x", "y", "width", "height"))
    except (KeyError, ValueError):
        return Response(status_code=400)
    with _OPEN.reading(slide.path) as opened:
        inside = 0 <= x < opened.width and 0 <= y < opened.height
        if not (inside and 1 <= width <= 2 * opened.width and 1 <= height <= 2 * opened.height):
            return Response(status_code=400)
        width, height = min(width, opened.width - x), min(height, opened.height - y)  # a region may end beyond the edge
        downsample = max(width, height) / PART_PX
        size = max(1, round(width / downsample)), max(1, round(height / downsample))
        return _jpeg(opened.read_scaled(x, y, *size, downsample))


def _scores(_request: Request, _store: Store, _given: Pass, slide: SlideFile) -> Response:
    if slide.result_folder is None:
        return Response(status_code=404)
    with _OPEN.reading(slide.path) as opened:
        size = opened.width, opened.height
    return Response(score_map(slide.result_folder, size), media_type="image/png")


def _glass(request: Request, store: Store, given: Pass, slide: SlideFile) -> Response:
    name = str(request.path_params["name"])
    with _OPEN.reading(slide.path) as opened:
        image = show_glass(store, given.actor, given.accession_number, opened, name)
    if image is None:
        raise SlideError(f"this slide's file holds no {name} image")
    return Response(image, media_type="image/jpeg")


def _jpeg(pixels: Pixels) -> Response:
    return Response(
        simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=_QUALITY, colorsubsampling="422"),
        media_type="image/jpeg",
    )


def _box(region: Region, mpp: float | None) -> dict[str, float]:
    """What the gallery shows of a region: all of it, and no less than 250 um (or 500 px) so that it says something."""
    xs, ys = [x for x, _ in region.outline], [y for _, y in region.outline]
    least = 250 / mpp if mpp else 500.0
    width, height = max(max(xs) - min(xs), least), max(max(ys) - min(ys), least)
    middle = region.middle
    return {
        "x": max(0.0, middle[0] - width / 2),
        "y": max(0.0, middle[1] - height / 2),
        "width": width,
        "height": height,
    }
