"""The worker beside the app: started again when it dies, ended with the app, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from worklist.service import KeptWorker, Rests

QUICK = Rests(first_s=0.01, longest_s=0.05)
PROJECT = Path(__file__).resolve().parents[2]

WORKER = """
import pathlib, signal, sys, time
from worklist.service import end_with_parent
def end(*_):
    pathlib.Path(sys.argv[1], "ended cleanly").touch()
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
end_with_parent(grace_s=30)
with pathlib.Path(sys.argv[1], "started").open("a") as file:
    file.write(".")
while True:
    time.sleep(0.02)
"""
APP = """
import pathlib, sys, time
from worklist.service import KeptWorker
with KeptWorker([sys.executable, "-c", sys.argv[1], sys.argv[2]]) as kept:
    while not pathlib.Path(sys.argv[2], "started").exists():
        time.sleep(0.02)
    pathlib.Path(sys.argv[2], "worker").write_text(str(kept.pid))
    time.sleep(600)
"""


def until(wanted: Callable[[], object]) -> None:
    for _ in range(1500):
        if wanted():
            return
        time.sleep(0.04)
    raise AssertionError("waited a minute for it")


def starts(folder: Path) -> int:
    return len((folder / "started").read_text()) if (folder / "started").exists() else 0


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


@pytest.fixture
def worker() -> list[str]:
    return [sys.executable, "-c", WORKER]


def test_a_worker_that_was_killed_is_started_again_and_the_last_one_ends_cleanly(
    worker: list[str], tmp_path: Path
) -> None:
    with KeptWorker([*worker, str(tmp_path)], QUICK) as kept:
        for number in range(1, 4):
            until(lambda wanted=number: starts(tmp_path) == wanted)  # type: ignore[misc]
            assert kept.pid is not None
            last = kept.pid
            if number < 3:
                os.kill(last, signal.SIGKILL)
                until(lambda dead=last: kept.pid != dead)  # type: ignore[misc]
    assert (tmp_path / "ended cleanly").exists()
    assert not is_running(last)


def test_a_worker_that_will_not_end_is_killed(tmp_path: Path) -> None:
    stubborn = (
        "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
    )
    with KeptWorker([sys.executable, "-c", stubborn, str(tmp_path / "up")], QUICK, grace_s=0.2) as kept:
        until((tmp_path / "up").exists)
        pid = kept.pid
    assert pid is not None
    assert not is_running(pid)


def test_a_worker_that_was_asked_to_end_is_left_alone(tmp_path: Path) -> None:
    done = "import pathlib, sys; pathlib.Path(sys.argv[1]).open('a').write('.')"
    with KeptWorker([sys.executable, "-W", "ignore", "-c", done, str(tmp_path / "log")], QUICK) as kept:
        until(lambda: (tmp_path / "log").exists() and not kept.is_kept)
    assert (tmp_path / "log").read_text() == "."


def test_a_worker_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    program = tmp_path / "program"
    with KeptWorker([str(program), str(tmp_path)], QUICK):
        program.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{WORKER}' {tmp_path}\n")
        program.chmod(0o700)
        until(lambda: starts(tmp_path))
    assert (tmp_path / "ended cleanly").exists()


def test_a_worker_that_dies_again_and_again_rests_longer_each_time() -> None:
    assert [Rests().after(deaths) for deaths in (1, 2, 3, 7, 1000)] == [1, 2, 4, 60, 60]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_its_app_however_that_ends(how: signal.Signals, tmp_path: Path) -> None:
    app = APP.replace(
        "import pathlib", "from worklist.service import end_on_sigterm\nend_on_sigterm()\nimport pathlib", 1
    )
    process = subprocess.Popen(
        [sys.executable, "-c", app, WORKER, str(tmp_path)],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    until((tmp_path / "worker").exists)
    until(lambda: (tmp_path / "worker").read_text())
    pid = int((tmp_path / "worker").read_text())
    process.send_signal(how)
    process.communicate()
    until(lambda: not is_running(pid))
    assert (tmp_path / "ended cleanly").exists()
