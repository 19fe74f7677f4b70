"""Regions: tiles over the threshold, joined, with holes, as GeoJSON that other programs open."""

import numpy as np
import shapely

from inference.regions import find_regions


def test_neighbours_make_one_region_and_distant_tiles_another() -> None:
    x, y = np.array([0.0, 10.0, 50.0]), np.array([0.0, 0.0, 0.0])
    found = find_regions(x, y, 10.0, np.array([0.9, 0.7, 0.95]), 0.5, "carcinoma")
    areas = [shapely.geometry.shape(f["geometry"]).area for f in found["features"]]
    assert areas == [100.0, 200.0]
    first = found["features"][0]["properties"]
    assert first["objectType"] == "annotation"
    assert first["classification"]["name"] == "carcinoma"
    assert first["measurements"] == {"mean score": 0.95, "tiles": 1}


def test_low_and_failed_tiles_are_in_no_region() -> None:
    x = np.array([0.0, 10.0, 20.0])
    found = find_regions(x, np.zeros(3), 10.0, np.array([0.2, np.nan, 0.5]), 0.5, "t")
    assert [f["properties"]["measurements"]["tiles"] for f in found["features"]] == [1]


def test_a_ring_of_tiles_has_its_hole() -> None:
    grid = [(c, r) for r in range(3) for c in range(3) if (c, r) != (1, 1)]
    x = np.array([10.0 * c for c, _ in grid])
    y = np.array([10.0 * r for _, r in grid])
    (feature,) = find_regions(x, y, 10.0, np.ones(8), 0.5, "t")["features"]
    outline = shapely.geometry.shape(feature["geometry"])
    assert outline.area == 800.0
    assert len(outline.interiors) == 1


def test_tiles_at_fractional_places_still_join() -> None:
    x = np.arange(5) * 33.4
    (feature,) = find_regions(x, np.zeros(5), 33.4, np.ones(5), 0.5, "t")["features"]
    assert feature["properties"]["measurements"]["tiles"] == 5


def test_without_tiles_over_the_threshold_there_are_no_regions() -> None:
    found = find_regions(np.zeros(1), np.zeros(1), 10.0, np.zeros(1), 0.5, "t")
    assert found == {"type": "FeatureCollection", "features": []}
