"""Sends messages to another system over MLLP, waits for each answer, and tries again where none comes."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from worklist.errors import IntakeError
from worklist.intake.hl7.faults import MessageFaultError
from worklist.intake.hl7.framing import Block, Framer, frame
from worklist.intake.hl7.message import read_header, read_message

_ANSWER_BYTES: Final = 65_536


class Hl7Client:
    """One receiver, with its connection while it is used as a context manager."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        timeout_s: float = 30,
        tries: int = 3,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._host, self._port = host, port
        self._timeout_s, self._tries, self._pause = timeout_s, tries, pause
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_told: object) -> None:
        self._hang_up()

    def send(self, message: bytes) -> "Reply":
        """Sends a message until it is answered, with a longer pause before each new try.

        Raises IntakeError where no answer to it comes. A message that is tried again keeps its number, so that the
        receiver can know it again.
        """
        header = read_header(message)
        number = header.control_id if header else ""
        why = ""
        for attempt in range(self._tries):
            if attempt:
                self._pause(2.0**attempt)
            try:
                return self._exchanged(message, number)
            except (OSError, IntakeError) as error:
                why = str(error) or type(error).__name__
                self._hang_up()
        raise IntakeError(
            f"{self._host}:{self._port}: no answer in {self._tries} tries ({why}); see that the receiver runs,"
            " then send again: what was answered before is not sent twice"
        )

    def _exchanged(self, message: bytes, number: str) -> "Reply":
        if self._socket is None:
            self._socket = socket.create_connection((self._host, self._port), self._timeout_s)
        self._socket.sendall(frame(message))
        framer = Framer(_ANSWER_BYTES)
        while piece := self._socket.recv(_ANSWER_BYTES):
            for block in framer.feed(piece):
                reply = _read_reply(block.message) if isinstance(block, Block) else None
                if reply is not None and reply.number == number:
                    return reply
        raise IntakeError("the connection was closed without an answer")

    def _hang_up(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()
            self._socket = None


@dataclass(frozen=True)
class Reply:
    """A receiver's answer: MSA-1, MSA-2, and in words what ERR or MSA-3 says of its faults."""

    code: str
    number: str
    text: str

    @property
    def accepted(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.code in ("AA", "CA")


def _read_reply(message: bytes) -> Reply | None:
    """The answer in a message; None where it is none."""
    try:
        read = read_message(message, "8859/1")
        told = next((it for it in read.segments if it.name == "MSA"), None)
        if told is None:
            return None
        wrong = [it for it in read.segments if it.name == "ERR" and it.text(4) == "E"]
        places = ["-".join(filter(None, (it.text(2), it.text(2, 3)))) for it in wrong]
        errors = [": ".join(filter(None, (place, it.text(8)))) for place, it in zip(places, wrong, strict=True)]
        return Reply(told.text(1), told.text(2), "; ".join(errors) or told.text(3))
    except MessageFaultError:
        return None
