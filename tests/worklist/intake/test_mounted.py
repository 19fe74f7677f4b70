"""The app of app.py answers the routes of the intake, each asking for a token of its own."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app import app


@pytest.mark.parametrize("path", ["/fhir/R4", "/fhir/R5/ServiceRequest", "/dicomweb/studies"])
def test_the_app_lets_nobody_send_without_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path))
    answer = TestClient(app).post(path, content=b"{}")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
