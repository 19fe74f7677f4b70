"""Compiled code is made once on a machine: whoever else needs it waits, and finds it in the cache."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from planner.engine.jit import HAS_NUMBA, cache_folder
from planner.holding import held
from tests.conftest import PROJECT

pytestmark = pytest.mark.skipif(not HAS_NUMBA, reason="skipped: nothing is compiled without numba")

ONE_OF_THEM = """
from planner.engine.jit import compile_once, jit

@jit
def twice(number):
    return 2 * number

print("ready", flush=True)
compile_once(twice, 1)
assert twice(21) == 42
print(sum(twice.stats.cache_misses.values()), flush=True)
"""


def test_of_two_processes_one_compiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    script = tmp_path / "one_of_them.py"
    script.write_text(ONE_OF_THEM, "utf-8")
    cache_folder().mkdir(parents=True)
    around = os.environ | {"PYTHONPATH": str(PROJECT)}
    command = [sys.executable, str(script)]
    with (
        subprocess.Popen(command, env=around, stdout=subprocess.PIPE, text=True) as one,
        subprocess.Popen(command, env=around, stdout=subprocess.PIPE, text=True) as other,
    ):
        assert one.stdout is not None
        assert other.stdout is not None
        with held(cache_folder() / "turn"):
            assert one.stdout.readline() == other.stdout.readline() == "ready\n"
        assert sorted((int(one.stdout.read()), int(other.stdout.read()))) == [0, 1]


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(tmp_path: Path) -> None:
    script = tmp_path / "one_of_them.py"
    script.write_text(ONE_OF_THEM, "utf-8")
    (tmp_path / "a file").touch()
    around = os.environ | {"PYTHONPATH": str(PROJECT), "XDG_CACHE_HOME": str(tmp_path / "a file")}
    done = subprocess.run([sys.executable, str(script)], env=around, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
