"""Slides scored on a Dask cluster, each a task of its own; results go to a folder that every machine of it shares.

What a dying worker had in hand is done again by another. A slide over which workers die again and again has failed,
with a reason, and stops no other.
"""

import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from inference.engines.choose import Device, make_engine
from inference.engines.engine import Engine
from inference.job import Job
from inference.outcome import outcome
from inference.pipeline import score_slide
from inference.results import SlideResult
from inference.settings import ScoreSettings
from models.errors import ForrangError
from models.registry import Model, load_model

CONNECT_SECONDS: Final = 10
LOOK_SECONDS: Final = 2
"""How often it is looked whether there are still workers."""
PATIENCE_SECONDS: Final = 60
"""How long a cluster may be without any."""


class ClusterError(ForrangError):
    """The cluster cannot be used."""

    exit_status = 1


class _GivenUpError(Exception):
    """Workers died over the slide again and again."""


def score_on_cluster(
    paths: Sequence[Path], model: Model, device: Device, out: Path, settings: ScoreSettings, address: str
) -> Generator[tuple[Path, SlideResult], None, None]:
    """Scores slides on the workers of the Dask scheduler at `address`; yields each as soon as its result is whole.

    Slides, the model's folder and `out` are reached by the same absolute paths on every machine. The results are those
    of `score_slides`. Raises ClusterError where the extra is missing, no scheduler answers, it has no workers for a
    minute, or they lack this version of Forrang.
    """
    client = _connect(address)
    folder, out = model.folder.absolute(), out.absolute()
    with client:
        given = [path.absolute() for path in paths]
        told = (str(folder), model.weights_sha256(), device, str(out), settings, version("forrang"))
        futures = [client.submit(score_one, str(path), *told, pure=False) for path in given]
        pending = dict(zip(futures, paths, strict=True))
        for future in _as_they_end(client, set(futures), address):
            path = pending.pop(future)
            try:
                yield path, _answer(future, address)
            except _GivenUpError:
                yield path, _given_up(path, Job(model, make_engine(model, "cpu"), out, settings))


def score_one(
    path: str, folder: str, weights_sha256: str, device: Device, out: str, settings: ScoreSettings, forrang: str
) -> SlideResult:
    """One task, on a worker: one slide, with an engine that the worker keeps for the next."""
    if version("forrang") != forrang:
        raise ImportError(f"it has Forrang {version('forrang')}, the order comes from {forrang}")
    model, engine = _engine(folder, weights_sha256, device)
    return score_slide(Path(path), model, engine, Path(out), settings)


@lru_cache(maxsize=1)
def _engine(folder: str, weights_sha256: str, device: Device) -> tuple[Model, Engine]:
    model = load_model(Path(folder))
    if model.weights_sha256() != weights_sha256:
        raise ClusterError(f"{folder}: holds another model there than where the order was given; share the folder")
    return model, make_engine(model, device)


def _connect(address: str) -> Any:
    if "://" not in address:
        raise ClusterError(f"{address!r} is no address of a scheduler: give one such as tcp://127.0.0.1:8786")
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise ClusterError("a cluster needs Dask distributed: pip install 'forrang[cluster]'") from error
    try:
        return distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {address}: start one with `dask scheduler`, and give its address"
        ) from error


def _as_they_end(client: Any, pending: set[Any], address: str) -> Iterator[Any]:
    distributed: Any = import_module("distributed")
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
        yield from finished


def _has_workers(client: Any, address: str) -> bool:
    try:
        return bool(client.nthreads())
    except (OSError, TimeoutError) as error:
        raise ClusterError(f"the scheduler at {address} does not answer any more: {error}") from error


def _answer(future: Any, address: str) -> SlideResult:
    from distributed.scheduler import KilledWorker

    try:
        result: SlideResult = future.result()
    except KilledWorker as error:
        raise _GivenUpError from error
    except ImportError as error:
        raise ClusterError(
            f"a worker at {address} cannot score ({error}): install the same version of Forrang there"
        ) from error
    except (CancelledError, OSError) as error:
        raise ClusterError(f"the scheduler at {address} was lost: {error}") from error
    return result


def _given_up(path: Path, job: Job) -> SlideResult:
    reason = (
        f"{path.name}: workers of the cluster died over it again and again, most often for want of memory;"
        " score it alone on a machine with more, or copy the file again from the scanner"
    )
    return outcome(job, path, time.perf_counter(), "failed", reason)
