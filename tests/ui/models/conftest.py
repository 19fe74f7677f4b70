"""A home of their own for the models' pages: a store, small models, and labelled tiles."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st

from models.registry import Model, user_folder
from tests.training.shipping.conftest import make_model, many_patients
from ui.models.findings import read_findings
from ui.models.tile_files import tiles_folder
from worklist.store.store import Store

__all__ = ["make_model", "many_patients"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FORRANG_DATABASE_URL", raising=False)
    return tmp_path / "home"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    home.mkdir(parents=True)
    store = Store.open()
    yield store
    store.close()
    st.cache_resource.clear()
    st.cache_data.clear()
    read_findings.cache_clear()


@pytest.fixture
def tiles(home: Path, many_patients: Path) -> Path:
    """A tile file where the pages look for them."""
    place = tiles_folder(home)
    place.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(many_patients, place / "tiles.parquet"))


@pytest.fixture
def shelved(home: Path, make_model: Callable[..., Model]) -> Callable[..., Model]:
    """Makes a model and puts its folder straight onto the shelf."""

    def shelve(version: str, **changes: object) -> Model:
        model = make_model(version, **changes)
        place = user_folder() / model.manifest.label
        shutil.copytree(model.folder, place)
        return Model(model.manifest, place)

    return shelve
