"""Where FHIR messages are taken in."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fhir import desk_at
from tests.worklist.conftest import SettableClock
from worklist.intake.fhir.taking_in import Desk
from worklist.store.store import Store


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the newest schema and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("fhir") / "empty.db"
    Store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def desk(empty_store: Path, tmp_path: Path) -> Iterator[Desk]:
    """On SQLite."""
    path = tmp_path / "worklist.db"
    shutil.copyfile(empty_store, path)
    store = Store(f"sqlite:///{path}", SettableClock())
    yield desk_at(store, tmp_path / "home")
    store.close()


@pytest.fixture
def either_desk(store: Store, tmp_path: Path) -> Desk:
    """On each of the two databases."""
    return desk_at(store, tmp_path / "home")
