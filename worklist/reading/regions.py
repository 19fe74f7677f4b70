"""Regions that a reader drew on a slide, as GeoJSON: checked, and cut down to outline and class. Pure.

QuPath's own form is understood: a feature's class is `classification.name`. Nothing else of a feature is kept, since
names and descriptions may say whose tissue it is.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape

from worklist.errors import RegionsError

RegionClass = Literal["positive", "negative", "ignore"]
"""ignore: neither; what lies under it teaches nothing."""

MAX_REGIONS: Final = 2_000
MAX_POINTS: Final = 200_000
"""More than a person draws (A); a machine's contours are no verdict."""

_KINDS: Final = ("Polygon", "MultiPolygon")


def checked_regions(told: object) -> dict[str, Any]:
    """A FeatureCollection of polygons in level-0 px, each with its class and nothing else.

    told: a FeatureCollection, a feature or a list of features. Raises RegionsError that names the feature and what is
    wrong with it.
    """
    features = _features(told)
    if not features:
        raise RegionsError("regions: no region in it; draw one, or leave the regions out")
    if len(features) > MAX_REGIONS:
        raise RegionsError(f"regions: {len(features)} regions; at most {MAX_REGIONS} are taken")
    outlines = [_outline(number, feature) for number, feature in enumerate(features, start=1)]
    points = int(shapely.get_num_coordinates(outlines).sum())
    if points > MAX_POINTS:
        raise RegionsError(f"regions: {points} points; at most {MAX_POINTS} are taken: simplify the outlines")
    kept = [
        {
            "type": "Feature",
            "geometry": _plain(mapping(outline)),
            "properties": {"classification": {"name": _class(number, feature)}},
        }
        for number, (feature, outline) in enumerate(zip(features, outlines, strict=True), start=1)
    ]
    return {"type": "FeatureCollection", "features": kept}


def outlines_of(regions: Mapping[str, Any], of_class: RegionClass) -> shapely.Geometry:
    """All regions of a class, of regions that were checked, as one outline in level-0 px; empty where there is none."""
    return shapely.union_all(
        [shape(it["geometry"]) for it in regions["features"] if it["properties"]["classification"]["name"] == of_class]
    )


def _features(told: object) -> list[Any]:
    if isinstance(told, Mapping) and told.get("type") == "FeatureCollection":
        told = told.get("features")
    if isinstance(told, Mapping) and told.get("type") == "Feature":
        told = [told]
    if not isinstance(told, list):
        raise RegionsError("regions: no GeoJSON features; export them from QuPath or the viewer as GeoJSON")
    return told


def _outline(number: int, feature: object) -> shapely.Geometry:
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    if not isinstance(geometry, Mapping) or geometry.get("type") not in _KINDS:
        kind = geometry.get("type") if isinstance(geometry, Mapping) else None
        raise RegionsError(f"region {number}: geometry is {kind}; only {' and '.join(_KINDS)} are taken")
    try:
        with np.errstate(invalid="ignore"):
            outline = shape(geometry)
    except (ShapelyError, ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise RegionsError(f"region {number}: its coordinates are no polygon ({error}); draw it anew") from error
    if outline.is_empty or not np.isfinite(shapely.get_coordinates(outline)).all():
        raise RegionsError(f"region {number}: it is empty, or a coordinate is no number; draw it anew")
    if min(outline.bounds) < 0:
        raise RegionsError(f"region {number}: it begins left of or above the slide; coordinates are level-0 px")
    if not outline.is_valid:
        raise RegionsError(f"region {number}: {shapely.is_valid_reason(outline)}; draw it anew without a crossing")
    return shapely.force_2d(outline)


def _class(number: int, feature: Mapping[str, Any]) -> RegionClass:
    properties = feature.get("properties")
    classification = properties.get("classification") if isinstance(properties, Mapping) else None
    name = classification.get("name") if isinstance(classification, Mapping) else classification
    told = str(name or "").strip().casefold().rstrip("*")
    for known in get_args(RegionClass):
        if told == known:
            return known  # type: ignore[no-any-return]
    raise RegionsError(
        f"region {number}: its class is {'not given' if not name else 'not known'};"
        f" give it one of: {', '.join(get_args(RegionClass))}"
    )


def _plain(value: Any) -> Any:
    """Tuples as lists, as JSON gives them back, so that the same regions again are the same."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
