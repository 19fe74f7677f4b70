"""Regions as the scoring writes them are read back; anything else is named with what to do."""

import json
from pathlib import Path

import numpy as np
import pytest

from inference.regions import find_regions
from ui.viewer.regions import RegionsError, read_regions


def test_regions_that_scoring_wrote_are_read_back_highest_first(tmp_path: Path) -> None:
    x, y = np.array([0.0, 100.0, 500.0]), np.array([0.0, 0.0, 300.0])
    written = find_regions(x, y, 100, np.array([0.6, 0.7, 0.95]), 0.5, "tumour")
    (tmp_path / "regions.geojson").write_text(json.dumps(written))
    first, second = read_regions(tmp_path / "regions.geojson")
    assert (first.number, first.tiles, first.mean_score) == (1, 1, 0.95)
    assert first.middle == (550, 350)
    assert (second.number, second.tiles, second.middle) == (2, 2, (100, 50))


@pytest.mark.parametrize("text", ["", "[]", '{"features": [{}]}', '{"features": 3}'])
def test_another_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "regions.geojson"
    path.write_text(text)
    with pytest.raises(RegionsError, match=r"regions\.geojson.*score the slide again"):
        read_regions(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegionsError, match=r"regions\.geojson: cannot be read"):
        read_regions(tmp_path / "regions.geojson")
