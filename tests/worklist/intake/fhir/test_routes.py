"""FHIR over HTTP: who may send, what is answered, and how large a message may be."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.support.fhir import PATIENT, bundle, meta, request, specimen
from worklist.intake.routes import intake_routes
from worklist.intake.tokens import make_token
from worklist.intake.web import open_store
from worklist.settings import Settings


@pytest.fixture
def client(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The routes, and a client that may send."""
    (tmp_path / "worklist.db").write_bytes(empty_store.read_bytes())
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path))
    monkeypatch.delenv("FORRANG_DATABASE_URL", raising=False)
    token = make_token(Settings().tokens_file, "LIS")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    store = open_store(Settings().store_url)
    with TestClient(Starlette(routes=intake_routes()), headers=headers) as made:
        yield made
    store.close()
    open_store.cache_clear()


def issues(response: Any) -> str:
    assert response.headers["content-type"].startswith("application/fhir+json")
    assert response.json()["resourceType"] == "OperationOutcome"
    return " ".join(f"{it.get('expression')} {it['diagnostics']}" for it in response.json()["issue"])


def test_an_order_is_taken_once_and_is_then_a_task_on_the_list(client: Any) -> None:
    assert client.post("/fhir/R4/ServiceRequest", json=request()).status_code == 201
    assert client.post("/fhir/R4/ServiceRequest", json=request()).status_code == 200
    changed = request(priority="stat", meta=meta(2, "2026-11-18T09:00:00Z"))
    assert client.put("/fhir/R4/ServiceRequest/sr-1", json=changed).status_code == 200
    found = client.get("/fhir/R5/Task?_count=5").json()
    assert (found["type"], len(found["entry"])) == ("searchset", 1)
    assert found["entry"][0]["resource"]["identifier"][0]["value"] == "26-000123"
    assert client.get("/fhir/R4/Task?_offset=1").json().get("entry") is None
    assert PATIENT not in json.dumps(found)


def test_a_transaction_is_answered_entry_by_entry(client: Any) -> None:
    answer = client.post("/fhir/R4", json=bundle(request(), specimen()))
    assert answer.status_code == 200
    assert answer.json()["type"] == "transaction-response"
    told = [it["response"] for it in answer.json()["entry"]]
    assert [it["status"] for it in told] == ["201 Created", "201 Created"]
    assert [it["location"] for it in told] == ["ServiceRequest/sr-1", "Specimen/sp-1"]


def test_a_transaction_with_a_fault_is_answered_with_its_place(client: Any) -> None:
    answer = client.post("/fhir/R4", json=bundle(request(), specimen(type="word")))
    assert answer.status_code == 400
    assert "Bundle.entry[1].resource.type" in issues(answer)
    assert client.get("/fhir/R4/Task").json().get("entry") is None
    mixed = client.post("/fhir/R4", json=bundle(request(), specimen(type="word"), kind="batch"))
    assert [it["response"]["status"][:3] for it in mixed.json()["entry"]] == ["201", "400"]


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic TElTOg=="])
def test_nobody_is_let_in_without_a_token(client: Any, authorization: str | None) -> None:
    client.headers.pop("Authorization")
    headers = {"Authorization": authorization} if authorization else {}
    for method, path in (("POST", "/fhir/R4"), ("GET", "/fhir/R4/Task"), ("PUT", "/fhir/R4/Specimen/a")):
        answer = client.request(method, path, json=request() if method != "GET" else None, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert "forrang intake token" in issues(answer)


def test_without_a_file_of_tokens_every_token_is_refused(client: Any) -> None:
    Settings().tokens_file.unlink()
    assert client.post("/fhir/R4/ServiceRequest", json=request()).status_code == 401


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"content": b"{"}, 400, "no JSON"),
        ({"content": b"\xff\xfe"}, 400, "UTF-8"),
        ({"content": b"<a/>", "headers": {"Content-Type": "application/fhir+xml"}}, 415, "application/fhir+json"),
        ({"content": b"{}", "headers": {"Content-Type": "application/json; charset=latin-1"}}, 415, "UTF-8"),
        ({"content": b"{}", "headers": {"Content-Encoding": "gzip"}}, 415, "uncompressed"),
        ({"content": b" " * 16_000_001}, 413, "16 MB"),
        ({"content": (b" " * 1_000_000 for _ in range(17))}, 413, "16 MB"),
        ({"json": specimen()}, 400, "is ServiceRequest at this address"),
        ({"json": bundle(request())}, 400, "Bundle goes to the address before"),
        ({"json": request(status="aktiv")}, 400, "ServiceRequest.status"),
        ({"json": request(id="010190-9990")}, 422, "Danish CPR"),
    ],
)
def test_what_cannot_be_taken_is_answered_with_its_status_and_reason(
    client: Any, sent: dict[str, Any], status: int, words: str
) -> None:
    answer = client.post("/fhir/R4/ServiceRequest", **sent)
    assert answer.status_code == status
    assert words in issues(answer)
    assert PATIENT not in answer.text


def test_addresses_that_are_none_are_said(client: Any) -> None:
    assert client.post("/fhir/R3", json=request()).status_code == 404
    assert client.put("/fhir/R4/ServiceRequest/another", json=request()).status_code == 400
    assert client.get("/fhir/R4/Task?_count=many").status_code == 400
    assert client.get("/fhir/R4/Task?_count=1001").status_code == 400


def test_a_store_that_is_away_is_answered_with_when_to_try_again(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORRANG_DATABASE_URL", "sqlite:////proc/none/worklist.db")
    answer = client.post("/fhir/R4/ServiceRequest", json=request())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "/proc" not in answer.text
