"""Tests train on one core: several threads on a busy machine wait for one another."""

import sys

import pytest


@pytest.fixture(autouse=True)
def _one_core() -> None:
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
