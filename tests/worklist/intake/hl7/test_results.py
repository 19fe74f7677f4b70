"""Results out: what the AI found and where the case stands, told once, and again only when it has changed."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.hl7 import segments
from worklist.cases import Case, CaseSlide
from worklist.errors import IntakeError, UnknownCaseError
from worklist.intake.hl7.characters import unescape
from worklist.intake.hl7.client import Hl7Client, Reply
from worklist.intake.hl7.message import read_message
from worklist.intake.hl7.results import CaseResult, Memory, result_message
from worklist.intake.hl7.send import MEMORY, send_changes
from worklist.people import Actor
from worklist.settings import Settings
from worklist.store.store import Store

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
SYSTEM = Actor("test", "system", "test")
READER = Actor("abc", "pathologist", "test")


def case(number: str, *slides: CaseSlide, days: int = 3) -> Case:
    return Case(
        accession_number=number,
        pathway="breast",
        pathway_name="kræftpakke bryst",
        received_utc=NOW - timedelta(days=1),
        deadline_utc=NOW + timedelta(days=days),
        slides=slides,
    )


def scored(score: float) -> CaseSlide:
    return CaseSlide(path=Path("a.svs"), state="scored", score=score, flagged=score > 0.5, model="idc@1")


class Recipient(Hl7Client):
    """Takes what is sent; answers as a test wants."""

    def __init__(self) -> None:
        super().__init__("nowhere", 1)
        self.messages: list[str] = []
        self.code = "AA"

    def send(self, message: bytes) -> Reply:
        if self.code == "none":
            raise IntakeError("no answer")
        self.messages.append(message.decode())
        return Reply(self.code, "1", "known too well" if self.code != "AA" else "")

    @property
    def told(self) -> list[str]:
        """Accession numbers of what was sent since the last look."""
        sent, self.messages = self.messages, []
        return [segments(it, "OBR")[0][3] for it in sent]


@pytest.fixture
def database() -> str:
    return "sqlite"


@pytest.fixture
def there(store: Store, tmp_path: Path) -> tuple[Store, Recipient, Settings]:
    store.add_cases([case("26-1", scored(0.94)), case("26-2", days=1)], SYSTEM)
    return store, Recipient(), Settings(home=tmp_path)


def test_a_result_says_finding_place_and_reason_and_that_it_is_preliminary() -> None:
    result = CaseResult.of(case("26-1", scored(0.94)), 2, "2nd: raised | by the AI")
    text = result_message(result, "N1", NOW).decode()
    (msh,) = segments(text, "MSH")
    assert (msh[8], msh[9], msh[11], msh[17]) == ("ORU^R01^ORU_R01", "N1", "2.5.1", "UNICODE UTF-8")
    assert segments(text, "OBR")[0][3] == "26-1"
    assert segments(text, "OBR")[0][25] == "P"
    told = {it[3].split("^")[0]: (it[2], it[5], it[11]) for it in segments(text, "OBX")}
    assert told == {
        "STATE": ("ST", "received", "P"),
        "AI": ("ST", "flagged", "P"),
        "AISCORE": ("NM", "0.9400", "P"),
        "MODEL": ("ST", "idc@1", "P"),
        "PLACE": ("NM", "2", "P"),
        "REASON": ("ST", "2nd: raised \\F\\ by the AI", "P"),
    }
    assert segments(text, "PID") == []
    read = read_message(text.encode(), "ASCII")
    assert unescape(told["REASON"][1], read.header.delimiters, "utf-8") == "2nd: raised | by the AI"


def test_a_case_without_a_score_says_so_by_leaving_it_out() -> None:
    text = result_message(CaseResult.of(case("26-2"), 1, "1st"), "N1", NOW).decode()
    assert [it[3].split("^")[0] for it in segments(text, "OBX")] == ["STATE", "AI", "PLACE", "REASON"]
    assert [it[1] for it in segments(text, "OBX")] == ["1", "2", "3", "4"]


def test_only_what_has_changed_is_sent_again(there: tuple[Store, Recipient, Settings]) -> None:
    store, recipient, settings = there
    assert send_changes(store, recipient, settings, "lis:1").accepted == 2
    assert sorted(recipient.told) == ["26-1", "26-2"]
    again = send_changes(store, recipient, settings, "lis:1")
    assert (again.accepted, again.unchanged, recipient.told) == (0, 2, [])
    store.record_result(scored(0.91), SYSTEM)
    assert send_changes(store, recipient, settings, "lis:1").accepted == 1
    assert recipient.told == ["26-1"]
    assert send_changes(store, recipient, settings, "other:1").accepted == 2


def test_a_case_that_was_signed_out_is_told_once(there: tuple[Store, Recipient, Settings]) -> None:
    store, recipient, settings = there
    send_changes(store, recipient, settings, "lis:1")
    store.sign_out("26-2", READER)
    recipient.messages.clear()
    send_changes(store, recipient, settings, "lis:1")
    (told,) = (it for it in recipient.messages if "26-2" in it)
    assert ["signed out" in told, "PLACE" in told] == [True, False]
    recipient.messages.clear()
    send_changes(store, recipient, settings, "lis:1")
    assert recipient.told == []


def test_a_named_case_is_sent_in_any_event_and_an_unknown_one_is_told(
    there: tuple[Store, Recipient, Settings],
) -> None:
    store, recipient, settings = there
    for _ in range(2):
        assert send_changes(store, recipient, settings, "lis:1", ["26-1"]).accepted == 1
    assert recipient.told == ["26-1", "26-1"]
    with pytest.raises(UnknownCaseError):
        send_changes(store, recipient, settings, "lis:1", ["26-9"])


def test_what_was_not_accepted_is_told_and_sent_again(there: tuple[Store, Recipient, Settings]) -> None:
    store, recipient, settings = there
    recipient.code = "AR"
    sent = send_changes(store, recipient, settings, "lis:1")
    assert (sent.accepted, len(sent.refused)) == (0, 2)
    assert "AR known too well; a reject means that this receiver takes no results (ORU^R01)" in sent.refused[0]
    recipient.code = "none"
    with pytest.raises(IntakeError):
        send_changes(store, recipient, settings, "lis:1")
    recipient.code = "AA"
    assert send_changes(store, recipient, settings, "lis:1").accepted == 2


def test_results_that_are_sent_to_our_own_receiver_of_orders_are_told_to_be_in_the_wrong_place(
    there: tuple[Store, Recipient, Settings], port: int
) -> None:
    store, _, settings = there
    with Hl7Client("127.0.0.1", port) as client:
        (refusal,) = send_changes(store, client, settings, "own:1", ["26-1"]).refused
    assert refusal.startswith("case 26-1: AR MSH-9: results are not taken here: this is a receiver of orders (OML^O21,")
    assert "see that --to is where the LIS listens for results" in refusal


def test_what_was_accepted_before_the_receiver_went_away_is_remembered(
    there: tuple[Store, Recipient, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, recipient, settings = there
    stops = threading.Event()
    real = recipient.send

    def once(message: bytes) -> Reply:
        if stops.is_set():
            raise IntakeError("no answer")
        stops.set()
        return real(message)

    monkeypatch.setattr(recipient, "send", once)
    with pytest.raises(IntakeError):
        send_changes(store, recipient, settings, "lis:1")
    stops.clear()
    assert send_changes(store, recipient, settings, "lis:1").unchanged == 1


def test_a_spoilt_memory_is_told(tmp_path: Path) -> None:
    (tmp_path / MEMORY).write_text("{", encoding="utf-8")
    with pytest.raises(IntakeError, match="remove it"):
        Memory(tmp_path / MEMORY, "lis:1").told()
    (tmp_path / MEMORY).write_text(json.dumps({"lis:1": {"26-1": "x"}}), encoding="utf-8")
    assert Memory(tmp_path / MEMORY, "lis:1").told() == {"26-1": "x"}
