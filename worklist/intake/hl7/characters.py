"""Character sets and escape sequences of HL7 v2: bytes to text and back, with every doubt said.

The library's own unescaping is not used: it writes the field into the log when a sequence is wrong, reads hex bytes as
Latin-1 whatever the message's character set, and makes as many characters as \\.sp999999999\\ asks for.
"""

import re
from dataclasses import dataclass
from typing import Final

from worklist.intake.hl7.faults import Fault, MessageFaultError, Place

CODECS: Final[dict[str, str]] = {
    "ASCII": "ascii",
    "8859/1": "iso8859-1",
    "8859/2": "iso8859-2",
    "8859/3": "iso8859-3",
    "8859/4": "iso8859-4",
    "8859/5": "iso8859-5",
    "8859/6": "iso8859-6",
    "8859/7": "iso8859-7",
    "8859/8": "iso8859-8",
    "8859/9": "iso8859-9",
    "8859/15": "iso8859-15",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
}
"""Character sets that are read, by their name in HL7 table 0211 ("UTF-8" is a common slip); all hold ASCII."""


@dataclass(frozen=True)
class Delimiters:
    """The five characters that divide a message, as its header names them."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @property
    def encoding_characters(self) -> str:
        """As MSH-2 has them."""
        return self.component + self.repetition + self.escape + self.subcomponent


def codec_of(name: str, unsaid: str) -> str:
    """Python's name of a character set; `unsaid` holds where the message names none. Raises MessageFaultError."""
    told = name.strip().upper() or unsaid
    if told not in CODECS:
        text = f"character set {name[:20]!r} is not read here; allowed are: {', '.join(CODECS)}"
        raise MessageFaultError(Fault(103, text, Place("MSH", 1, 18)))
    return CODECS[told]


def decode(message: bytes, name: str, unsaid: str, field_separator: str) -> tuple[str, list[Fault]]:
    """A message's text, and what is doubtful about its character set.

    name: MSH-18, may be empty. Raises MessageFaultError with the place of the first byte that does not fit.
    """
    codec = codec_of(name, unsaid)
    doubts = []
    if codec.startswith("iso8859") and not message.isascii() and _is_utf8(message):
        codec = "utf-8"
        text = f"says {name or unsaid} but its bytes are UTF-8; it was read as UTF-8: send UNICODE UTF-8 in MSH-18"
        doubts = [Fault(102, text, Place("MSH", 1, 18), "W")]
    try:
        return message.decode(codec), doubts
    except UnicodeDecodeError as error:
        said = f"MSH-18 says {name}" if name.strip() else f"MSH-18 is empty, which means {unsaid} here"
        text = f"byte {message[error.start]:02X} does not fit: {said}; name the character set that was used in MSH-18"
        raise MessageFaultError(Fault(102, text, _place_of(message, error.start, field_separator))) from None


def escape(text: str, delimiters: Delimiters) -> str:
    """A text as a field may hold it; a line break becomes \\.br\\."""
    e = delimiters.escape
    table = {
        delimiters.field: "F",
        delimiters.component: "S",
        delimiters.subcomponent: "T",
        delimiters.repetition: "R",
        e: "E",
        "\n": ".br",
        "\r": ".br",
    }
    return "".join(f"{e}{table[it]}{e}" if it in table else it for it in text.replace("\r\n", "\n"))


def unescape(text: str, delimiters: Delimiters, codec: str) -> str:
    """The text that a field means. Sequences that mean nothing here (fonts, other character sets, Z...) leave nothing.

    Raises ValueError where hex bytes are no text in the message's character set.
    """
    e = re.escape(delimiters.escape)
    if delimiters.escape not in text:
        return text
    letters = {
        "F": delimiters.field,
        "S": delimiters.component,
        "T": delimiters.subcomponent,
        "R": delimiters.repetition,
        "E": delimiters.escape,
    }

    def meant(found: re.Match[str]) -> str:
        sequence = found[0]
        hexadecimal = re.findall(rf"{e}X([0-9A-Fa-f]*){e}", sequence)
        if hexadecimal:
            return bytes.fromhex("".join(hexadecimal)).decode(codec)
        name = sequence[1:-1]
        if name[:3] in (".br", ".sp", ".ce"):
            return "\n"
        return letters.get(name, " " if name.startswith(".") else "")

    hexes = rf"(?:{e}X[0-9A-Fa-f]*{e})+"
    return re.sub(rf"{hexes}|{e}[^{e}]*{e}", meant, text)


def _is_utf8(message: bytes) -> bool:
    try:
        message.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _place_of(message: bytes, offset: int, field_separator: str) -> Place:
    """The segment and field that hold a byte."""
    before = [line for line in re.split(rb"[\r\n]+", message[:offset]) if line]
    name = before[-1][:3].decode("ascii", "replace") if before else "MSH"
    at = before[-1].count(field_separator.encode("latin-1")) if before else 0
    same = sum(line[:3] == before[-1][:3] for line in before) if before else 1
    return Place(name, same, at + 1 if name == "MSH" else at)
