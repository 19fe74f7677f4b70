"""A search varies fields of a recipe, goes on from what it has, and leaves a recipe that can be trained."""

from pathlib import Path

import optuna
import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

from tests.training.conftest import TILE_PX  # noqa: E402
from training.errors import TrainingError  # noqa: E402
from training.tiles import search as search_room  # noqa: E402
from training.tiles.fitting import Fit  # noqa: E402
from training.tiles.options import FitOptions, TrainOptions  # noqa: E402
from training.tiles.search import read_space, search  # noqa: E402
from training.tiles.watching import Watcher  # noqa: E402

SPACE = """
fit.learning_rate: {low: 0.0001, high: 0.01, log: true}
fit.augmentation.stain: {low: 0, high: 0.4}
input_px: [32, 48]
"""


@pytest.fixture
def space(tmp_path: Path) -> Path:
    path = tmp_path / "space.yaml"
    path.write_text(SPACE)
    return path


@pytest.fixture
def options(tile_file: Path, tmp_path: Path) -> TrainOptions:
    fit = FitOptions(epochs=1, batch=24, frozen_stages=0)
    return TrainOptions(
        tiles=tile_file,
        out=tmp_path / "search",
        network="test_efficientnet",
        tile_px=TILE_PX,
        input_px=32,
        fit=fit,
        threads=1,
    )


def pretend(monkeypatch: pytest.MonkeyPatch, tried: list[TrainOptions]) -> None:
    """Trainings that take no time, and are the better the nearer the rate is to 0.001."""

    def quick(options: TrainOptions, *_: object, watcher: Watcher) -> tuple[Fit, str]:
        tried.append(options)
        auc = 1 / (1 + abs(options.fit.learning_rate - 0.001))
        watcher.begin_epoch(1, 1, 1, 0)
        watcher.end_epoch(1, 0.5, auc)
        return Fit(None, (auc,), (1,)), ""  # type: ignore[arg-type]

    monkeypatch.setattr(search_room, "fit_network", quick)


def test_a_search_trains_what_it_tries(options: TrainOptions, space: Path) -> None:
    found = search(options, space, 1)
    assert found.trials == 1
    assert 0 <= found.auc <= 1
    assert set(found.values) == {"fit.learning_rate", "fit.augmentation.stain", "input_px"}
    again = TrainOptions.from_recipe(found.recipe, tiles=options.tiles, out=options.out)
    assert again.fit.learning_rate == found.values["fit.learning_rate"]
    assert again.network == "test_efficientnet"


def test_a_search_goes_on_and_keeps_the_best_of_all(
    options: TrainOptions, space: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[TrainOptions] = []
    pretend(monkeypatch, tried)
    assert search(options, space, 3).trials == 3
    found = search(options, space, 8)
    assert len(tried) == 8
    assert len({one.fit.learning_rate for one in tried}) == 8
    best = min(tried, key=lambda one: abs(one.fit.learning_rate - 0.001))
    assert found.values["fit.learning_rate"] == pytest.approx(best.fit.learning_rate)
    assert all(0.0001 <= one.fit.learning_rate <= 0.01 and one.input_px in {32, 48} for one in tried)


def test_a_trial_that_was_killed_is_begun_again_with_its_values(
    options: TrainOptions, space: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[TrainOptions] = []
    pretend(monkeypatch, tried)

    def killed(study: optuna.Study, trial: optuna.Trial, told: TrainOptions, *_: object, **__: object) -> None:
        tried.append(told)
        raise KeyboardInterrupt

    whole = search_room._try
    monkeypatch.setattr(search_room, "_try", killed)
    with pytest.raises(KeyboardInterrupt):
        search(options, space, 2)
    monkeypatch.setattr(search_room, "_try", whole)
    assert search(options, space, 2).trials == 2
    assert len(tried) == 3
    assert tried[1].fit.learning_rate == tried[0].fit.learning_rate


def test_values_that_cannot_be_trained_with_do_not_end_a_search_unless_all_are_such(
    options: TrainOptions, space: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[TrainOptions] = []
    pretend(monkeypatch, tried)
    quick = search_room.fit_network

    def sometimes(told: TrainOptions, *words: object, watcher: Watcher) -> tuple[Fit, str]:
        if len(tried) == 0:
            tried.append(told)
            raise TrainingError("The loss is no longer a number")
        return quick(told, *words, watcher=watcher)  # type: ignore[arg-type]

    def never(*_: object, **__: object) -> tuple[Fit, str]:
        raise TrainingError("The loss is no longer a number")

    monkeypatch.setattr(search_room, "fit_network", sometimes)
    assert search(options, space, 2).values["fit.learning_rate"] == pytest.approx(tried[1].fit.learning_rate)
    monkeypatch.setattr(search_room, "fit_network", never)
    with pytest.raises(TrainingError, match="none of 2 trials came to an end"):
        search(options.model_copy(update={"name": "other"}), space, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fit.speed: [1, 2]", "no field 'fit.speed'"),
        ("fit.epochs.more: [1]", "no field 'fit.epochs.more'"),
        ("input_px: [-5]", "input_px"),
        ("fit.learning_rate: 3", "no search space"),
        ("just words", "no search space"),
    ],
)
def test_a_wrong_space_is_told_before_anything_is_trained(
    options: TrainOptions, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    with pytest.raises(TrainingError, match=said):
        search(options, path, 1)


def test_an_absent_space_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"absent\.yaml"):
        read_space(tmp_path / "absent.yaml")
