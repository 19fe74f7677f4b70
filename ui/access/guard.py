"""What every request passes before any route or page: whom this server answers, how much it takes, what it tells.

Streamlit guards its own sockets; this guards them all, the routes too. It stands outermost in `app.py`.
"""

from collections.abc import Iterable, MutableMapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from ui.access.logins import LOGINS, Logins
from ui.access.sign_in import SignIn
from ui.access.visits import cookie_digest
from ui.shell.options import LOOPBACK, MOST_UPLOADED_MB

MOST_BYTES: Final = 1_000_000
"""Of a request's body; uploads and what other systems send have limits of their own."""
UPLOADS: Final = "/_stcore/upload_file/"
FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""What a proxy says; in the local mode there is none."""

CONTENT: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "frame-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""The browser itself keeps pages from asking anything of another server, and others from framing them. Streamlit's
components and charts need scripts that are written into the page."""

HEADERS: Final = {
    "Content-Security-Policy": CONTENT,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class Guard:
    """The outermost middleware.

    how: how people sign in; None for the local mode, which answers to this machine alone. hosts: further names of this
    server. systems: routes for other systems, which ask for tokens of their own and bound what they take.
    """

    def __init__(
        self,
        app: ASGIApp,
        how: SignIn | None = None,
        hosts: Iterable[str] = (),
        systems: Iterable[BaseRoute] = (),
        logins: Logins = LOGINS,
    ) -> None:
        self._app = app
        self._how = how
        self._hosts = frozenset({*LOOPBACK, *(host.lower() for host in hosts)})
        if self._how is not None:
            self._hosts |= {self._how.host}
        self._systems = tuple(systems)
        self._logins = logins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI says."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        system = any(route.matches(scope)[0] is not Match.NONE for route in self._systems)
        refused = None if system else self._refusal(scope, headers)
        if refused is not None:
            await self._refuse(scope, receive, send, *refused)
        elif scope["type"] == "websocket":
            await self._app(scope, self._noting_acts(scope, receive), send)
        else:
            taken = receive if system else _bounded(scope, receive)
            await self._app(scope, taken, self._telling(send))

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[HTTPStatus, str] | None:
        if _host(headers) not in self._hosts:
            return HTTPStatus.MISDIRECTED_REQUEST, "this server does not go by that name (FORRANG_ALLOWED_HOSTS)"
        if self._how is None and not _is_local(scope, headers):
            words = "local mode: only this machine may open the app; for others, set up the sign-in (docs/app.md)"
            return HTTPStatus.FORBIDDEN, words
        told = headers.get("content-length", "")
        if scope["type"] == "http" and told.isdecimal() and int(told) > _most(scope):
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {_most(scope) // 10**6} MB; send less"
        return None

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: HTTPStatus, words: str) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        await PlainTextResponse(f"{words}\n", status)(scope, receive, self._telling(send))

    def _telling(self, send: Send) -> Send:
        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if "server" in headers:
                    del headers["server"]
                if self._how is not None and self._how.secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                    _secure_cookies(message)
            await send(message)

        return telling

    def _noting_acts(self, scope: Scope, receive: Receive) -> Receive:
        """A person's acts keep their sign-in going; what a page does by itself, or on connecting again, does not."""
        if self._how is None:
            return receive
        at = HTTPConnection(scope)
        cookie = cookie_digest(at.cookies)
        idle_s = self._how.idle_minutes * 60.0
        by_hand = not _resumes(at.headers)

        async def noting() -> Message:
            nonlocal by_hand
            message = await receive()
            if message["type"] == "websocket.receive" and _asks(message.get("bytes") or b""):
                if by_hand:
                    self._logins.act(cookie, idle_s)
                by_hand = True
            return message

        return noting


def _resumes(headers: Headers) -> bool:
    """Whether an open page connects again, by itself; Streamlit tells it by the session that it goes on with."""
    told = headers.get("sec-websocket-protocol", "").split(",")
    return len(told) > 2 and bool(told[2].strip())


def _asks(data: bytes) -> bool:
    """Whether a browser's message is an act of its person's: a page asked for, something clicked or typed."""
    try:
        message = BackMsg.FromString(data)
    except DecodeError:
        return False
    return message.WhichOneof("type") == "rerun_script" and not message.rerun_script.is_auto_rerun


def _host(headers: Headers) -> str:
    try:
        return (urlsplit(f"//{headers.get('host', '')}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_local(scope: Scope, headers: Headers) -> bool:
    client = scope.get("client")
    return client is not None and client[0] in LOOPBACK and not any(name in headers for name in FORWARDED)


def _most(scope: Scope) -> int:
    return MOST_UPLOADED_MB * 10**6 if UPLOADS in scope["path"] else MOST_BYTES


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """The body, which ends as a broken connection would where it is longer than it said or may be."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if taken > _most(scope) else message

    return bounded


def _secure_cookies(message: MutableMapping[str, Any]) -> None:
    message["headers"] = [
        (name, value if name.lower() != b"set-cookie" or b"; secure" in value.lower() else value + b"; Secure")
        for name, value in message["headers"]
    ]
