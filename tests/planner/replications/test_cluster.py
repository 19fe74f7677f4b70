"""A cluster: a real scheduler and two worker processes on this machine, one of them killed in the middle of a run."""

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from planner.errors import ClusterError
from planner.replications import cluster, task
from planner.replications.replicate import replicate
from planner.replications.task import Task
from planner.scenario.scenario import Scenario
from tests.support.dask_cluster import Cluster
from tests.support.planner_scenarios import single_queue

pytest.importorskip("distributed", reason="skipped: the extra `cluster` is not installed")

QUEUE = single_queue(days=40)
REPLICATIONS = 24


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(tmp_path, stack)


def numbers(scenario: Scenario, address: str | None, on_progress: object = None) -> list[str]:
    """Everything that the replications found."""
    found = replicate(scenario, REPLICATIONS, jobs=1, cluster=address, on_progress=on_progress)
    assert not found.interrupted, found.notes
    return [repr((one.replication, sorted(one.figures.items()))) for one in found.summaries]


def test_a_worker_killed_in_the_middle_loses_no_replication_and_changes_no_number(dask: Cluster) -> None:
    killed: list[int] = []

    def kill_one(done: int, wanted: int, note: str) -> None:
        if done >= 5 and not killed:
            dask.workers[0].send_signal(signal.SIGKILL)
            killed.append(dask.workers[0].wait())

    assert numbers(QUEUE, dask.address, kill_one) == numbers(QUEUE, None)
    assert killed == [-signal.SIGKILL]
    assert dask.workers[1].poll() is None


def test_a_cluster_without_workers_is_a_named_error(dask: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 1)
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.2)
    for worker in dask.workers:
        worker.kill()
        worker.wait()
    with pytest.raises(ClusterError, match="has no workers: start some with `dask worker"):
        replicate(QUEUE, 2, cluster=dask.address)


def test_a_scheduler_that_is_lost_in_the_middle_leaves_what_is_finished(
    dask: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.5)

    def kill_it(done: int, wanted: int, note: str) -> None:
        if done == 3:
            dask.scheduler.kill()
            dask.scheduler.wait()

    found = replicate(QUEUE, 500, cluster=dask.address, on_progress=kill_it)
    assert 3 <= len(found.summaries) < 500
    assert "the scheduler at" in found.notes[0]


def test_a_scheduler_that_does_not_answer_is_a_named_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ClusterError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        replicate(QUEUE, 2, cluster="tcp://127.0.0.1:9")


def test_an_address_that_is_none_is_a_named_error() -> None:
    with pytest.raises(ClusterError, match="nowhere"):
        replicate(QUEUE, 2, cluster="nowhere://")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'forrang\[cluster\]'"):
        replicate(QUEUE, 2, cluster="tcp://127.0.0.1:9")


def test_a_worker_with_another_version_refuses() -> None:
    with pytest.raises(ClusterError, match="install the same version"):
        task.run_task(Task(0, QUEUE.model_dump_json(), 1, 0, "0.0.0"))
