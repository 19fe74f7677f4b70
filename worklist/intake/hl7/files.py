"""Messages in a file: as MLLP blocks, or one after the other, each beginning with its MSH segment."""

import re
from pathlib import Path
from typing import Final

from worklist.errors import IntakeError
from worklist.intake.hl7.framing import START, Block, Framer, FramingFault

_BEGINNINGS: Final = re.compile(rb"(?m)^(?=MSH[^A-Za-z0-9\s])|(?<=\r)(?=MSH[^A-Za-z0-9\s])")
_ENVELOPES: Final = re.compile(rb"(?:\A|(?<=[\r\n]))(?:FHS|BHS|BTS|FTS)[^\r\n]*[\r\n]*")


def read_file(file: Path, limit: int) -> list[Block | FramingFault]:
    """The messages of a file, as `split_file` finds them. Raises IntakeError where there is none."""
    try:
        found = split_file(file.read_bytes(), limit)
    except OSError as error:
        raise IntakeError(f"{file}: {error.strerror}; name a file of HL7 v2 messages") from error
    if not any(isinstance(one, Block) or one.kind != "no start" for one in found):
        raise IntakeError(f"{file}: holds no HL7 v2 message; each begins with MSH")
    return found


def split_file(content: bytes, limit: int) -> list[Block | FramingFault]:
    """The messages of a file, in its order. limit: of one message, in bytes.

    The envelopes of a batch (FHS, BHS, BTS, FTS) are passed over; what stands before the first message is a fault.
    """
    if START in content:
        framer = Framer(limit)
        return [*framer.feed(content), *framer.close()]
    pieces = [piece for piece in _BEGINNINGS.split(_ENVELOPES.sub(b"", content)) if piece.strip()]
    found: list[Block | FramingFault] = []
    for piece in pieces:
        if not piece.startswith(b"MSH"):
            found.append(FramingFault("no start", piece[:200]))
        elif len(piece) > limit:
            found.append(FramingFault("too large", piece[:2000]))
        else:
            found.append(Block(piece))
    return found
