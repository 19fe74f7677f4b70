"""What was drawn on a slide in QuPath, exported as GeoJSON: outlines by class, level-0 px."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from inference.labelled_tiles import Outlines
from training.data.tile import Classes
from training.errors import TileSetError

AREAS = ("Polygon", "MultiPolygon", "GeometryCollection")
"""Kinds of outline that cover an area; points and lines are passed over."""
CELL_PARTS = frozenset({"cell", "detection", "tile"})
"""What QuPath's own programs drew, and not a person."""


def read_outlines(path: Path, classes: Classes, *, rest_negative: bool = False) -> Outlines:
    """The outlines in a GeoJSON file (a FeatureCollection, a feature, or a list of them).

    A class that is neither positive nor negative, QuPath's `Ignore*` and regions without a class are ignored, and so is
    what lies under them.
    Raises TileSetError: no GeoJSON, no region with an area, or none of a class that is asked for.
    """
    by_label: dict[int | None, list[shapely.Geometry]] = {1: [], 0: [], None: []}
    names = set()
    for number, feature in enumerate(_features(path), start=1):
        outline = _outline(feature, f"{path.name}: region {number}")
        if outline is None:
            continue
        name = _class_of(feature)
        names.add(name or "none")
        by_label[None if name.endswith("*") else classes.label(name)].append(outline)
    if not names:
        raise TileSetError(f"{path.name}: no region with an area in it. Export the slide's annotations as GeoJSON.")
    if not by_label[1] and not by_label[0]:
        raise TileSetError(
            f"{path.name}: no region is positive or negative; its classes are {', '.join(sorted(names))}. "
            "Name them with --positive and --negative."
        )
    joined = {label: shapely.union_all(outlines) for label, outlines in by_label.items()}
    return Outlines(joined[1], joined[0], joined[None], rest_negative)


def _features(path: Path) -> list[Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise TileSetError(f"{path.name}: cannot be read ({error.strerror}). Check that it is there.") from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise TileSetError(
            f"{path.name}: is no GeoJSON ({error}). Export the annotations from QuPath again."
        ) from error
    if isinstance(told, dict) and told.get("type") == "FeatureCollection":
        told = told.get("features")
    if isinstance(told, dict) and told.get("type") == "Feature":
        told = [told]
    if not isinstance(told, list):
        raise TileSetError(f"{path.name}: holds no GeoJSON features. Export the annotations from QuPath as GeoJSON.")
    return told


def _outline(feature: object, where: str) -> shapely.Geometry | None:
    """The area of a feature, mended where it crosses itself; None where it has none or no person drew it."""
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    if not isinstance(geometry, Mapping) or geometry.get("type") not in AREAS:
        return None
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if isinstance(properties, Mapping) and str(properties.get("objectType", "")).casefold() in CELL_PARTS:
        return None
    try:
        outline = shapely.make_valid(shapely.force_2d(shape(geometry)))
    except (ShapelyError, ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise TileSetError(f"{where}: its coordinates are no polygon ({error}). Draw it anew.") from error
    return outline if outline.area > 0 else None


def _class_of(feature: Mapping[str, Any]) -> str:
    """`Tumor` of QuPath's {"classification": {"name": "Tumor"}}, of today's and of older exports; "" without one."""
    properties = feature.get("properties")
    told = properties.get("classification") if isinstance(properties, Mapping) else None
    name = told.get("name") or ": ".join(map(str, told.get("names") or ())) if isinstance(told, Mapping) else told
    return str(name or "").strip()
