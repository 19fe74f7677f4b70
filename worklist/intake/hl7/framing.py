"""Where a message begins and ends on a line: MLLP blocks, and what to do with bytes that are none.

A block is a start mark, the message, an end mark and a carriage return. Whatever breaks that rule becomes a
FramingFault, and the reading goes on at the next start mark: one bad message never spoils the next.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

START: Final = b"\x0b"
END: Final = b"\x1c"
RETURN: Final = b"\r"

HEAD: Final = 2048
"""Bytes of a broken message that are kept, so that its header can be answered."""

_MARKS: Final = re.compile(rb"([\x0b\x1c])")
_BETWEEN: Final = b"\r\n \x00"
"""What some senders put between blocks; it means nothing."""

FramingFaultKind = Literal["no start", "cut short", "no end", "too large"]
"""no start: bytes outside of any block. cut short: the block did not end before the next began or the line closed.
no end: its end mark was not followed by a carriage return. too large: longer than the limit."""


@dataclass(frozen=True)
class Block:
    """A whole message."""

    message: bytes


@dataclass(frozen=True)
class FramingFault:
    """Bytes that are no whole message."""

    kind: FramingFaultKind
    head: bytes
    """The first of them."""


def frame(message: bytes) -> bytes:
    """A message as one block."""
    return START + message + END + RETURN


class Framer:
    """Cuts the bytes of one connection into blocks, whatever the pieces that they come in.

    Memory is bounded: it never keeps more than the limit.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._where: Literal["outside", "inside", "too large"] = "outside"
        self._at_end = False

    @property
    def in_message(self) -> bool:
        """Whether a message has begun, well or badly, and not ended."""
        return self._where != "outside" or self._at_end or bool(self._kept)

    def feed(self, piece: bytes) -> list[Block | FramingFault]:
        """What ended with this piece, in order."""
        found: list[Block | FramingFault] = []
        for token in _MARKS.split(piece):
            rest = token
            if rest and self._at_end:
                self._at_end = False
                if rest.startswith(RETURN):
                    found += self._finish("no start" if self._where == "outside" else None)
                    rest = rest[1:]
                else:
                    found += self._finish("no start" if self._where == "outside" else "no end")
            if rest == START:
                found += self.close()
                self._where = "inside"
            elif rest == END:
                self._at_end = True
            elif rest:
                self._keep(rest)
        return found

    def close(self) -> list[Block | FramingFault]:
        """What is left of a message that will not end any more."""
        if self._at_end:
            self._at_end = False
            return self._finish("no start" if self._where == "outside" else "no end")
        if self._where == "outside":
            return self._finish("no start") if self._kept else []
        return self._finish("cut short")

    def _keep(self, piece: bytes) -> None:
        if self._where == "outside":
            piece = piece if self._kept else piece.lstrip(_BETWEEN)
            self._kept += piece[: HEAD - len(self._kept)]
        elif self._where == "inside":
            self._kept += piece
            if len(self._kept) > self._limit:
                self._where = "too large"
                del self._kept[HEAD:]

    def _finish(self, fault: FramingFaultKind | None) -> list[Block | FramingFault]:
        kept, was = bytes(self._kept), self._where
        self._kept.clear()
        self._where = "outside"
        if was == "too large":
            return [FramingFault("too large", kept[:HEAD])]
        return [Block(kept) if fault is None else FramingFault(fault, kept[:HEAD])]
