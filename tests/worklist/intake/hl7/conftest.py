"""A receiver over a real store, and a server that real sockets connect to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hl7 import Line
from worklist.intake.hl7.mapping import Mapping
from worklist.intake.hl7.receive import Receiver
from worklist.intake.hl7.server import serve_hl7
from worklist.pathways import load_pathways
from worklist.store.store import Store


@pytest.fixture
def receiver(store: Store, tmp_path: Path) -> Receiver:
    """Takes messages for the store of the test, on each of the two databases."""
    return Receiver(store, load_pathways(), Mapping(), tmp_path)


@pytest.fixture
def port(receiver: Receiver) -> Iterator[int]:
    """Port of a server that runs."""
    with serve_hl7(0, "127.0.0.1", receiver) as port:
        yield port


@pytest.fixture
def line(port: int) -> Iterator[Line]:
    """A sender's connection to it."""
    with Line(port) as line:
        yield line
