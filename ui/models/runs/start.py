"""Starts, stops and goes on with runs. What a run does is on record in its folder; who asked is on the audit trail."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from planner.holding import is_held
from ui.models.runs.holding import holder
from ui.models.runs.record import (
    ALIVE,
    LOG,
    OUTCOME,
    RUN,
    Asked,
    Outcome,
    Run,
    RunError,
    Work,
    read_run,
    runs_folder,
    write_whole,
)
from worklist.people import Act, Actor
from worklist.store.store import Store

ROOT: Final = Path(__file__).resolve().parents[3]
_END_S: Final = 10.0
"""So long a run is waited for that was told to end, before it is killed. A."""


def act_of(work: Work) -> Act:
    """What whoever asks for it must be allowed."""
    if work.kind == "feedback":
        return "export feedback"
    return "put model into use" if work.kind == "gates" else "train model"


def start(store: Store, home: Path, actor: Actor, work: Work) -> Run:
    """Starts a run in a process of its own. Raises NotAllowedError, RunError."""
    now = store.now()
    folder = runs_folder(home) / f"{now:%Y%m%dT%H%M%S}-{work.kind}-{secrets.token_hex(3)}"
    with store.acting(actor, act_of(work), details={"what": f"start {work.kind}", "run": folder.name}):
        pass
    asked = Asked(work=work, by=actor.name, role=actor.role, source=actor.source, at_utc=now)
    try:
        folder.mkdir(parents=True)
        write_whole(folder / RUN, asked)
    except OSError as error:
        raise RunError(f"{folder}: the run cannot be written there ({error.strerror}).") from error
    return _launch(store, folder)


def go_on(store: Store, actor: Actor, run: Run) -> Run:
    """Goes on with a training that ended before its time. Raises NotAllowedError, RunError."""
    if not run.may_go_on or is_held(run.folder / ALIVE):
        raise RunError(f"{run.id} does not wait to be gone on with: look at it again.")
    with store.acting(actor, act_of(run.asked.work), details={"what": "go on", "run": run.id}):
        pass
    again = {"resume": True, "at_utc": store.now(), "by": actor.name, "role": actor.role, "source": actor.source}
    for name in (OUTCOME, ALIVE):
        (run.folder / name).unlink(missing_ok=True)
    write_whole(run.folder / RUN, run.asked.model_copy(update=again))
    return _launch(store, run.folder)


def stop(store: Store, actor: Actor, run: Run) -> None:
    """Ends a run; a training's checkpoint stays. One that has ended by itself stays as it ended.

    Raises NotAllowedError, RunError.
    """
    with store.acting(actor, act_of(run.asked.work), details={"what": "stop", "run": run.id}):
        pass
    _end(run.folder)
    if not (run.folder / OUTCOME).exists():
        write_whole(run.folder / OUTCOME, Outcome(state="stopped", said=actor.name, at_utc=store.now()))
    _end(run.folder)  # one that was only starting has read no outcome yet


def remove(store: Store, actor: Actor, run: Run) -> None:
    """Takes a run that is over off the list, with its files; a model that came of it stays on the shelf.

    Raises NotAllowedError, RunError.
    """
    if is_held(run.folder / ALIVE):
        raise RunError(f"{run.id} is still under way: stop it first.")
    with store.acting(actor, act_of(run.asked.work), details={"what": "remove", "run": run.id}):
        pass
    shutil.rmtree(run.folder, ignore_errors=True)


def _launch(store: Store, folder: Path) -> Run:
    command = [sys.executable, "-m", "ui.models.runs.child", str(folder)]
    try:
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  our own module
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise RunError(f"{folder}: its process cannot be started ({error.strerror}).") from error
    threading.Thread(target=process.wait, daemon=True).start()
    run = read_run(folder, store.now())
    if run is None:
        raise RunError(f"{folder}: the run cannot be read back.")
    return run


def _end(folder: Path) -> None:
    """Asks the process that holds the folder to end, and kills it where it does not."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        number = holder(folder / ALIVE)
        if number is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(number, sign)
        until = time.monotonic() + _END_S
        while is_held(folder / ALIVE) and time.monotonic() < until:
            time.sleep(0.05)
