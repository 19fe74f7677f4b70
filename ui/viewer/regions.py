"""The regions of a slide that the model scored highest, from the result's GeoJSON."""

import json
from dataclasses import dataclass
from pathlib import Path

from models.errors import ForrangError


class RegionsError(ForrangError):
    """The file of regions cannot be used."""


@dataclass(frozen=True)
class Region:
    """Tiles over the operating threshold that touch."""

    number: int
    """1 is the region with the highest mean score."""
    mean_score: float
    tiles: int
    outline: tuple[tuple[float, float], ...]
    """Outer border, closed, level-0 px."""

    @property
    def middle(self) -> tuple[float, float]:
        """Middle of its bounding box, level-0 px."""
        xs, ys = [x for x, _ in self.outline], [y for _, y in self.outline]
        return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def read_regions(path: Path) -> tuple[Region, ...]:
    """The regions in their file's order, highest mean score first. Raises RegionsError."""
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        return tuple(
            Region(
                number=number,
                mean_score=float(feature["properties"]["measurements"]["mean score"]),
                tiles=int(feature["properties"]["measurements"]["tiles"]),
                outline=tuple((float(x), float(y)) for x, y in feature["geometry"]["coordinates"][0]),
            )
            for number, feature in enumerate(features, start=1)
        )
    except OSError as error:
        raise RegionsError(f"{path.name}: cannot be read ({error.strerror}); score the slide again") from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise RegionsError(f"{path.name}: holds no regions as Forrang writes them; score the slide again") from error
