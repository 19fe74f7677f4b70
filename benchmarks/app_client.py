"""A visitor without a screen: speaks Streamlit's protocol as its page does, so that eight of them fit on one machine.

It opens pages by their address, refreshes what refreshes itself, and asks for tiles with the pass that its page got.
What a browser adds, drawing the page, `bench_app` measures with a real one.
"""

import re
import time
from dataclasses import dataclass, field
from typing import Final, Self

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

PATIENCE_S: Final = 120.0
_EARLY: Final = ForwardMsg.FINISHED_EARLY_FOR_RERUN
_PASS: Final = re.compile(rb'"pass": ?"([^"\\]+)"')


class ClientError(Exception):
    """The app answered with an error, or not at all."""


@dataclass
class View:
    """A page as it was answered."""

    seconds: float
    held: bytes
    """All that came, to look for words in."""

    def holds(self, text: str) -> bool:
        """Whether the page says that."""
        return text.encode() in self.held


@dataclass
class AppClient:
    """One visit; to be used in a `with`."""

    address: str
    """Such as http://127.0.0.1:8501."""
    _socket: ClientConnection | None = None
    _refreshes: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Of each part that refreshes itself: every how many seconds, and when next."""
    _query: tuple[str, str] = ("", "")

    def __enter__(self) -> Self:
        url = self.address.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket = connect(url, subprotocols=[Subprotocol("streamlit")], max_size=None, open_timeout=PATIENCE_S)
        self._http = httpx.Client(base_url=self.address, timeout=PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        if self._socket is not None:
            self._socket.close()

    def open(self, page: str, query: str = "") -> View:
        """Opens a page by its name and its address' query. Raises ClientError."""
        self._query, self._refreshes = (page, query), {}
        return self._ask(BackMsg())

    def idle(self, seconds: float) -> list[View]:
        """Thinks for so long; what refreshes itself is refreshed meanwhile, and given back."""
        views, ends = [], time.monotonic() + seconds
        while (now := time.monotonic()) < ends:
            due = [(at, name, every) for name, (every, at) in self._refreshes.items()]
            at, name, every = min(due, default=(ends, "", 0.0))
            if at >= ends:
                time.sleep(ends - now)
                break
            time.sleep(max(0.0, at - now))
            self._refreshes[name] = (every, time.monotonic() + every)
            message = BackMsg()
            message.rerun_script.fragment_id = name
            message.rerun_script.is_auto_rerun = True
            views.append(self._ask(message))
        return views

    def fetch(self, view: View, path: str) -> tuple[float, bytes]:
        """Seconds, and what a slide route gives to the pass of that page. Raises ClientError."""
        found = _PASS.search(view.held)
        if found is None:
            raise ClientError("the page holds no pass for slides")
        begun = time.perf_counter()
        answer = self._http.get(path, headers={"x-forrang-pass": found[1].decode()})
        if answer.status_code != httpx.codes.OK:
            raise ClientError(f"{path}: {answer.status_code}")
        return time.perf_counter() - begun, answer.content

    def _ask(self, message: BackMsg) -> View:
        if self._socket is None:
            raise ClientError("use the client in a `with`")
        message.rerun_script.page_name, message.rerun_script.query_string = self._query
        begun = time.perf_counter()
        self._socket.send(message.SerializeToString())
        parts: list[bytes] = []
        while True:
            try:
                data = self._socket.recv(timeout=PATIENCE_S)
            except TimeoutError as error:
                raise ClientError(f"{self._query}: no answer in {PATIENCE_S:g} s") from error
            raw = data.encode() if isinstance(data, str) else data
            parts.append(raw)
            told = ForwardMsg.FromString(raw)
            kind = told.WhichOneof("type")
            if kind == "auto_rerun":
                every = told.auto_rerun.interval
                self._refreshes[told.auto_rerun.fragment_id] = (every, time.monotonic() + every)
            elif kind == "delta" and told.delta.new_element.WhichOneof("type") == "exception":
                raise ClientError(f"{self._query}: {told.delta.new_element.exception.message}")
            elif kind == "script_finished" and told.script_finished != _EARLY:
                seconds = time.perf_counter() - begun
                return View(seconds, b"".join(parts))
