"""HL7 v2 messages with invented patients, and a plain socket client that speaks MLLP."""

import socket
from collections.abc import Iterable

from worklist.intake.events import Order
from worklist.intake.hl7.characters import Delimiters, escape
from worklist.intake.hl7.framing import Block, Framer, frame
from worklist.intake.hl7.times import write_time

MARKS = Delimiters()
CODES = {"new": "NW", "change": "XO", "cancel": "CA"}


def header(kind: str = "OML^O21^OML_O21", number: str = "M1", **fields: str) -> str:
    """An MSH segment; fields by position, such as f18="8859/1"."""
    plain = {
        "f3": "LABKA",
        "f4": "Herlev",
        "f5": "FORRANG",
        "f6": "Patologi",
        "f7": "20261118101500+0100",
        "f9": kind,
        "f10": number,
        "f11": "P",
        "f12": "2.5.1",
        "f18": "UNICODE UTF-8",
    } | fields
    return "|".join(["MSH", "^~\\&", *(plain.get(f"f{it}", "") for it in range(3, 19))]).rstrip("|")


def order_message(
    *,
    control: str = "NW",
    accession: str = "26-000123",
    placer: str = "R1001",
    pathway: str = "breast",
    patient: str = "0102030000",
    priority: str = "R",
    specimen: str = "SPM|1|^26-000123.1||BIO^Biopsy^HL70488",
    received: str = "20261118100000+0100",
    msh: str | None = None,
    further: Iterable[str] = (),
    **fields: str,
) -> str:
    """An OML^O21 with one order."""
    lines = [
        msh or header(**fields),
        f"PID|1||{patient}^^^CPR^NNDNK||Prøve^Asta^^^^^L||20030201|F",
        "PV1|1|O|AFD^^^Herlev",
        f"ORC|{control}|{placer}|{accession}|||||||20261118100000+0100",
        f"TQ1|1||||||||{priority}^^HL70485",
        f"OBR|1|{placer}|{accession}|HIST^Histology^L||||||||||{received}"
        + "|" * 10
        + "mamma"
        + "|" * 22
        + f"^{pathway}",
        *([specimen] if specimen else []),
        *further,
    ]
    return "\r".join(lines) + "\r"


def render(order: Order) -> bytes:
    """An order as the message that tells all of it."""
    e = {
        name: escape(value, MARKS)
        for name, value in {
            "source": order.source,
            "number": order.message_id,
            "placer": order.order_number,
            "accession": order.accession_number,
            "pathway": order.pathway,
            "site": order.site,
            "subspecialty": order.subspecialty,
            "patient": order.patient_id.get_secret_value() if order.patient_id else "",
        }.items()
    }
    priority = next((it for it, value in {"S": 1, "A": 2}.items() if value == order.urgency), "")
    received = write_time(order.received_utc) if order.received_utc else ""
    lines = [
        header(number=e["number"], f3=e["source"], f4="", f7=write_time(order.sent_utc)),
        f"PID|1||{e['patient']}",
        f"PV1|1|O|^^^{e['site']}",
        f"ORC|{CODES[order.action]}|{e['placer']}|{e['accession']}",
        f"TQ1|1||||||||{priority}",
        f"OBR|1|{e['placer']}|{e['accession']}|HIST||||||||||{received}"
        + "|" * 10
        + e["subspecialty"]
        + "|" * 22
        + f"^{e['pathway']}",
    ]
    for index, specimen in enumerate(order.specimens, start=1):
        number, description = escape(specimen.number, MARKS), escape(specimen.description, MARKS)
        lines.append(f"SPM|{index}|^{number}||{specimen.kind}||||||||||{description}")
        lines += [f"SAC|||{escape(block, MARKS)}" for block in specimen.blocks]
    return ("\r".join(lines) + "\r").encode()


class Line:
    """A sender's connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._framer = Framer(1_000_000)
        self._answers: list[str] = []

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_told: object) -> None:
        self.socket.close()

    def send(self, *pieces: bytes) -> None:
        """Puts bytes on the line, in these pieces."""
        for piece in pieces:
            self.socket.sendall(piece)

    def answer(self) -> str | None:
        """The next answer; None where the receiver closed the line."""
        while not self._answers:
            piece = self.socket.recv(65_536)
            if not piece:
                return None
            self._answers += [
                it.message.decode(errors="replace") for it in self._framer.feed(piece) if isinstance(it, Block)
            ]
        return self._answers.pop(0)

    def ask(self, message: str | bytes) -> str:
        """Sends one message and gives its answer."""
        self.send(frame(message.encode() if isinstance(message, str) else message))
        answer = self.answer()
        assert answer is not None
        return answer


def segments(answer: str, name: str) -> list[list[str]]:
    """The segments of that name in an answer, as their fields."""
    return [line.split("|") for line in answer.split("\r") if line.startswith(name)]


def code(answer: str) -> str:
    """MSA-1 of an answer."""
    return segments(answer, "MSA")[0][1]
