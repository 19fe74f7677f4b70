"""The MLLP server: takes messages from several senders at once, each answered once it is in the store.

It runs in a thread of its own. Nothing a sender does stops it: sizes, times and the number of connections are bounded.
"""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog

from worklist.errors import IntakeError
from worklist.intake.hl7.access import OPEN, Access
from worklist.intake.hl7.framing import Framer, FramingFault, frame
from worklist.intake.hl7.receive import Received, Receiver

log = structlog.get_logger()

_PIECE: Final = 65_536


@dataclass(frozen=True)
class Limits:
    """What one sender may take of the server (A)."""

    message_bytes: int = 1_048_576
    message_seconds: float = 30
    """From a message's first byte to its last, and for taking an answer."""
    idle_seconds: float = 3600
    """Between messages; then the connection is closed, and its sender opens another."""
    connections: int = 64
    broken_blocks: int = 20
    """In a row; then the connection is closed."""


USUAL: Final = Limits()


@contextmanager
def serve_hl7(
    port: int, address: str, receiver: Receiver, limits: Limits = Limits(), access: Access = OPEN
) -> Iterator[int]:
    """Serves until the block is left, and then finishes the messages at hand; gives the port (0: any free one).

    Raises IntakeError where the port cannot be had.
    """
    server = _Server(receiver, limits, access)
    thread = threading.Thread(target=server.run, args=(port, address), name="hl7", daemon=True)
    thread.start()
    try:
        yield server.wait_until_ready()
    finally:
        server.stop()
        thread.join()


class _Server:
    def __init__(self, receiver: Receiver, limits: Limits, access: Access) -> None:
        self._receiver, self._limits, self._access = receiver, limits, access
        self._ready = threading.Event()
        self._port = 0
        self._failure: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._idle: set[asyncio.Task[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, port: int, address: str) -> None:
        """The thread: until `stop`."""
        with ThreadPoolExecutor(max_workers=4, thread_name_prefix="hl7") as self._workers:
            asyncio.run(self._serve(port, address))

    def wait_until_ready(self) -> int:
        """The port that is listened on. Raises IntakeError."""
        self._ready.wait()
        if self._failure is not None:
            raise IntakeError(f"HL7: cannot listen: {self._failure}; choose another --port or --address")
        return self._port

    def stop(self) -> None:
        """Asks the thread to end, from another thread."""
        if self._loop is not None and not self._loop.is_closed():
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)

    async def _serve(self, port: int, address: str) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            tls = self._access.tls
            patience = self._limits.message_seconds if tls else None
            server = await asyncio.start_server(
                self._connected, address, port, limit=_PIECE, ssl=tls, ssl_handshake_timeout=patience
            )
        except (OSError, OverflowError) as error:
            self._failure = error
            self._ready.set()
            return
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._idle):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = str((writer.get_extra_info("peername") or ("unknown",))[0])
        if not self._access.admits(peer):
            log.warning("hl7 connection refused", peer=peer, because="not among FORRANG_HL7_SENDERS")
            writer.close()
            return
        if len(self._tasks) >= self._limits.connections or self._stop.is_set():
            log.warning("hl7 connection refused", peer=peer, connections=len(self._tasks))
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._converse(reader, writer, peer, task)
        except (OSError, TimeoutError, asyncio.CancelledError) as error:
            log.info("hl7 connection ended", peer=peer, because=type(error).__name__)
        finally:
            self._tasks.discard(task)
            self._idle.discard(task)
            writer.close()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str, task: "asyncio.Task[None]"
    ) -> None:
        """Takes one message after the other, and answers each before the next is read."""
        limits = self._limits
        framer = Framer(limits.message_bytes)
        broken, late_at = 0, None
        loop = asyncio.get_running_loop()
        while not self._stop.is_set():
            wait = limits.idle_seconds if late_at is None else max(late_at - loop.time(), 0)
            self._idle.add(task)
            try:
                piece = await asyncio.wait_for(reader.read(_PIECE), wait)
            except TimeoutError:
                piece = b""
            self._idle.discard(task)
            found = framer.feed(piece) if piece else framer.close()
            for one in found:
                broken = broken + 1 if isinstance(one, FramingFault) else 0
                received = await loop.run_in_executor(self._workers, self._receiver.take, one, peer)
                _log(received, peer)
                for answer in received.answers:
                    writer.write(frame(answer))
                await asyncio.wait_for(writer.drain(), limits.message_seconds)
                if broken >= limits.broken_blocks:
                    return
            if not piece:
                return
            if not framer.in_message:
                late_at = None
            elif late_at is None or found:
                late_at = loop.time() + limits.message_seconds


def _log(received: Received, peer: str) -> None:
    """One line a message: what it was and what became of it, without its number or anybody's."""
    faults = [f"{it.code} {it.place or ''}".strip() for it in received.verdict.faults if it.severity != "I"]
    orders = len(received.verdict.orders)
    log.info("hl7 message", peer=peer, kind=received.kind, answer=received.code, orders=orders, faults=faults)
