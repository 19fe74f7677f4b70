"""The planner's pages, run by Streamlit without a browser, on a shelf and a list of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from planner.questions import folder
from worklist.store.store import Store

PAGE = """
from ui.shell.memory import remember
remember("role", "{role}")
remember("language", "{language}")
from ui.planner.page import show
show()
"""


@pytest.fixture
def page(store: Store) -> Callable[..., AppTest]:
    """Opens the planner's page at an address."""

    def make(role: str = "manager", language: str = "en", **address: str) -> AppTest:
        app = AppTest.from_string(PAGE.format(role=role, language=language), default_timeout=60)
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    return make


@pytest.fixture
def put_down(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Questions are written down, and no process is started."""
    started: list[Path] = []
    monkeypatch.setattr(folder, "_start", lambda at, _answered_by: started.append(at))
    return started
