"""Two processes make of the same batches the network that one makes, and what fails in one of them is told."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

from tests.training.conftest import TILE_PX  # noqa: E402
from training.data.tile_set import read_tiles  # noqa: E402
from training.errors import TrainingError  # noqa: E402
from training.tiles.fitting import Fit  # noqa: E402
from training.tiles.options import FitOptions, TrainOptions  # noqa: E402
from training.tiles.parallel import Team, in_processes  # noqa: E402
from training.tiles.runs import fit_on_split  # noqa: E402

FIT = FitOptions(epochs=2, batch=16, micro_batch=6, learning_rate=3e-3, frozen_stages=0, keep_epochs=2)
"""Parts of 6, 5 and 5 tiles: one process has two of them, the other one."""


def options_for(tiles: Path, out: Path) -> TrainOptions:
    return TrainOptions(
        tiles=tiles,
        out=out,
        name="shared",
        network="test_efficientnet",
        tile_px=TILE_PX,
        input_px=32,
        drop_rate=0.3,
        drop_path_rate=0.1,
        fit=FIT,
        threads=1,
    )


def run(options: TrainOptions, processes: int) -> Fit:
    data = read_tiles(options.tiles, ("train", "val"), options.tile_px)
    return fit_on_split(options, data, resume=False, processes=processes, curves=None)[0]


def test_two_processes_end_with_the_weights_of_one(tile_file: Path, tmp_path: Path) -> None:
    alone = run(options_for(tile_file, tmp_path / "alone"), 1)
    shared = run(options_for(tile_file, tmp_path / "shared"), 2)
    assert shared.validation_auc == pytest.approx(alone.validation_auc, abs=1e-6)
    ours, theirs = alone.network.net.state_dict(), shared.network.net.state_dict()
    learnt = [name for name in ours if not name.endswith("num_batches_tracked")]
    assert max(float((ours[name] - theirs[name]).abs().max()) for name in learnt) <= 1e-6


def test_a_process_says_why_it_failed(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"absent\.parquet"):
        in_processes(_read, 1, tmp_path / "absent.parquet")


def _read(path: Path) -> None:
    read_tiles(path, ("train",), TILE_PX)


def test_a_team_of_one_sums_nothing() -> None:
    values = torch.arange(3.0)
    assert torch.equal(Team(0, 1, torch.device("cpu")).sum(values), values)
