"""What every test of a page needs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.config import get_option, set_option

from worklist.store.store import Store


@pytest.fixture(autouse=True)
def _faults_are_told_whole() -> Iterator[None]:
    """The app hides them from visitors; tests read them, whatever a test before set the app's options to."""
    before = get_option("client.showErrorDetails")
    set_option("client.showErrorDetails", "full")
    yield
    set_option("client.showErrorDetails", before)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty list in a home of its own, which the pages open too; nothing that they cached outlives the test."""
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path))
    for name in ("FORRANG_DATABASE_URL", "FORRANG_SIGN_IN"):
        monkeypatch.delenv(name, raising=False)
    store = Store.open()
    yield store
    store.close()
    st.cache_resource.clear()
    st.cache_data.clear()
