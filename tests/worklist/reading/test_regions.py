"""Regions are kept as outline and class, and what is no polygon on the slide is named."""

import pytest

from worklist.errors import RegionsError
from worklist.reading.regions import MAX_REGIONS, checked_regions, outlines_of


def square(x, y, side, name="Positive", **properties):
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"classification": {"name": name}, **properties},
    }


def of(geometry, name="positive"):
    return {"type": "Feature", "geometry": geometry, "properties": {"classification": {"name": name}}}


def test_only_outline_and_class_are_kept_for_names_may_tell_whose_tissue_it_is():
    kept = checked_regions(
        {"type": "FeatureCollection", "features": [square(0, 0, 10, "Ignore*", description="Jens Hansen")]}
    )
    (feature,) = kept["features"]
    assert feature["properties"] == {"classification": {"name": "ignore"}}
    assert "Jens" not in str(kept)
    assert checked_regions(kept) == kept


def test_a_single_feature_and_a_list_are_taken_too_and_a_class_as_plain_text():
    plain = square(0, 0, 10) | {"properties": {"classification": "negative"}}
    assert checked_regions(square(0, 0, 10)) == checked_regions([square(0, 0, 10)])
    assert outlines_of(checked_regions([plain, square(5, 5, 10)]), "negative").area == 100
    assert outlines_of(checked_regions([plain]), "positive").is_empty


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"type": "FeatureCollection", "features": []}, "no region"),
        ("text", "no GeoJSON"),
        ({"type": "FeatureCollection"}, "no GeoJSON"),
        ([{"type": "Feature"}], "geometry is None"),
        ([7], "geometry is None"),
        ([of({"type": "Point", "coordinates": [1, 1]})], "geometry is Point"),
        ([of({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]})], "no polygon"),
        ([of({"type": "Polygon", "coordinates": "ab"})], "region 1"),
        ([of({"type": "Polygon"})], "no polygon"),
        ([of({"type": "Polygon", "coordinates": []})], "empty"),
        ([of({"type": "Polygon", "coordinates": [[[0, 0], [float("nan"), 1], [2, 2], [0, 0]]]})], "no number"),
        ([of({"type": "Polygon", "coordinates": [[[0, 0], [10, 10], [10, 0], [0, 10], [0, 0]]]})], "crossing"),
        ([square(-5, 0, 10)], "left of or above"),
        ([square(0, 0, 10), square(0, 0, 10, "Tumor")], "region 2: its class is not known"),
        ([square(0, 0, 10) | {"properties": None}], "class is not given"),
        ([square(0, 0, 10)] * (MAX_REGIONS + 1), "at most"),
    ],
)
def test_what_is_no_region_is_named(told, words):
    with pytest.raises(RegionsError, match=words):
        checked_regions(told)
