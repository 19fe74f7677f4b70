"""Groups hold the right tiles, their figures are theirs alone, and small ones are said to be small."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.support.made_scores import made_scores
from tests.support.made_tiles import made_tiles
from training.data.tile_set import TileSet
from training.judging.subgroups import burden, groupings, judge_groups, sharpness, tissue


def test_a_groups_figures_are_those_of_its_tiles_alone() -> None:
    probabilities, labels, patients = made_scores()
    test = TileSet(np.zeros((600, 4, 4, 3), np.uint8), labels, patients)
    site = np.where(np.arange(600) % 3 == 0, "north", "south")
    found = {one.name: one for one in judge_groups(probabilities, test, 0.4, {"site": site})}
    north = site == "north"
    assert found["north"].n == 200
    assert found["north"].auc[0] == pytest.approx(roc_auc_score(labels[north], probabilities[north]))
    assert found["north"].auc[1] < found["north"].auc[0] < found["north"].auc[2]
    assert found["south"].sensitivity[0] == pytest.approx(np.mean(probabilities[~north & (labels == 1)] >= 0.4))
    assert not found["south"].small


def test_few_patients_are_small_and_a_lacking_class_has_no_figure() -> None:
    tiles = made_tiles(patients=4)
    groups = {"site": np.where(tiles.labels == 1, "a", "")}
    (found,) = judge_groups(np.where(tiles.labels == 1, 0.8, 0.0), tiles, 0.5, groups)
    assert found.small
    assert np.isnan(found.auc[0])
    assert np.isnan(found.specificity[0])
    assert found.sensitivity == (1.0, 1.0, 1.0)


def test_columns_are_told_apart_only_where_they_tell() -> None:
    tiles = made_tiles()
    one_site = replace(tiles, sites=np.full(len(tiles), "x"), scanners=np.where(tiles.labels == 1, "A", "B"))
    assert {"burden", "sharpness", "tissue in the tile"} == set(groupings(tiles))
    assert "site" not in groupings(one_site)
    assert "scanner" in groupings(one_site)
    two = replace(tiles, mpp=np.where(tiles.labels == 1, 0.5, np.nan))
    assert set(groupings(two)["resolution"]) == {"0.5 um per px", ""}


def test_burden_is_the_patients_own_share() -> None:
    labels = np.array([0, 0, 1, 0, 1, 1, *[0] * 9, 1])
    patients = np.array(["none"] * 2 + ["half"] * 2 + ["all"] * 2 + ["tenth"] * 10)
    tiles = TileSet(np.zeros((16, 4, 4, 3), np.uint8), labels.astype(np.int64), patients)
    found = dict(zip(patients, burden(tiles), strict=True))
    assert found["none"] == "no tile positive"
    assert found["half"] == "20% to 50%"
    assert found["all"] == "over 50%"
    assert found["tenth"].startswith("up to 20%")


def test_smooth_tiles_are_the_least_sharp_and_white_ones_have_little_tissue() -> None:
    tiles = made_tiles()
    tiles.tiles[:5] = 250
    assert set(sharpness(tiles)[:5]) == {"least sharp third"}
    assert set(tissue(tiles)[:5]) == {"less than half"}
    assert set(tissue(tiles)[tiles.labels == 1][3:]) == {"half or more"}
