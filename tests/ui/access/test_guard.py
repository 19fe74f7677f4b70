"""Every request passes the guard: this machine alone in the local mode, known names, bounded bodies, safe headers."""

from contextlib import suppress

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.support.visits import signed_in
from ui.access.guard import MOST_BYTES, Guard
from ui.access.logins import Logins
from ui.access.sign_in import SignIn
from ui.access.visits import cookie_digest

HOW = SignIn(
    address="https://forrang.test",
    metadata="https://login.test/.well-known/openid-configuration",
    client_id="forrang",
    client_secret=SecretStr("secret"),
    idle_minutes=10,
)


async def page(request: Request) -> Response:
    body = await request.body()
    response = PlainTextResponse(f"{len(body)} bytes")
    response.set_cookie("_streamlit_user", "x")
    return response


async def broken(_request: Request) -> Response:
    raise ValueError("what went wrong inside")


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    with suppress(WebSocketDisconnect):
        while True:
            await websocket.receive_bytes()
            await websocket.send_bytes(b"heard")


def served(how: SignIn | None = None, logins: Logins | None = None) -> Starlette:
    systems = [Route("/metrics", page)]
    routes = [Route("/", page, methods=["GET", "POST"]), Route("/broken", broken), WebSocketRoute("/socket", socket)]
    guard = Middleware(Guard, how=how, hosts=("other.test",), systems=systems, logins=logins or Logins())
    return Starlette(routes=[*routes, *systems], middleware=[guard])


def at(app: Starlette, address: str = "http://127.0.0.1:8501", client: str = "127.0.0.1") -> TestClient:
    return TestClient(app, base_url=address, client=(client, 5), raise_server_exceptions=False)


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost:8501", "[::1]:8501", "other.test", "LOCALHOST"])
def test_names_of_this_machine_are_answered(host: str) -> None:
    assert at(served()).get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1.evil.test", "", "[::1", "localhost@evil.test"])
@pytest.mark.parametrize("how", [None, HOW])
def test_another_name_is_not_answered_so_that_no_page_elsewhere_reads_through_it(host: str, how: SignIn | None) -> None:
    answer = at(served(how)).get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "bytes" not in answer.text


def test_in_the_local_mode_another_machine_gets_nothing() -> None:
    answer = at(served(), client="10.1.2.3").get("/")
    assert answer.status_code == 403
    assert "set up the sign-in" in answer.text


@pytest.mark.parametrize("header", ["forwarded", "x-forwarded-for", "X-Forwarded-Host", "X-Real-IP"])
def test_in_the_local_mode_a_proxy_gets_nothing_since_others_stand_behind_it(header: str) -> None:
    assert at(served()).get("/", headers={header: "127.0.0.1"}).status_code == 403


@pytest.mark.parametrize(("client", "host"), [("10.1.2.3", "127.0.0.1"), ("127.0.0.1", "evil.test")])
def test_sockets_are_guarded_as_pages_are(client: str, host: str) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        at(served(), client=client).websocket_connect("/socket", headers={"host": host}),
    ):
        pass


def test_with_sign_in_other_machines_are_answered_by_the_apps_name() -> None:
    assert at(served(HOW), "https://forrang.test", "10.1.2.3").get("/").status_code == 200


def test_other_systems_reach_their_routes_which_ask_for_tokens_by_any_name() -> None:
    assert at(served(), "http://lab-2:8501", "10.1.2.3").get("/metrics").status_code == 200
    assert at(served(), "http://lab-2:8501", "10.1.2.3").get("/metrics/x").status_code == 421


def test_answers_tell_the_browser_to_load_nothing_from_elsewhere_and_to_be_framed_by_nobody() -> None:
    headers = at(served()).get("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in headers


def test_over_tls_cookies_never_go_in_the_clear() -> None:
    headers = at(served(HOW), "https://forrang.test").get("/").headers
    assert headers["set-cookie"].endswith("; Secure")
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "Secure" not in at(served()).get("/").headers["set-cookie"]


def test_a_refusal_has_the_same_headers() -> None:
    assert "content-security-policy" in at(served(), client="10.1.2.3").get("/").headers


def test_a_fault_is_told_without_what_went_wrong() -> None:
    answer = at(served()).get("/broken")
    assert answer.status_code == 500
    assert answer.text == "Internal Server Error"


def test_a_body_that_is_too_large_is_not_taken() -> None:
    assert at(served()).post("/", content=b"x" * MOST_BYTES).text == f"{MOST_BYTES} bytes"
    assert at(served()).post("/", content=b"x" * (MOST_BYTES + 1)).status_code == 413


def test_a_body_that_does_not_say_how_large_it_is_is_not_taken_either() -> None:
    pieces = (b"x" * 100_000 for _ in range(20))
    assert at(served()).post("/", content=pieces).status_code >= 400


def _message(*, by_itself: bool = False) -> bytes:
    message = BackMsg()
    message.rerun_script.is_auto_rerun = by_itself
    return bytes(message.SerializeToString())


WIRE = ["streamlit", "token"]
COOKIES = signed_in("anna")


def test_only_what_a_person_does_keeps_their_sign_in_going() -> None:
    now = [0.0]
    logins = Logins(lambda: now[0])
    cookie = cookie_digest(COOKIES)
    assert logins.goes_on(cookie, 600)
    client = at(served(HOW, logins), "https://forrang.test")
    client.cookies.update(COOKIES)
    with client.websocket_connect("wss://forrang.test/socket", WIRE) as here:

        def say(data: bytes) -> None:
            here.send_bytes(data)
            assert here.receive_bytes() == b"heard"

        now[0] += 500
        say(_message())
        now[0] += 500
        say(_message(by_itself=True))
        say(b"no message at all")
        now[0] += 99
        assert logins.goes_on(cookie, 600)
        say(_message(by_itself=True))
        now[0] += 2
        say(_message())
        assert not logins.goes_on(cookie, 600), "what has ended stays so"


def test_a_page_that_connects_again_by_itself_does_nothing_for_its_person() -> None:
    now = [0.0]
    logins = Logins(lambda: now[0])
    assert logins.goes_on(cookie_digest(COOKIES), 600)
    client = at(served(HOW, logins), "https://forrang.test")
    client.cookies.update(COOKIES)
    for _ in range(3):
        with client.websocket_connect("wss://forrang.test/socket", [*WIRE, "session"]) as here:
            here.send_bytes(_message())
            assert here.receive_bytes() == b"heard"
        now[0] += 250
    assert not logins.goes_on(cookie_digest(COOKIES), 600)


def test_a_cookie_that_somebody_made_up_is_not_kept() -> None:
    logins = Logins()
    client = at(served(HOW, logins), "https://forrang.test")
    client.cookies.update({"_streamlit_user": "made up"})
    with client.websocket_connect("wss://forrang.test/socket", WIRE) as here:
        here.send_bytes(_message())
        assert here.receive_bytes() == b"heard"
    assert not logins._last
