"""Where a phantom's nests of atypical nuclei lie: what a reader who looked well would outline on it."""

from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry import mapping

from inference.phantoms.anatomy import Nucleus, lay_out
from inference.phantoms.spec import PhantomSpec

NEAR_UM: Final = 35.0
"""Nuclei nearer than twice this lie in one nest. A."""
STEP_UM: Final = 15.0
"""Nuclei this near one another count as one: a nest's outline does not need each. A."""
LEAST_MM2: Final = 0.01
"""Smaller nests are not outlined. A."""


def nests(spec: PhantomSpec) -> list[dict[str, Any]]:
    """The nests' outlines as GeoJSON features of the class "positive", level-0 px, the largest first."""
    if spec.nests == 0:
        return []
    points = np.concatenate([np.empty((0, 3), np.float32), *lay_out(spec).nuclei[Nucleus.ATYPICAL]])
    places = np.unique(np.rint(points[:, :2] / STEP_UM), axis=0) * STEP_UM
    discs = shapely.buffer(shapely.points(places.astype(np.float64)), NEAR_UM, quad_segs=2)
    slide = shapely.box(0, 0, spec.width_px * spec.mpp, spec.height_px * spec.mpp)
    whole = shapely.intersection(shapely.buffer(shapely.union_all(discs), -NEAR_UM / 2), slide)
    joined = shapely.simplify(whole, NEAR_UM / 5)
    parts = [it for it in shapely.get_parts(joined) if it.area >= LEAST_MM2 * 1e6]
    outlines = [shapely.Polygon(it.exterior) for it in sorted(parts, key=lambda it: -it.area)]
    return [
        {
            "type": "Feature",
            "geometry": mapping(shapely.transform(it, lambda um: um / spec.mpp)),
            "properties": {"classification": {"name": "positive"}},
        }
        for it in outlines
    ]
