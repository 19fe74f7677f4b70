"""`forrang serve` as a department with one machine runs it: a worker beside the app, and none left behind."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from worklist.jobs.desk import workers
from worklist.store.store import Store

pytestmark = pytest.mark.e2e


def until(wanted: Callable[[], object]) -> None:
    for _ in range(600):
        if wanted():
            return
        time.sleep(0.2)
    raise AssertionError("waited two minutes for it")


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text("ascii")
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_worker_runs_beside_the_app_comes_back_when_it_dies_and_ends_with_it(
    tmp_path: Path, how: signal.Signals
) -> None:
    others = {name: value for name, value in os.environ.items() if not name.startswith(("FORRANG_", "STREAMLIT_"))}
    store = Store(f"sqlite:///{tmp_path / 'worklist.db'}")

    def pids() -> list[int]:
        """Of the workers that signed in and are there; a name is machine:process."""
        named = [int(it.worker.rpartition(":")[2]) for it in workers(store)]
        return [pid for pid in named if is_running(pid)]

    command = [sys.executable, "-m", "cli", "serve", "--port", "0"]
    environment = others | {"FORRANG_HOME": str(tmp_path)}
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as app:
        assert app.stdout is not None
        assert re.search(r"http://127\.0\.0\.1:\d+", app.stdout.readline())
        until(pids)
        (first,) = pids()
        os.kill(first, signal.SIGKILL)
        until(lambda: pids() and first not in pids())
        (second,) = pids()
        app.send_signal(how)
        app.stdout.read()
    until(lambda: not is_running(second))
    assert all(it.worker.rpartition(":")[2] != str(second) for it in workers(store))
    store.close()
