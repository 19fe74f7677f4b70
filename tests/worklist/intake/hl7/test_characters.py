"""Character sets and escape sequences: Danish letters come through, and what does not fit is told with its place."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hl7 import MARKS, header, order_message
from worklist.intake.hl7.characters import escape, unescape
from worklist.intake.hl7.faults import MessageFaultError
from worklist.intake.hl7.message import MAX_DELIMITERS, read_header, read_message
from worklist.intake.hl7.receive import Received, Receiver

DANISH = "kræftpakke æggestok ÆØÅ"


def description(message: bytes) -> str:
    (specimen,) = (it for it in read_message(message, "ASCII").segments if it.name == "SPM")
    return specimen.text(14)


def message_with(text: str, charset: str) -> str:
    return order_message(specimen=f"SPM|1|^1||TISS||||||||||{text}", f18=charset)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("UNICODE UTF-8", "utf-8"), ("8859/1", "latin-1"), ("8859/15", "iso8859-15"), ("utf-8", "utf-8")],
)
def test_danish_letters_come_through_in_every_character_set_that_has_them(charset: str, codec: str) -> None:
    assert description(message_with(DANISH, charset).encode(codec)) == DANISH


@pytest.mark.parametrize("charset", ["", "ASCII"])
def test_danish_letters_in_a_message_that_says_ascii_are_told_with_their_place(charset: str) -> None:
    with pytest.raises(MessageFaultError) as told:
        read_message(message_with(DANISH, charset).encode("latin-1").replace(b"Pr\xf8ve", b"Prove"), "ASCII")
    (fault,) = told.value.faults
    assert str(fault.place) == "SPM-14"
    assert fault.code == 102
    assert "byte E6" in fault.text
    assert "MSH-18" in fault.text


def test_an_empty_character_set_means_what_the_site_says() -> None:
    message = message_with(DANISH, "").encode("latin-1")
    assert any(DANISH in segment.text(14) for segment in read_message(message, "8859/1").segments)


def test_latin_letters_in_a_message_that_says_utf_8_are_told() -> None:
    with pytest.raises(MessageFaultError, match="byte F8 does not fit: MSH-18 says UNICODE UTF-8"):
        read_message(message_with(DANISH, "UNICODE UTF-8").encode("latin-1"), "ASCII")


def test_utf_8_that_says_it_is_latin_is_read_as_utf_8_and_told() -> None:
    message = read_message(message_with(DANISH, "8859/1").encode("utf-8"), "ASCII")
    assert any(segment.text(14) == DANISH for segment in message.segments if segment.name == "SPM")
    (doubt,) = message.doubts
    assert doubt.severity == "W"
    assert "its bytes are UTF-8" in doubt.text


def test_a_character_set_that_is_not_known_is_told_with_those_that_are() -> None:
    with pytest.raises(MessageFaultError, match="allowed are: ASCII, 8859/1"):
        read_message(order_message(f18="EBCDIC").encode(), "ASCII")


@pytest.mark.parametrize(
    ("field", "meant"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", "a|b^c&d~e\\f"),
        (r"one\.br\two\.sp2\three", "one\ntwo\nthree"),
        (r"v\XC3A6\v and v\XC3\\XA6\v", "væv and væv"),
        (r"\H\bold\N\ \Zxyz\ \C2842\ \.in4\x", "bold    x"),
        ("a lone \\ stays", "a lone \\ stays"),
        (r"\.sp999999999\x", "x"),
    ],
)
def test_escape_sequences_mean_what_the_standard_says(field: str, meant: str) -> None:
    assert unescape(field, MARKS, "utf-8").strip() == meant


@pytest.mark.parametrize("field", [r"\XC3\ alone", r"\XA\ odd"])
def test_hex_that_is_no_text_is_told(field: str) -> None:
    with pytest.raises(MessageFaultError, match="SPM-14: holds bytes in hex"):
        description(message_with(field, "UNICODE UTF-8").encode())


@given(st.text())
def test_what_was_escaped_is_read_as_it_was_but_for_the_kind_of_line_break(text: str) -> None:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert unescape(escape(text, MARKS), MARKS, "utf-8") == plain
    assert not set(escape(text, MARKS)) & set("|^~&\r\n")


def test_other_delimiters_are_read_as_the_header_names_them() -> None:
    message = "MSH#:;!%#LIS####20261118101500##OML:O21#7#P#2.5\rSPM#1#:A!S!1\r"
    read = read_message(message.encode(), "ASCII")
    assert read.header.kind == ("OML", "O21")
    assert read.segments[1].text(2, 2) == "A:1"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "MSH",
        "MSH|",
        "MSH|^~\\&",
        "MSH|^^^^|",
        "MSHA^~\\&A",
        "MSH|abcd|x",
        "PID|1",
        "{}",
        "MSH\t^~\\&\tx",
        "MSH|^~\\&\rPID|1|2",
    ],
)
def test_what_has_no_header_is_told_and_not_answered(message: str) -> None:
    assert read_header(message.encode()) is None
    with pytest.raises(MessageFaultError, match="does not begin with a header"):
        read_message(message.encode(), "ASCII")


@pytest.mark.parametrize("second", ["MSH|^~\\&|X", "MSH", "BHS", "FHS|"])
def test_a_block_of_two_messages_is_refused_rather_than_read_as_one(second: str) -> None:
    with pytest.raises(MessageFaultError, match="more than one header"):
        read_message((header() + "\rPID|1\r" + second).encode(), "ASCII")


def test_more_delimiters_than_any_order_has_are_refused_before_they_cost_memory() -> None:
    with pytest.raises(MessageFaultError, match="100,000 delimiters"):
        read_message((header() + "\rNTE|" + "|" * MAX_DELIMITERS).encode(), "ASCII")


def test_unknown_segments_and_lines_that_are_none_are_noted() -> None:
    read = read_message(order_message(further=["ZDK|1|x", "ZDK|2", "ZZ9|x", "garbage"]).encode(), "ASCII")
    assert [it.text for it in read.doubts] == [
        "a line that is no segment was passed over",
        "segments not read here, passed over: ZDK, ZZ9",
    ]
    assert {it.severity for it in read.doubts} == {"W"}


PIECES = st.sampled_from(
    [
        b"MSH|^~\\&|",
        b"\r",
        b"|",
        b"^",
        b"~",
        b"\\",
        b"&",
        b"ORC|NW|1|2",
        b"OBR|",
        b"SPM|",
        b"\\X",
        b"\xe6",
        b"\x00",
        b'""',
    ]
)


@given(
    st.one_of(st.binary(max_size=400), st.lists(st.one_of(PIECES, st.binary(max_size=5)), max_size=60).map(b"".join))
)
def test_no_bytes_whatever_make_the_reader_fail_but_by_telling_what_is_wrong(data: bytes) -> None:
    for message in (data, b"MSH|^~\\&|L|H|||20261118101500||OML^O21|1|P|2.5||||||UNICODE UTF-8\r" + data):
        with suppress(MessageFaultError):
            for segment in read_message(message, "8859/1").segments:
                for field in (1, 2, 40):
                    with suppress(MessageFaultError):
                        assert segment.text(field, 2, 2) == segment.text(field, 2, 2).strip()


@pytest.mark.parametrize("database", ["sqlite"])
def test_the_answer_keeps_the_bytes_of_the_senders_names(receiver: Receiver) -> None:
    received: Received = receiver.receive(order_message(f3="LABKA Æ", f18="8859/1").encode("latin-1"), "test")
    assert received.code == "AA"
    assert b"|LABKA \xc6|" in received.answers[0]
    assert "kræftpakke bryst".encode("latin-1") in received.answers[0]
