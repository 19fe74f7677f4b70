"""Serves the app with uvicorn: on this machine only, unless another address is asked for."""

import errno
import os
import socket
from collections.abc import Callable
from typing import Final

import uvicorn

from models.errors import ForrangError
from ui.shell.options import set_address

APP: Final = "app:app"
"""The app, by the name under which every ASGI server finds it; so it is made in one place, app.py."""

BACKLOG: Final = 128
LAST_PORT: Final = 65535
GOODBYE_SECONDS: Final = 3
"""How long open pages are waited for when the server stops."""

NOT_FREE: Final = frozenset({errno.EADDRINUSE, errno.EACCES})


class ServeError(ForrangError):
    """The app cannot be served at this address and port."""


def serve(port: int = 8501, address: str = "127.0.0.1", on_ready: Callable[[str], None] | None = None) -> None:
    """Serves the app until it is told to stop (Ctrl-C, SIGTERM).

    port: 0 takes any free one. on_ready: called once with the app's URL, as soon as a page would be answered at once.

    Raises ServeError: the port is taken or the address is not this machine's.
    """
    listener = _listen(address, port)
    with listener:
        found = int(listener.getsockname()[1])
        set_address(address, found)
        settings = uvicorn.Config(
            APP,
            host=address,
            port=found,
            ws="websockets-sansio",
            log_level="warning",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=GOODBYE_SECONDS,
        )
        _Server(settings, f"http://{_shown(address)}:{found}", on_ready).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Says when the app has started, which takes it seconds."""

    def __init__(self, settings: uvicorn.Config, url: str, on_ready: Callable[[str], None] | None) -> None:
        super().__init__(settings)
        self._url, self._on_ready = url, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._on_ready is not None:
            self._on_ready(self._url)


def _listen(address: str, port: int) -> socket.socket:
    if not 0 <= port <= LAST_PORT:
        raise ServeError(f"port {port}: no such port; give one from 1 to {LAST_PORT}")
    try:
        family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((address, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ServeError(_why_not(address, port, error)) from error


def _why_not(address: str, port: int, error: OSError) -> str:
    if error.errno in NOT_FREE:
        why = os.strerror(error.errno)
        return f"port {port} on {address} is not free ({why}); stop what uses it, or choose another --port"
    return f"{address}: cannot be served from here ({error.strerror}); give an address of this machine"


def _shown(address: str) -> str:
    """How a browser writes the address; a wildcard is reached as localhost."""
    if address in ("0.0.0.0", "::"):  # noqa: S104
        return "localhost"
    return f"[{address}]" if ":" in address else address
