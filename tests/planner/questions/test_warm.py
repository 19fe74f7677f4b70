"""Questions answered by copies of a process that has loaded the planner: quick, apart, and not lost when it dies."""

import os
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from planner.questions import folder
from planner.questions.folder import Asked, ask, asked
from planner.questions.question import Progress, Question
from planner.questions.warm import WarmProcess
from planner.shelf import take

PATIENCE_S = 180


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path))


def asked_now() -> Asked:
    return ask(
        Question(
            kind="run",
            scenarios=(take("single-queue").text,),
            titles=("single-queue",),
            asked_by="Ida",
            asked_utc=datetime.now(UTC),
            replications=2,
        )
    )


def ended(question_id: str) -> Progress:
    patient_until = time.monotonic() + PATIENCE_S
    while (found := asked(question_id).progress).is_open and time.monotonic() < patient_until:
        time.sleep(0.1)
    return found


def test_copies_answer_one_after_the_other_and_when_it_is_killed_a_process_of_its_own_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[Path] = []
    run = subprocess.Popen
    monkeypatch.setattr(folder.subprocess, "Popen", lambda *told, **how: started.append(told[0]) or run(*told, **how))
    with WarmProcess() as warm:
        monkeypatch.setattr(folder, "WARM", warm)
        warm.get_ready()
        pid, before = warm.pid, len(started)
        assert pid is not None
        for it in (asked_now(), asked_now()):
            assert ended(it.id).state == "done", (it.folder / "log.txt").read_text("utf-8")
        assert len(started) == before
        assert warm.pid == pid
        os.kill(pid, signal.SIGKILL)
        while warm.pid is not None:
            time.sleep(0.05)
        it = asked_now()
        assert ended(it.id).state == "done", (it.folder / "log.txt").read_text("utf-8")
        assert len(started) == before + 1
        warm.get_ready()
        assert warm.pid is None


def test_it_ends_with_whoever_started_it_however_that_ended() -> None:
    with WarmProcess() as warm:
        warm.get_ready()
        process, line = warm._process, warm._line
        assert process is not None
        assert line is not None
        line.close()
        assert process.wait(PATIENCE_S) == 0


def test_it_ends_with_the_server_and_none_is_started_without_one() -> None:
    warm = WarmProcess()
    warm.get_ready()
    assert warm.pid is None
    with warm:
        warm.get_ready()
        process = warm._process
        assert process is not None
    assert process.wait(PATIENCE_S) == 0
    assert not warm.answer(Path(), 0)
