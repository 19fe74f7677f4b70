"""Fixtures that every room's tests share."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("no stopwatch", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no stopwatch")  # a busy machine is no failure

signal.signal(signal.SIGINT, signal.default_int_handler)  # what is run in the background inherits that it is ignored

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The real slides and labelled tiles at FORRANG_DATA; the test skips where they are absent."""
    folder = Path(os.environ.get("FORRANG_DATA", PROJECT / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"skipped: no data at {folder}")
    return folder


@pytest.fixture(autouse=True)
def _the_main_module_stays() -> Iterator[None]:
    """A page under Streamlit's `AppTest` takes the main module's place, and a process spawned later would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
