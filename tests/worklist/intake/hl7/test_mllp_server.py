"""The MLLP server, with real sockets: whole messages come in, broken ones are told, and nothing stops it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.hl7 import Line, code, order_message, segments
from worklist.errors import IntakeError
from worklist.intake.hl7 import receive
from worklist.intake.hl7.acknowledge import OrderState
from worklist.intake.hl7.client import Hl7Client
from worklist.intake.hl7.faults import Fault
from worklist.intake.hl7.framing import Block, Framer, frame
from worklist.intake.hl7.mapping import Mapping
from worklist.intake.hl7.reading import Asked
from worklist.intake.hl7.receive import Receiver
from worklist.intake.hl7.server import Limits, serve_hl7
from worklist.pathways import load_pathways
from worklist.people import Actor
from worklist.store.store import Store
from worklist.watching.operations import open_operations


def message(number: int) -> bytes:
    return order_message(number=f"M{number}", placer=f"R{number}", accession=f"26-{number:06d}").encode()


def numbers(store: Store) -> set[str]:
    return {case.accession_number for case in store.cases()}


@contextmanager
def served(store: Store, home: Path, limits: Limits) -> Iterator[int]:
    with serve_hl7(0, "127.0.0.1", Receiver(store, load_pathways(), Mapping(), home), limits) as port:
        yield port


@pytest.fixture
def database() -> str:
    """What is on the line is the same whatever the store is on; test_receive.py tries both."""
    return "sqlite"


def test_two_messages_in_one_packet_get_two_answers_in_order(line: Line, store: Store) -> None:
    line.send(frame(message(1)) + frame(message(2)))
    told = [line.answer() or "", line.answer() or ""]
    assert [segments(it, "MSA")[0][1:3] for it in told] == [["AA", "M1"], ["AA", "M2"]]
    assert numbers(store) == {"26-000001", "26-000002"}


def test_a_message_split_over_many_packets_comes_in(line: Line, store: Store) -> None:
    framed = frame(message(1))
    line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.send(*(framed[at : at + 7] for at in range(0, len(framed), 7)))
    assert code(line.answer() or "") == "AA"
    assert numbers(store) == {"26-000001"}


def test_a_message_without_its_start_mark_is_rejected_and_the_next_comes_in(line: Line, store: Store) -> None:
    line.send(message(1) + b"\x1c\r")
    told = line.answer() or ""
    assert segments(told, "MSA")[0][1:3] == ["AE", "M1"]
    assert "begins with the byte 0B" in segments(told, "ERR")[0][8]
    assert code(line.ask(message(2))) == "AA"
    assert numbers(store) == {"26-000002"}
    (operation,) = open_operations(store)
    assert (operation.kind, operation.subject) == ("refused message", "LABKA at Herlev, message M1")


def test_a_message_that_is_cut_short_is_told_to_a_person_and_the_next_comes_in(line: Line, store: Store) -> None:
    line.send(frame(message(1))[:90] + frame(message(2)))
    assert segments(line.answer() or "", "MSA")[0][1:3] == ["AA", "M2"]
    assert numbers(store) == {"26-000002"}
    assert "cut short" in open_operations(store)[0].text


def test_a_line_that_breaks_in_a_message_leaves_nothing_half_done(port: int, store: Store) -> None:
    with Line(port) as line:
        line.send(frame(message(1))[:-10])
    with Line(port) as line:
        assert code(line.ask(message(2))) == "AA"
    assert numbers(store) == {"26-000002"}


def test_a_giant_message_is_refused_and_the_next_comes_in(store: Store, tmp_path: Path) -> None:
    with served(store, tmp_path, Limits(message_bytes=20_000)) as port, Line(port) as line:
        told = line.ask(message(1) + b"NTE|1||" + b"x" * 3_000_000 + b"\r")
        assert segments(told, "MSA")[0][1:3] == ["AE", "M1"]
        assert "longer than is taken" in segments(told, "ERR")[0][8]
        assert code(line.ask(message(2))) == "AA"
    assert numbers(store) == {"26-000002"}


def test_a_sender_that_stalls_is_let_go_while_others_are_served(store: Store, tmp_path: Path) -> None:
    with served(store, tmp_path, Limits(message_seconds=0.3)) as port, Line(port) as stalled, Line(port) as other:
        stalled.send(frame(message(1))[:50])
        assert code(other.ask(message(2))) == "AA"
        assert stalled.answer() is None
        assert code(other.ask(message(3))) == "AA"
    assert numbers(store) == {"26-000002", "26-000003"}
    assert "cut short" in open_operations(store)[0].text


def test_a_line_that_is_idle_for_too_long_is_closed_without_a_complaint(store: Store, tmp_path: Path) -> None:
    with served(store, tmp_path, Limits(idle_seconds=0.2)) as port, Line(port) as line:
        assert line.answer() is None
    assert open_operations(store) == []


def test_one_connection_too_many_is_closed_and_the_others_go_on(store: Store, tmp_path: Path) -> None:
    with served(store, tmp_path, Limits(connections=2)) as port, Line(port) as one, Line(port) as two:
        assert [code(one.ask(message(1))), code(two.ask(message(2)))] == ["AA", "AA"]
        with Line(port) as three:
            assert three.answer() is None
        assert code(one.ask(message(3))) == "AA"


def test_a_sender_of_nothing_but_nonsense_is_let_go(store: Store, tmp_path: Path) -> None:
    with served(store, tmp_path, Limits(broken_blocks=5)) as port, Line(port) as line:
        line.send(b"\x0bx" * 1000)
        with suppress(ConnectionError):
            assert line.answer() is None
    (operation,) = open_operations(store)
    assert operation.times == 5


def test_many_senders_at_once_lose_nothing(port: int, store: Store) -> None:
    answered: list[str] = []

    def send(sender: int) -> None:
        with Line(port) as line:
            answered.extend(code(line.ask(message(sender * 100 + index))) for index in range(5))

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answered == ["AA"] * 30
    assert len(numbers(store)) == 30


def test_a_message_at_hand_is_finished_when_the_server_stops(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    real: Callable[..., object] = receive.apply_order

    def slow(*told: object) -> object:
        begun.set()
        assert go_on.wait(120)
        return real(*told)

    monkeypatch.setattr(receive, "apply_order", slow)
    with served(store, tmp_path, Limits()) as port:
        line = Line(port)
        line.send(frame(message(1)))
        assert begun.wait(120)
        threading.Timer(0.2, go_on.set).start()
    with line:
        assert code(line.answer() or "") == "AA"
    assert numbers(store) == {"26-000001"}


def test_a_port_that_is_taken_is_told(port: int, receiver: Receiver) -> None:
    with pytest.raises(IntakeError, match="cannot listen"), serve_hl7(port, "127.0.0.1", receiver):
        pass


MARKS = st.sampled_from(
    [b"\x0b", b"\x1c\r", b"\x1c", b"\r", b"MSH|^~\\&|", b"MSH|^~\\&|A|B|C|D|2026||OML^O21|1|P|2.5\r"]
)


class WithoutStore(Receiver):
    """Reads and answers as ever, and keeps nothing, so that hundreds of lines can be tried."""

    def _apply(self, asked: Asked, _actor: Actor) -> tuple[tuple[Fault, ...], OrderState]:
        return (), OrderState("OK", asked.order.order_number, asked.order.accession_number)

    def _tell_a_person(self, *_told: object) -> None:
        pass


@pytest.fixture(scope="module")
def quick_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("list")
    store = Store(f"sqlite:///{folder / 'worklist.db'}")
    with serve_hl7(0, "127.0.0.1", WithoutStore(store, load_pathways(), Mapping(), folder)) as port:
        yield port
    store.close()


@settings(max_examples=40, deadline=None)
@given(st.lists(MARKS | st.binary(max_size=60), max_size=25).map(b"".join))
def test_after_any_bytes_whatever_the_server_takes_the_next_order(quick_port: int, data: bytes) -> None:
    with Line(quick_port) as line:
        line.send(data)
        with suppress(OSError):
            line.socket.shutdown(socket.SHUT_WR)
            while line.answer() is not None:
                pass
    with Line(quick_port) as line:
        assert code(line.ask(message(1))) == "AA"


def test_the_client_tries_again_until_the_receiver_answers(port: int, store: Store) -> None:
    with Hl7Client("127.0.0.1", port) as client:
        assert client.send(message(1)).accepted
        assert client.send(message(2)).accepted
        reply = client.send(order_message(accession="", number="M3").encode())
    assert (reply.accepted, reply.code, reply.number) == (False, "AE", "M3")
    assert reply.text.startswith("ORC-3: is empty")


def test_the_client_says_when_nobody_answers() -> None:
    pauses: list[float] = []
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = Hl7Client("127.0.0.1", unused.getsockname()[1], timeout_s=1, pause=pauses.append)
        with pytest.raises(IntakeError, match="no answer in 3 tries"):
            client.send(message(1))
    assert pauses == [2.0, 4.0]


def test_the_client_passes_over_answers_to_other_messages_and_lines_that_break() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def peer() -> None:
            first, _ = listening.accept()
            first.recv(65_536)
            first.close()
            second, _ = listening.accept()
            framer = Framer(65_536)
            found: list[object] = []
            while not found:
                found = list(framer.feed(second.recv(65_536)))
            assert isinstance(found[0], Block)
            second.sendall(frame(b"MSH|^~\\&|\rMSA|AA|OLD\r") + b"noise" + frame(b"MSH|^~\\&|\rMSA|AA|M1\r"))
            second.close()

        thread = threading.Thread(target=peer)
        thread.start()
        with Hl7Client("127.0.0.1", listening.getsockname()[1], pause=lambda _: None) as client:
            assert client.send(message(1)).number == "M1"
        thread.join()
