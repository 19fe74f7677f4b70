"""The viewer's files come from this machine, by name, and no other file does."""

import json
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.conftest import PROJECT
from ui.viewer import library

VIEWER = PROJECT / "ui" / "viewer"


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=library.library_routes()))


def test_the_scripts_are_served_and_may_be_kept(client: TestClient) -> None:
    answer = client.get(f"{library.address()}viewer.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.text == (VIEWER / "js" / "viewer.js").read_text("utf-8")


@pytest.mark.parametrize(
    "name", ["routes.py", "../routes.py", "%2e%2e/routes.py", "..%2froutes.py", "package.json", ""]
)
def test_no_other_file_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"{library.address()}{name}").status_code == 404


def test_what_a_script_imports_is_served() -> None:
    for script in (VIEWER / "js").glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', script.read_text("utf-8")):
            assert name in library.FILES, f"{script.name} imports {name}"


def test_the_libraries_are_pinned_and_none_is_committed() -> None:
    wanted = json.loads((VIEWER / "package.json").read_text("utf-8"))
    for version in (wanted["dependencies"] | wanted["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert "node_modules/" in (PROJECT / ".gitignore").read_text("utf-8").split()
    locked = json.loads((VIEWER / "package-lock.json").read_text("utf-8"))["packages"]
    assert all("integrity" in it for name, it in locked.items() if name)


def test_the_scripts_ask_nothing_of_another_server() -> None:
    for script in (VIEWER / "js").glob("*.js"):
        assert not re.search(r"https?:|//[a-z]+\.", script.read_text("utf-8")), script.name


def test_without_the_libraries_the_page_knows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(library._LIBRARIES, "openseadragon.js", tmp_path / "nothing.js")
    assert not library.libraries_are_there()
