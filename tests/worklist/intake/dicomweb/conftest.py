"""A store of the test's own, and the routes served to real clients."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from tests.support.dicom_slides import served
from worklist.intake.routes import intake_routes
from worklist.intake.tokens import make_token
from worklist.intake.web import open_store
from worklist.settings import Settings
from worklist.store.store import Store


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "home"))
    for name in ("DATABASE_URL", "DICOM_FOLDER", "DICOMWEB_URL", "DICOMWEB_TOKEN"):
        monkeypatch.delenv(f"FORRANG_{name}", raising=False)
    return tmp_path / "home"


@pytest.fixture
def own_store(home: Path) -> Iterator[Store]:
    store = open_store(Settings().store_url)
    yield store
    store.close()
    open_store.cache_clear()


@pytest.fixture
def token(home: Path) -> str:
    return make_token(Settings().tokens_file, "scanner-2")


@pytest.fixture
def address(own_store: Store) -> Iterator[str]:
    """Where the routes answer."""
    with served(Starlette(routes=intake_routes())) as url:
        yield f"{url}/dicomweb"
