"""Tiles over the operating threshold, joined into outlined regions that QuPath and others open as GeoJSON."""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely


def find_regions(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    tile_size: float,
    scores: npt.NDArray[np.float64],
    threshold: float,
    name: str,
) -> dict[str, Any]:
    """A GeoJSON FeatureCollection of the regions, highest mean score first, in level-0 px.

    x, y, tile_size: level-0 px; scores: 0..1 or nan. Tiles that touch along an edge make one region.
    """
    high = np.flatnonzero(np.nan_to_num(scores, nan=-1.0) >= threshold)
    # whole px, so that neighbours share their corners exactly
    left, right = np.rint(x[high]), np.rint(x[high] + tile_size)
    top, bottom = np.rint(y[high]), np.rint(y[high] + tile_size)
    boxes = shapely.box(left, top, right, bottom)
    outlines = shapely.get_parts(shapely.union_all(boxes)) if high.size else np.array([])
    centres = shapely.points((left + right) / 2, (top + bottom) / 2)
    features = [_feature(outline, scores[high][shapely.contains(outline, centres)], name) for outline in outlines]
    features.sort(key=lambda feature: -feature["properties"]["measurements"]["mean score"])
    return {"type": "FeatureCollection", "features": features}


def _feature(outline: shapely.Polygon, scores: npt.NDArray[np.float64], name: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": shapely.geometry.mapping(outline),
        "properties": {
            "objectType": "annotation",
            "classification": {"name": name, "color": [215, 48, 39]},
            "measurements": {"mean score": round(float(scores.mean()), 4), "tiles": int(scores.size)},
        },
    }
