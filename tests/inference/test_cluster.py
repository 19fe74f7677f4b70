"""A cohort on a cluster: a real scheduler and two worker processes on this machine, one of them killed on the way."""

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from inference import cluster
from inference.cluster import ClusterError, score_on_cluster
from inference.engines.onnx_cpu import OnnxEngine
from inference.pipeline import score_slides
from inference.results import SlideResult
from inference.settings import ScoreSettings
from models.registry import Model
from tests.support.dask_cluster import Cluster
from tests.support.slides import make_slide
from tests.support.tiny_model import make_tiny_model

pytest.importorskip("distributed", reason="skipped: the extra `cluster` is not installed")

TIMED = {"seconds", "result", "trace"}


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(tmp_path, stack)


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return make_tiny_model(tmp_path / "tiny")


def plain(results: Iterator[tuple[Path, SlideResult]]) -> dict[str, dict[str, object]]:
    return {path.name: result.model_dump(exclude=TIMED) for path, result in results}


def test_a_worker_killed_in_the_middle_loses_no_slide_and_changes_no_result(
    dask: Cluster, model: Model, tmp_path: Path
) -> None:
    paths = [make_slide(tmp_path / f"{seed}.svs", seed=seed, dark=seed % 2 == 0) for seed in range(3)]
    for copy in range(9):
        paths.append(tmp_path / f"copy {copy}.svs")
        paths[-1].symlink_to(paths[copy % 3])
    (tmp_path / "bad.svs").write_bytes(b"II*\0 not a slide")
    paths.append(tmp_path / "bad.svs")
    settings = ScoreSettings()
    here = plain(score_slides(paths, model, OnnxEngine(model), tmp_path / "here", settings))
    there: dict[str, dict[str, object]] = {}
    for path, result in score_on_cluster(paths, model, "cpu", tmp_path / "there", settings, dask.address):
        there[path.name] = result.model_dump(exclude=TIMED)
        if len(there) == 2:
            dask.workers[0].send_signal(signal.SIGKILL)
        if result.status == "scored":
            assert (Path(result.result or "") / "tiles.parquet").exists()
    assert there == here
    assert there["bad.svs"]["status"] == "failed"


def test_a_cluster_without_workers_is_a_named_error(
    dask: Cluster, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 1)
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.2)
    for worker in dask.workers:
        worker.kill()
        worker.wait()
    with pytest.raises(ClusterError, match="has no workers: start some with `dask worker"):
        list(score_on_cluster([tmp_path / "a.svs"], model, "cpu", tmp_path, ScoreSettings(), dask.address))


@pytest.mark.parametrize(
    ("address", "said"), [("nowhere", "is no address"), ("tcp://127.0.0.1:9", "no Dask scheduler answers")]
)
def test_an_address_where_nothing_answers_is_a_named_error(
    address: str, said: str, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ClusterError, match=said):
        list(score_on_cluster([tmp_path / "a.svs"], model, "cpu", tmp_path, ScoreSettings(), address))


def test_without_the_extra_it_says_what_to_install(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'forrang\[cluster\]'"):
        list(score_on_cluster([tmp_path / "a.svs"], model, "cpu", tmp_path, ScoreSettings(), "tcp://127.0.0.1:9"))


def test_a_slide_that_workers_die_over_has_failed_with_a_reason(model: Model, tmp_path: Path) -> None:
    from distributed.scheduler import KilledWorker

    from inference.job import Job

    class Future:
        def result(self) -> SlideResult:
            raise KilledWorker("a task", "a worker", 3)

    with pytest.raises(cluster._GivenUpError):
        cluster._answer(Future(), "tcp://127.0.0.1:9")
    found = cluster._given_up(tmp_path / "a.svs", Job(model, OnnxEngine(model), tmp_path, ScoreSettings()))
    assert (found.status, found.score) == ("failed", None)
    assert "died over it again and again" in (found.reason or "")
