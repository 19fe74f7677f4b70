"""Blocks on a line: cut right whatever the pieces, and whatever else the bytes are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worklist.intake.hl7.files import split_file
from worklist.intake.hl7.framing import HEAD, Block, Framer, FramingFault, frame

LIMIT = 5000


def cut(*pieces: bytes, limit: int = LIMIT) -> list[Block | FramingFault]:
    framer = Framer(limit)
    found = [one for piece in pieces for one in framer.feed(piece)]
    return [*found, *framer.close()]


def test_two_messages_in_one_packet_are_two_messages() -> None:
    assert cut(frame(b"MSH|1") + frame(b"MSH|2")) == [Block(b"MSH|1"), Block(b"MSH|2")]


def test_a_message_in_many_packets_is_one_message() -> None:
    assert cut(*(bytes([it]) for it in frame(b"MSH|1\rPID|2\r"))) == [Block(b"MSH|1\rPID|2\r")]


def test_line_breaks_between_blocks_mean_nothing() -> None:
    assert cut(frame(b"A") + b"\r\n" + frame(b"B") + b"\n ") == [Block(b"A"), Block(b"B")]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"MSH|no start mark\x1c\r", "no start"),
        (b"\x1c\r", "no start"),
        (b"\x0bMSH|never ends", "cut short"),
        (b"\x0bMSH|ends without a return\x1cX", "no end"),
        (b"\x0bMSH|ends without a return\x1c", "no end"),
        (b"\x0b" + b"M" * (LIMIT + 1) + b"\x1c\r", "too large"),
        (b"\x0b" + b"M" * (LIMIT + 1), "too large"),
    ],
)
def test_wrong_framing_is_told_and_the_next_message_comes_in(data: bytes, kind: str) -> None:
    fault, *others = cut(data)
    assert isinstance(fault, FramingFault)
    assert fault.kind == kind
    assert len(fault.head) <= HEAD
    assert cut(data + frame(b"MSH|next"))[-1] == Block(b"MSH|next")
    assert all(isinstance(one, FramingFault) for one in others)


def test_a_message_that_is_cut_by_the_next_is_told_and_the_next_comes_in() -> None:
    assert cut(b"\x0bMSH|1\rOBR" + frame(b"MSH|2")) == [FramingFault("cut short", b"MSH|1\rOBR"), Block(b"MSH|2")]


def test_a_giant_message_is_never_kept_whole() -> None:
    framer = Framer(LIMIT)
    for _ in range(1000):
        framer.feed(b"\x0b"[:1] if not framer.in_message else b"x" * 1000)
        assert len(framer._kept) <= LIMIT + 1000
    assert [one.kind for one in framer.close() if isinstance(one, FramingFault)] == ["too large"]


MARKED = st.lists(st.sampled_from([b"\x0b", b"\x1c", b"\r", b"\n", b"MSH|", b"x" * 40, b"\x1c\r"]), max_size=40)


@given(MARKED.map(b"".join), st.lists(st.integers(0, 400), max_size=8))
def test_the_pieces_in_which_bytes_come_change_nothing(data: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(data), *(it for it in cuts if it < len(data))})
    pieces = [data[a:b] for a, b in pairwise(edges)]
    assert cut(*pieces, limit=100) == cut(data, limit=100)


@given(st.lists(st.binary(max_size=60).map(lambda it: it.translate(None, b"\x0b\x1c")), max_size=6))
def test_whatever_was_framed_comes_out_as_it_was(messages: list[bytes]) -> None:
    assert cut(b"".join(map(frame, messages))) == [Block(it) for it in messages]


@given(st.binary(max_size=500))
def test_a_good_message_comes_in_after_any_bytes_whatever(data: bytes) -> None:
    assert cut(data + frame(b"MSH|good"))[-1] == Block(b"MSH|good")


def test_a_file_of_messages_is_split_at_its_headers() -> None:
    content = b"MSH|^~\\&|A\nPID|1\nMSH|^~\\&|B\rPID|2\r"
    assert split_file(content, 1000) == [Block(b"MSH|^~\\&|A\nPID|1\n"), Block(b"MSH|^~\\&|B\rPID|2\r")]
    assert split_file(frame(b"MSH|1") + frame(b"MSH|2"), 1000) == [Block(b"MSH|1"), Block(b"MSH|2")]


def test_a_batch_is_its_messages_and_what_is_none_is_told() -> None:
    batch = b"FHS|^~\\&|A\rBHS|^~\\&\rMSH|^~\\&|A\rPID|1\rBTS|1\rFTS|1\r"
    assert split_file(batch, 1000) == [Block(b"MSH|^~\\&|A\rPID|1\r")]
    assert split_file(b"hello\nMSH|^~\\&|A", 1000) == [FramingFault("no start", b"hello\n"), Block(b"MSH|^~\\&|A")]
    assert split_file(b" \r\n", 1000) == []
