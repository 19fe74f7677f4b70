"""The HL7 server over TLS and for named senders alone, with a certificate that the test makes."""

import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.support.hl7 import Line, code, order_message
from worklist.errors import IntakeError
from worklist.intake.hl7.access import OPEN, Access
from worklist.intake.hl7.framing import frame
from worklist.intake.hl7.receive import Receiver
from worklist.intake.hl7.server import USUAL, serve_hl7
from worklist.store.store import Store


@pytest.fixture
def database() -> str:
    return "sqlite"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost that vouches for itself, and its key."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("skipped: no openssl program to make a certificate with")
    certificate, key = tmp_path / "site.pem", tmp_path / "site-key.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([program, *words.split(), *names], check=True, capture_output=True)
    return certificate, key


def answer(port: int, message: str, trusted: Path) -> str:
    context = ssl.create_default_context(cafile=trusted)
    with (
        socket.create_connection(("127.0.0.1", port), 30) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as line,
    ):
        line.sendall(frame(message.encode()))
        return line.recv(65536).decode()


def test_orders_come_in_over_tls_and_in_the_clear_nothing_is_answered(
    receiver: Receiver, store: Store, pair: tuple[Path, Path]
) -> None:
    access = Access.of(*pair, ())
    with serve_hl7(0, "127.0.0.1", receiver, USUAL, access) as port:
        with Line(port) as clear:
            clear.send(frame(order_message(number="M2", accession="26-000124").encode()))
            assert clear.answer() is None
        assert "MSA|AA|M1" in answer(port, order_message(), pair[0])
    assert [it.accession_number for it in store.cases()] == ["26-000123"]


@pytest.mark.parametrize(("senders", "is_taken"), [(("127.0.0.0/8",), True), (("10.1.2.9", "::1"), False)])
def test_only_named_senders_are_listened_to(
    receiver: Receiver, store: Store, senders: tuple[str, ...], *, is_taken: bool
) -> None:
    with serve_hl7(0, "127.0.0.1", receiver, USUAL, Access.of(None, None, senders)) as port, Line(port) as line:
        if is_taken:
            assert code(line.ask(order_message().encode())) == "AA"
        else:
            assert line.answer() is None
    assert len(store.cases()) == is_taken


def test_an_address_is_known_in_the_form_of_either_protocol() -> None:
    access = Access.of(None, None, ["10.1.3.7/24", "fe80::/10"])
    assert access.admits("10.1.3.200")
    assert access.admits("::ffff:10.1.3.9")
    assert access.admits("fe80::1%eth0")
    assert not access.admits("10.1.4.1")
    assert not access.admits("unknown")
    assert OPEN.admits("unknown")


def test_what_cannot_be_used_is_told_with_what_to_give(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    certificate, key = pair
    with pytest.raises(IntakeError, match="give both FORRANG_HL7_CERTIFICATE and FORRANG_HL7_KEY"):
        Access.of(certificate, None, ())
    for wrong in ((key, certificate), (tmp_path / "none.pem", key)):
        with pytest.raises(IntakeError, match="cannot be used: give a certificate with its chain"):
            Access.of(*wrong, ())
    with pytest.raises(IntakeError, match=r"'lis\.example' is no address"):
        Access.of(None, None, ["lis.example"])
