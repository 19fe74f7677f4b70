"""A Dask cluster for tests: a real scheduler and two worker processes on this machine."""

import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


class Cluster:
    """Processes of Dask, listening on 127.0.0.1 only."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.scheduler = self.start("dask_scheduler", "--port", "0", "--no-dashboard", "--no-jupyter")
        self.address = self.wait_for_address()
        self.workers = [
            self.start("dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in range(2)
        ]

    def start(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        """Starts a process that ends with the test."""
        log = self.stack.enter_context((self.folder / f"{program}.log").open("ab"))
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", "--host", "127.0.0.1", *arguments],
            cwd=self.folder,
            env={"PYTHONPATH": str(PROJECT), "HOME": str(Path.home()), "PATH": ""},
            stdout=log,
            stderr=log,
        )
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process

    def wait_for_address(self) -> str:
        """The scheduler's address, from its log."""
        for _ in range(600):
            for line in (self.folder / "dask_scheduler.log").read_text().splitlines():
                if "Scheduler at:" in line:
                    return line.split()[-1]
            time.sleep(0.1)
        raise AssertionError((self.folder / "dask_scheduler.log").read_text())
