"""A run that is killed in the middle of an epoch goes on from its checkpoint and ends with the same bits."""

import hashlib
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

from safetensors.torch import save_file  # noqa: E402

from tests.training.conftest import TILE_PX  # noqa: E402
from training.data.tile_set import read_tiles  # noqa: E402
from training.errors import TrainingError  # noqa: E402
from training.tiles.checkpoints import Progress, read_progress, write_checkpoint  # noqa: E402
from training.tiles.fitting import Fit  # noqa: E402
from training.tiles.options import FitOptions, TrainOptions  # noqa: E402
from training.tiles.runs import check_unfinished, fit_on_split, run_folder  # noqa: E402

FIT = FitOptions(
    epochs=3, batch=12, micro_batch=6, learning_rate=3e-3, frozen_stages=1, keep_epochs=2, checkpoint_steps=2
)
KILLED = """
import os, signal, sys
from pathlib import Path
from training.data.tile_set import read_tiles
from training.tiles.options import TrainOptions
from training.tiles.runs import fit_network, run_folder, keeping_in
from training.tiles.watching import Watcher

class Killer(Watcher):
    def step(self, number, loss, learning_rate):
        if number == {step}:
            os.kill(os.getpid(), signal.SIGKILL)

options = TrainOptions.model_validate_json(sys.argv[1])
data = read_tiles(options.tiles, ("train", "val"), options.tile_px)
fit_network(options, data["train"], data["val"], keeping_in(run_folder(options), options, resume=False), Killer())
"""


def options_for(tiles: Path, out: Path) -> TrainOptions:
    return TrainOptions(
        tiles=tiles,
        out=out,
        name="cut-off",
        network="test_efficientnet",
        tile_px=TILE_PX,
        input_px=32,
        fit=FIT,
        threads=1,
    )


def run(options: TrainOptions, *, resume: bool) -> Fit:
    data = read_tiles(options.tiles, ("train", "val"), options.tile_px)
    return fit_on_split(options, data, resume=resume, processes=1, curves=None)[0]


def bits_of(fitted: Fit) -> str:
    found = hashlib.sha256()
    for name, value in sorted(fitted.network.net.state_dict().items()):
        found.update(name.encode() + value.contiguous().numpy().tobytes())
    return found.hexdigest()


def kill_at(step: int, options: TrainOptions) -> None:
    code = KILLED.format(step=step)
    done = subprocess.run([sys.executable, "-c", code, options.model_dump_json()], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]


@pytest.fixture(scope="module")
def undisturbed(tile_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return bits_of(run(options_for(tile_file, tmp_path_factory.mktemp("whole")), resume=False))


def test_after_kill_minus_nine_in_mid_epoch_the_final_weights_are_the_same_bits(
    tile_file: Path, tmp_path: Path, undisturbed: str
) -> None:
    options = options_for(tile_file, tmp_path)
    kill_at(6 + 4, options)  # the fifth of six steps of the second epoch; the last checkpoint is a step older
    progress = read_progress(run_folder(options) / "checkpoint.safetensors")
    assert (progress.epoch, progress.step) == (1, 4)
    fitted = run(options, resume=True)
    assert len(fitted.validation_auc) == 3
    assert bits_of(fitted) == undisturbed


def test_a_kill_in_the_second_of_two_fits_leaves_the_first_done_and_their_mean_the_same(
    tile_file: Path, tmp_path: Path
) -> None:
    short = FIT.model_copy(update={"epochs": 1, "seed": 5})
    whole, cut_off = (
        options_for(tile_file, tmp_path / name).model_copy(update={"fit": short, "mixed_with": (FIT,)})
        for name in ("whole", "cut-off")
    )
    mean = run(whole, resume=False)
    assert len(mean.validation_auc) == 1 + 3
    assert min(mean.kept) == 1 < max(mean.kept) <= 4
    kill_at(6 + 4, cut_off)  # the first fit has six steps in all
    assert bits_of(run(cut_off, resume=True)) == bits_of(mean)


def test_the_weights_of_mixed_fits_are_the_mean_of_each_ones(tile_file: Path, tmp_path: Path) -> None:
    other = FIT.model_copy(update={"seed": 5})
    plain = options_for(tile_file, tmp_path / "plain")
    first = run(plain, resume=False).network.net.state_dict()
    second = run(plain.model_copy(update={"out": tmp_path / "other", "fit": other}), resume=False)
    mixed = run(plain.model_copy(update={"out": tmp_path / "mixed", "mixed_with": (other,)}), resume=False)
    for name, value in mixed.network.net.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(value, (first[name] + second.network.net.state_dict()[name]) / 2)


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Lets the system refuse what goes over this size in a file, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def progress(step: int, **run: object) -> Progress:
    return Progress(run={"options": {"network": "a", **run}}, step=step, micro_batch=4)


def test_a_full_disk_leaves_the_last_good_checkpoint_and_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    write_checkpoint(path, progress(1), {"weights": torch.zeros(10)})
    with no_room_beyond(4096), pytest.raises(TrainingError, match="The last good one stays"):
        write_checkpoint(path, progress(2), {"weights": torch.ones(100_000)})
    assert read_progress(path).step == 1
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_training_goes_on_without_room_for_checkpoints(tile_file: Path, tmp_path: Path, undisturbed: str) -> None:
    options = options_for(tile_file, tmp_path)
    with no_room_beyond(4096):
        assert bits_of(run(options, resume=False)) == undisturbed
    assert not (run_folder(options) / "checkpoint.safetensors").exists()


def test_what_a_kill_left_half_written_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    write_checkpoint(path, progress(1), {"weights": torch.zeros(10)})
    path.with_suffix(".unfinished").write_bytes(path.read_bytes()[:50])
    assert read_progress(path).step == 1
    write_checkpoint(path, progress(2), {"weights": torch.zeros(10)})
    assert read_progress(path).step == 2
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_other_options_or_tiles_are_refused_by_name(tile_file: Path, tmp_path: Path) -> None:
    options = options_for(tile_file, tmp_path)
    one_epoch = options.model_copy(update={"fit": FIT.model_copy(update={"epochs": 1})})
    run(one_epoch, resume=False)
    with pytest.raises(TrainingError, match=r"its options\.fit\.epochs is 1, and this run's is 3"):
        run(options, resume=True)
    other = one_epoch.model_copy(update={"network": "test_resnet"})
    with pytest.raises(TrainingError, match=r"its options\.network is 'test_efficientnet'"):
        run(other, resume=True)


def test_an_unfinished_run_is_not_overwritten_by_mistake(tmp_path: Path) -> None:
    assert not check_unfinished(tmp_path, resume=False)
    assert not check_unfinished(tmp_path, resume=True)
    write_checkpoint(tmp_path / "checkpoint.safetensors", progress(1), {"weights": torch.zeros(10)})
    assert check_unfinished(tmp_path, resume=True)
    with pytest.raises(TrainingError, match="--resume"):
        check_unfinished(tmp_path, resume=False)


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", b"\x02\0\0\0\0\0\0\0{}"])
def test_a_file_that_is_no_checkpoint_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(content)
    with pytest.raises(TrainingError, match=r"checkpoint\.safetensors.*Start without --resume"):
        read_progress(path)


def test_weights_of_another_kind_are_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    save_file({"weights": torch.zeros(3)}, path)
    with pytest.raises(TrainingError, match="not a checkpoint"):
        read_progress(path)
