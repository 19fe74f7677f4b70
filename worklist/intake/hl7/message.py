"""An HL7 v2 message as segments and fields, from bytes that may be anything.

The `hl7` library cuts the text at its delimiters; what it trusts is checked here first: that the header names five
different delimiters, and that there are not more of them than an order can need.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import hl7

from worklist.intake.hl7.characters import Delimiters, codec_of, decode, unescape
from worklist.intake.hl7.faults import Fault, MessageFaultError, Place

MAX_DELIMITERS: Final = 100_000
"""An order of 100 specimens has some 5,000 (D). Each costs the library some 300 bytes of memory (M)."""

KNOWN: Final = frozenset(
    [
        *("MSH", "SFT", "NTE", "PID", "PD1", "NK1", "PV1", "PV2", "IN1", "IN2", "IN3", "GT1", "AL1", "ORC", "TQ1"),
        *("TQ2", "OBR", "TCD", "CTD", "DG1", "OBX", "CTI", "BLG", "SPM", "SAC", "RXO"),
    ]
)
"""Segments that an order may hold by the standard; many of them are of no use here and are not read."""

_NAME: Final = re.compile(r"[A-Z][A-Z0-9]{2}")
_HEADERS: Final = ("MSH", "BHS", "FHS")
_ECHOED: Final = 250
"""Characters of a header's field that are read and answered at most."""


@dataclass(frozen=True)
class Header:
    """What is needed of a message's first segment to answer it, even where the rest cannot be read.

    Texts are as they stand in the message, a character a byte (Latin-1), so that they go back unchanged.
    """

    delimiters: Delimiters
    fields: tuple[str, ...]
    """MSH-1 and on."""

    def raw(self, field: int) -> str:
        """MSH-`field` as it stands; empty where it is not there."""
        return self.fields[field - 1] if field <= len(self.fields) else ""

    def part(self, field: int, component: int) -> str:
        """A component of a field, for codes."""
        parts = self.raw(field).split(self.delimiters.repetition)[0].split(self.delimiters.component)
        return parts[component - 1].strip() if component <= len(parts) else ""

    @property
    def control_id(self) -> str:
        """The message's own number, MSH-10."""
        return self.raw(10).strip()

    @property
    def kind(self) -> tuple[str, str]:
        """Message type and event, such as OML and O21."""
        return self.part(9, 1).upper(), self.part(9, 2).upper()

    @property
    def character_set(self) -> str:
        """MSH-18; empty where it is not told."""
        return self.part(18, 1)


@dataclass(frozen=True)
class Segment:
    """A segment: its fields, read with escape sequences resolved."""

    name: str
    occurrence: int
    """Which of the segments of that name in the message, from 1."""
    _fields: Any
    _delimiters: Delimiters
    _codec: str

    def place(self, field: int = 0, component: int = 0) -> Place:
        """The place of a field in the message."""
        return Place(self.name, self.occurrence, field, component)

    def text(self, field: int, component: int = 1, subcomponent: int = 1, repetition: int = 1) -> str:
        """What stands there, stripped; empty where nothing does, and for the null value ("").

        A line break within it is a newline. Raises MessageFaultError for bytes in hex that are no text.
        """
        leaf = self._fields[field] if field < len(self._fields) else ""
        for index in (repetition, component, subcomponent):
            leaf = _part(leaf, index)
        try:
            told = unescape(leaf, self._delimiters, self._codec).strip()
        except ValueError:
            text = "holds bytes in hex (\\X...\\) that are no text in the message's character set"
            raise MessageFaultError(Fault(102, text, self.place(field, component))) from None
        return "" if told == '""' else told

    def repetitions(self, field: int) -> int:
        """How often a field is repeated."""
        return len(self._fields[field]) if field < len(self._fields) else 0


@dataclass(frozen=True)
class Message:
    """A message that could be read."""

    header: Header
    segments: tuple[Segment, ...]
    """All of them, the header first."""
    doubts: tuple[Fault, ...]
    """What was noted while reading."""


def read_header(message: bytes) -> Header | None:
    """The header of a message, even a broken one; None where it has none to answer."""
    line = re.split(r"[\r\n]", message.lstrip()[: 40 * _ECHOED].decode("latin-1"), maxsplit=1)[0]
    if not line.startswith("MSH") or len(line) < 8:
        return None
    separator = line[3]
    encoding, more, rest = line[4:].partition(separator)
    told = separator + encoding
    if not more or not 4 <= len(encoding) <= 5 or len(set(told)) < len(told) or not all(_is_mark(it) for it in told):
        return None
    component, repetition, escape, subcomponent = list(encoding[:4])
    fields = [separator, encoding, *(it[:_ECHOED] for it in rest.split(separator))]
    return Header(Delimiters(separator, component, repetition, escape, subcomponent), tuple(fields))


def read_message(message: bytes, unsaid_character_set: str) -> Message:
    """Reads a message; unknown segments are noted. Raises MessageFaultError."""
    header = read_header(message)
    if header is None:
        text = "the message does not begin with a header segment: MSH, a field separator and four encoding characters"
        raise MessageFaultError(Fault(100, text, Place("MSH")))
    marks = header.delimiters
    if sum(message.count(it.encode("latin-1")) for it in marks.field + marks.encoding_characters) > MAX_DELIMITERS:
        raise MessageFaultError(Fault(102, f"more than {MAX_DELIMITERS:,} delimiters; send fewer orders in a message"))
    codec = codec_of(header.character_set, unsaid_character_set)
    text, doubts = decode(message, header.character_set, unsaid_character_set, marks.field)
    lines = [line for line in _lines(text) if line.strip()]
    if any(line[:3] in _HEADERS for line in lines[1:]):
        text = "more than one header segment in one block; send a message a block"
        raise MessageFaultError(Fault(100, text, Place("MSH", 2)))
    segments: list[Segment] = []
    counted: dict[str, int] = {}
    unknown: dict[str, None] = {}
    for line, fields in zip(lines, hl7.parse("\r".join(lines)), strict=True):
        name = line[:3]
        if not _NAME.fullmatch(name) or line[3:4] not in ("", marks.field):
            doubts.append(Fault(100, "a line that is no segment was passed over", Place("MSH"), "W"))
            continue
        counted[name] = counted.get(name, 0) + 1
        if name not in KNOWN:
            unknown[name] = None
        segments.append(Segment(name, counted[name], fields, marks, codec))
    if unknown:
        doubts.append(Fault(100, f"segments not read here, passed over: {', '.join(unknown)}", None, "W"))
    return Message(header, tuple(segments), tuple(doubts))


def _lines(text: str) -> list[str]:
    """Segments end with a carriage return; in files, with line breaks."""
    text = text.strip()
    return text.replace("\r\n", "\r").split("\r") if "\r" in text else text.split("\n")


def _part(node: Any, index: int) -> Any:
    """The index-th part of what the library cut; what was not cut further is its own first part."""
    if isinstance(node, str):
        return node if index == 1 else ""
    return node[index - 1] if index <= len(node) else ""


def _is_mark(character: str) -> bool:
    return "!" <= character <= "~" and not character.isalnum()
