"""A training run is described in a file, checked before it starts, and errors name the field."""

from pathlib import Path

import pytest

from models.registry import find_model
from training.errors import TrainingError
from training.tiles.options import Description, TrainOptions

GIVEN = {"tiles": Path("tiles.parquet"), "out": Path("models")}


def test_the_bundled_models_recipe_is_complete() -> None:
    options = TrainOptions.from_recipe(Path("idc-screen"), **GIVEN)
    assert (options.name, options.tile_px, options.mpp, options.input_px) == ("idc-screen", 50, 4.0, 96)
    assert "Not for clinical use." in options.description.limits


def test_what_is_given_goes_over_the_recipe_and_none_means_not_given() -> None:
    options = TrainOptions.from_recipe(Path("idc-screen"), **GIVEN, name="mine", version=None, epochs=3, seed=9)
    assert (options.name, options.version) == ("mine", "2.0.2")
    assert (options.fit.epochs, options.fit.seed) == (3, 9)


def test_without_a_recipe_the_defaults_hold() -> None:
    assert TrainOptions.from_recipe(None, **GIVEN, epochs=2).fit.epochs == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [({"epochs": 0}, "fit.epochs"), ({"mpp": 99}, "mpp"), ({"speed": 1}, "speed"), ({"name": "a b"}, "name")],
)
def test_a_wrong_option_is_named(given: dict[str, object], field: str) -> None:
    with pytest.raises(TrainingError, match=field):
        TrainOptions.from_recipe(None, **GIVEN, **given)


def test_an_unknown_recipe_lists_those_there_are() -> None:
    with pytest.raises(TrainingError, match="Ready-made ones are: idc-screen"):
        TrainOptions.from_recipe(Path("other"), **GIVEN)


def test_a_recipe_that_is_no_list_of_fields_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text("just words")
    with pytest.raises(TrainingError, match=r"odd\.yaml"):
        TrainOptions.from_recipe(tmp_path / "odd.yaml", **GIVEN)


def test_epochs_and_seed_go_into_every_fit_of_a_mixed_recipe() -> None:
    options = TrainOptions.from_recipe(Path("idc-screen"), **GIVEN, epochs=3, seed=9)
    assert [(fit.epochs, fit.seed) for fit in (options.fit, *options.mixed_with)] == [(3, 9), (3, 9)]


def test_a_recipes_words_are_said_of_its_own_tiles_and_version_alone() -> None:
    told = TrainOptions.from_recipe(Path("idc-screen"), **GIVEN).description
    assert told.of_tiles is not None
    bundled = told.for_run("2.0.2", told.of_tiles)
    assert list(bundled.limits) == [*told.limits, *told.limits_of_version]
    assert bundled.limits == find_model("idc-screen").manifest.limits
    assert told.for_run("2.1.0", told.of_tiles).limits == told.limits
    others = told.for_run("2.0.2", "0" * 64)
    assert (others.training_data, others.licence, others.limits) == (
        Description().training_data,
        Description().licence,
        Description().limits,
    )
    assert (others.positive, others.intended_use) == (told.positive, told.intended_use)
