"""`forrang intake hl7`, `hl7-file` and `hl7-send`: orders as HL7 v2 messages, and results back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.showing import print_line

if TYPE_CHECKING:
    from worklist.intake.hl7.receive import Received, Receiver

SOME_FAILED = 1

_WORDS = {
    "OK": "ordered",
    "UA": "not ordered",
    "XR": "changed",
    "UX": "not changed",
    "CR": "cancelled",
    "UC": "not cancelled",
    "SR": "asked about",
}
"""What each control code of an answer means."""

MappingFile = Annotated[
    Path | None, typer.Option("--mapping", help="Where in your messages things stand (YAML); docs/integration.md.")
]


def register(group: typer.Typer) -> None:
    """Puts the commands into the group `forrang intake`."""
    group.command("hl7")(serve)
    group.command("hl7-file")(take_files)
    group.command("hl7-send")(send)


def serve(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any free one.", min=0, max=65535)] = 2575,
    address: Annotated[
        str, typer.Option(help="Address to listen on: this machine's own only, by default.")
    ] = "127.0.0.1",
    mapping: MappingFile = None,
) -> None:
    """Takes orders as HL7 v2 messages over MLLP until it is stopped with Ctrl-C."""
    import signal
    import threading

    from worklist.intake.hl7.access import Access
    from worklist.intake.hl7.server import USUAL, serve_hl7
    from worklist.settings import Settings

    settings = Settings()
    access = Access.of(settings.hl7_certificate, settings.hl7_key, settings.hl7_senders)
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    with serve_hl7(port, address, _receiver(mapping), USUAL, access) as listening:
        how = " over TLS" if access.tls else ""
        print_line(f"Forrang takes HL7 v2 orders{how} at {address}:{listening} (stop it with Ctrl-C)")
        stopped.wait()
    print_line("stopped; every message that was answered is on the list")


def take_files(
    files: Annotated[
        list[Path], typer.Argument(help="Files with one message or more each, with or without MLLP marks.")
    ],
    mapping: MappingFile = None,
) -> None:
    """Takes orders from files of HL7 v2 messages. Exit status 1 where any was not accepted."""
    from worklist.intake.hl7.files import read_file
    from worklist.intake.hl7.server import USUAL

    receiver = _receiver(mapping)
    all_good = True
    for file in files:
        found = read_file(file, USUAL.message_bytes)
        for index, one in enumerate(found, start=1):
            received = receiver.take(one, "file")
            all_good = all_good and received.code == "AA"
            for line in _told(received):
                print_line(f"{file.name}, message {index}: {line}")
    if not all_good:
        raise typer.Exit(SOME_FAILED)


def send(
    to: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the other system listens.")],
    case: Annotated[
        list[str] | None,
        typer.Option(help="Accession number of a case to tell; again for more. All that changed if left out."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="Send the messages of this file as they are, to try a connection.")
    ] = None,
) -> None:
    """Sends the AI's findings and places on the list as ORU^R01: of those cases, or of all that changed."""
    from worklist.errors import IntakeError
    from worklist.intake.hl7.client import Hl7Client
    from worklist.intake.hl7.send import send_changes, send_file
    from worklist.settings import Settings
    from worklist.store.store import Store

    host, _, port = to.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise IntakeError(f"--to {to}: is no HOST:PORT; give one such as 10.1.2.3:2576")
    settings = Settings()
    with Hl7Client(host.strip("[]"), int(port)) as client:
        if file is not None:
            sent = send_file(client, file)
        else:
            sent = send_changes(Store.open(settings.store_url), client, settings, to, tuple(case or ()))
    for refusal in sent.refused:
        print_line(f"not accepted: {refusal}")
    print_line(f"{sent.accepted} accepted, {len(sent.refused)} not, {sent.unchanged} unchanged since last time")
    if sent.refused:
        raise typer.Exit(SOME_FAILED)


def _receiver(mapping: Path | None) -> "Receiver":
    from worklist.intake.hl7.mapping import load_mapping
    from worklist.intake.hl7.receive import Receiver
    from worklist.pathways import load_pathways
    from worklist.settings import Settings
    from worklist.store.store import Store

    settings: Settings = Settings()
    pathways = load_pathways(settings.pathways)
    return Receiver(Store.open(settings.store_url), pathways, load_mapping(mapping), settings.home_folder)


def _told(received: "Received") -> list[str]:
    """What became of a message, a line each thing."""
    orders = [f"{it.accession_number} {_WORDS[it.control_code]}" for it in received.verdict.orders]
    head = ", ".join([received.code, *orders])
    return [head, *(f"  {fault}" for fault in received.verdict.faults)]
