"""Tiles in another patient's stain keep their structure and take his colours; what has no stain stays."""

import numpy as np
import numpy.typing as npt
import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

from training.data.tile_set import TileSet  # noqa: E402
from training.tiles.options import Augmentation, FitOptions  # noqa: E402
from training.tiles.parallel import Team  # noqa: E402
from training.tiles.restaining import restain  # noqa: E402
from training.tiles.steps import Task  # noqa: E402

PURPLE, PINK = np.array([0.65, 0.70, 0.29]), np.array([0.10, 0.95, 0.30])
BLUE, ORANGE = np.array([0.75, 0.60, 0.15]), np.array([0.05, 0.75, 0.65])


def stained(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64], n: int, seed: int) -> TileSet:
    """Tiles of one patient, in two stains whose amounts differ from pixel to pixel."""
    rng = np.random.default_rng(seed)
    amounts = rng.gamma(2.0, 0.35, (n, 16, 16, 2))
    density = amounts[..., :1] * first + amounts[..., 1:] * second
    tiles = np.clip(240 * np.exp(-density), 0, 255).astype(np.uint8)
    return TileSet(tiles, np.arange(n, dtype=np.int64) % 2, np.full(n, f"patient {seed}"))


def both(one: TileSet, other: TileSet) -> TileSet:
    return TileSet(
        np.concatenate([one.tiles, other.tiles]),
        np.concatenate([one.labels, other.labels]),
        np.concatenate([one.patients, other.patients]),
    )


def test_two_patients_change_colours_and_keep_their_structure() -> None:
    train = both(stained(PURPLE, PINK, 6, 1), stained(BLUE, ORANGE, 6, 2))
    changed = restain(train, seed=1)
    colour = train.tiles.reshape(12, -1, 3).mean(1).reshape(2, 6, 3).mean(1)
    new = changed.reshape(12, -1, 3).mean(1).reshape(2, 6, 3).mean(1)
    assert np.linalg.norm(new[0] - colour[1]) < 0.3 * np.linalg.norm(colour[0] - colour[1])
    assert np.linalg.norm(new[1] - colour[0]) < 0.3 * np.linalg.norm(colour[0] - colour[1])
    grey, new_grey = train.tiles.mean(-1).reshape(12, -1), changed.mean(-1).reshape(12, -1)
    assert min(np.corrcoef(one, other)[0, 1] for one, other in zip(grey, new_grey, strict=True)) > 0.8
    assert np.array_equal(changed, restain(train, seed=1))


def test_glass_and_a_single_patient_stay_as_they_are() -> None:
    alone = stained(PURPLE, PINK, 4, 1)
    assert np.array_equal(restain(alone, seed=1), alone.tiles)
    glass = TileSet(np.full((3, 16, 16, 3), 245, np.uint8), np.zeros(3, np.int64), np.full(3, "glass"))
    train = both(alone, glass)
    assert np.array_equal(restain(train, seed=1), train.tiles)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_only_the_asked_for_share_is_shown_in_another_stain_and_the_tiles_themselves_stay(share: float) -> None:
    train = both(stained(PURPLE, PINK, 50, 1), stained(BLUE, ORANGE, 50, 2))
    before = train.tiles.copy()
    options = FitOptions(augmentation=Augmentation(restained_share=share))
    other = np.full_like(train.tiles, 7)
    task = Task(train, options, 1.0, torch.float32, Team(0, 1, torch.device("cpu")), other)
    shown = task.tiles(np.arange(100), torch.Generator().manual_seed(0))
    changed = float(np.mean((shown == 7).all((1, 2, 3))))
    assert abs(changed - share) < 0.12
    assert np.array_equal(train.tiles, before)
