"""Runs a program and measures it whole: wall-clock and CPU seconds, its children's too, and its peak memory."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

_LAUNCH = Path(__file__).with_name("launch.py")


class Measured(BaseModel):
    """One run of a program, from its start to its end, with all that it started."""

    model_config = ConfigDict(frozen=True)

    wall_s: float
    cpu_s: float
    """User and system time of the process and of all its children."""
    peak_mb: float
    """Peak resident memory of the largest of these processes, MB (10^6 bytes)."""


def run_measured(
    command: Sequence[str | Path], log: Path, variables: Mapping[str, str] | None = None
) -> tuple[Measured, str]:
    """Runs `command` and returns its measures and its standard output; standard error goes to the file `log`.

    Raises SystemExit with the end of the log where the program fails.
    """
    record = log.with_suffix(".json")
    with log.open("wb") as stderr:
        done = subprocess.run(
            [sys.executable, "-I", str(_LAUNCH), str(record), *(str(word) for word in command)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, **(variables or {})},
            check=False,
        )
    if done.returncode:
        tail = "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-20:])
        raise SystemExit(f"{command[0]} ended with {done.returncode}:\n{tail}")
    used = {name: round(value, 2) for name, value in json.loads(record.read_text("utf-8")).items()}
    return Measured.model_validate(used), done.stdout.decode("utf-8")
