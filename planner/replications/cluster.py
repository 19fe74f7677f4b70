"""Tasks on a Dask cluster: what a dying worker had in hand is done again by another, so that none is lost."""

import time
from collections.abc import Generator, Sequence
from concurrent.futures import CancelledError
from importlib import import_module
from typing import Any

from planner.errors import ClusterError
from planner.replications.task import Done, Task, run_task

CONNECT_SECONDS = 10
LOOK_SECONDS = 2
"""How often it is looked whether there are still workers."""
PATIENCE_SECONDS = 60
"""How long a cluster may be without any."""


def run_on_cluster(tasks: Sequence[Task], address: str) -> Generator[Done]:
    """Runs tasks on the workers of the Dask scheduler at `address`, such as tcp://127.0.0.1:8786.

    Raises ClusterError where the extra is missing, no scheduler answers, it has no workers, or they lack Forrang.
    """
    if "://" not in address:
        raise ClusterError(f"{address!r} is no address of a scheduler: give one such as tcp://127.0.0.1:8786")
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise ClusterError("a cluster needs Dask distributed: pip install 'forrang[cluster]'") from error
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {address}: start one with `dask scheduler`, and give its address"
        ) from error
    with client:
        pending = set(client.map(run_task, tasks, pure=False))
        seen = time.monotonic()
        while pending:
            try:
                with client.as_current():
                    finished = distributed.wait(pending, LOOK_SECONDS, "FIRST_COMPLETED").done
            except TimeoutError:
                finished = set()
            except CancelledError as error:
                raise ClusterError(f"the scheduler at {address} was lost: {str(error).splitlines()[0]}") from error
            if finished or _has_workers(client, address):
                seen = time.monotonic()
            elif time.monotonic() - seen > PATIENCE_SECONDS:
                raise ClusterError(f"the cluster at {address} has no workers: start some with `dask worker {address}`")
            pending -= finished
            for future in finished:
                yield _answer(future, address)


def _has_workers(client: Any, address: str) -> bool:
    try:
        return bool(client.nthreads())
    except (OSError, TimeoutError) as error:
        raise ClusterError(f"the scheduler at {address} does not answer any more: {error}") from error


def _answer(future: Any, address: str) -> Done:
    from distributed.scheduler import KilledWorker

    try:
        done: Done = future.result()
    except KilledWorker as error:
        raise ClusterError(
            f"workers at {address} died again and again, most often for want of memory: give them more of it"
        ) from error
    except ImportError as error:
        raise ClusterError(f"a worker at {address} cannot load Forrang ({error}): install it there too") from error
    except (CancelledError, OSError) as error:
        raise ClusterError(f"the scheduler at {address} was lost: {error}") from error
    return done
