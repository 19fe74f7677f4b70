"""`forrang serve` for a test: in a home of its own, on a free port of this machine, ended afterwards."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def environment(home: Path, **told: str) -> dict[str, str]:
    """This process's own, with `home` for Forrang's and nothing else of its settings."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("FORRANG_", "STREAMLIT_"))}
    return others | {"FORRANG_HOME": str(home)} | told


def forrang(home: Path, *arguments: str) -> None:
    """Runs the command line in a home; a worker that found a broken slide ends with 1."""
    command = [sys.executable, "-m", "cli", *arguments]
    done = subprocess.run(command, env=environment(home), cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr


@contextmanager
def served(home: Path, **told: str) -> Iterator[str]:
    """The app's address. told: further variables of its environment."""
    command = [sys.executable, "-m", "cli", "serve", "--port", "0", "--no-worker"]
    around = environment(home, **told)
    with subprocess.Popen(command, env=around, cwd=home, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        try:
            assert found, "forrang serve did not say where it answers"
            yield found.group()
        finally:
            server.terminate()
            server.stdout.read()
