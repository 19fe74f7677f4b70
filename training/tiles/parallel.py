"""Several processes that train one network: on one GPU each, or on CPUs. Over accelerate, which knows the devices."""

import multiprocessing
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue

import structlog
import torch
from accelerate import PartialState  # type: ignore[import-untyped]
from accelerate.utils import reduce  # type: ignore[import-untyped]
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException, start_processes

from models.errors import ForrangError
from training.errors import TrainingError


@dataclass(frozen=True)
class Team:
    """Who works on a network, and which of them this process is."""

    index: int
    size: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        """The one that writes files and talks."""
        return self.index == 0

    def sum(self, values: torch.Tensor) -> torch.Tensor:
        """The sum of everybody's tensor, the same in every process."""
        return reduce(values, "sum") if self.size > 1 else values


def join_team() -> Team:
    """This process's place among those that accelerate, torchrun or `in_processes` started; alone if nobody did."""
    state = PartialState(cpu=not torch.cuda.is_available())
    return Team(state.process_index, state.num_processes, state.device)


def in_processes(work: Callable[..., None], processes: int, *arguments: object) -> None:
    """Run `work(*arguments)` in this many new processes, which find each other through `join_team`.

    `work` and its arguments must be importable and picklable. Raises TrainingError with what the first one to fail
    said; the others are ended.
    """
    said: SimpleQueue[str] = multiprocessing.get_context("spawn").SimpleQueue()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        start_processes(_member, args=(work, processes, port, said, arguments), nprocs=processes)  # type: ignore[no-untyped-call]
    except (ProcessRaisedException, ProcessExitedException) as error:
        reason = str(error) if said.empty() else said.get()
        raise TrainingError(reason) from error


def _member(
    index: int,
    work: Callable[..., None],
    processes: int,
    port: int,
    said: "SimpleQueue[str]",
    arguments: tuple[object, ...],
) -> None:
    os.environ |= {
        "RANK": str(index),
        "LOCAL_RANK": str(index),
        "WORLD_SIZE": str(processes),
        "LOCAL_WORLD_SIZE": str(processes),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),  # until the run's own number is set
    }
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is the command's own
    try:
        work(*arguments)
    except ForrangError as error:
        said.put(str(error))
        raise
    finally:
        PartialState().destroy_process_group()
