"""What a message does to the list, and what it is answered: by the standard, once, and only when it is kept."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from tests.support.hl7 import code, header, order_message, segments
from tests.worklist.conftest import SettableClock
from worklist.errors import StoreError
from worklist.intake.hl7 import receive
from worklist.intake.hl7.framing import FramingFault
from worklist.intake.hl7.mapping import Mapping
from worklist.intake.hl7.receive import Receiver
from worklist.pathways import load_pathways
from worklist.people import Actor
from worklist.store.store import Store
from worklist.store.tables import AuditRow, CaseRow, OperationRow, SpecimenRow
from worklist.watching.operations import open_operations

ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"])
"""For what is answered and not kept, the database does not matter."""

READER = Actor("abc", "pathologist", "test")


def answer(receiver: Receiver, message: str, peer: str = "10.1.2.9") -> str:
    (told,) = receiver.receive(message.encode(), peer).answers
    return told.decode()


def errors(told: str) -> list[tuple[str, str, str]]:
    """Place, code and severity of each ERR segment."""
    return [(it[2], it[3].split("^")[0], it[4]) for it in segments(told, "ERR")]


def test_a_new_order_is_on_the_list_when_it_is_accepted(receiver: Receiver, store: Store) -> None:
    told = answer(receiver, order_message(priority="S"))
    case = store.case("26-000123")
    assert (case.pathway, case.specimen_kind, case.site, case.subspecialty) == ("breast", "biopsy", "Herlev", "mamma")
    assert case.urgency == 1
    assert segments(told, "MSA") == [["MSA", "AA", "M1"]]
    assert segments(told, "ORC") == [["ORC", "OK", "R1001", "26-000123"]]
    (msh,) = segments(told, "MSH")
    assert msh[2:6] == ["FORRANG", "Patologi", "LABKA", "Herlev"]
    assert (msh[8], msh[10], msh[11]) == ("ORL^O22^ORL_O22", "P", "2.5.1")
    assert errors(told) == [("ORC^1", "0", "I")]


def test_the_audit_trail_says_from_where_and_the_store_holds_no_patient(receiver: Receiver, store: Store) -> None:
    with capture_logs() as logs:
        answer(receiver, order_message())
    with store.reading() as session:
        row = session.scalars(select(AuditRow)).one()
        case = session.scalars(select(CaseRow)).one()
        specimens = session.scalars(select(SpecimenRow)).all()
    assert (row.who, row.role, row.source, row.accession_number) == ("hl7", "system", "hl7 10.1.2.9", "26-000123")
    assert case.patient_key
    everything = json.dumps(logs) + row.details + "".join(f"{vars(it)}" for it in [case, *specimens])
    assert not any(secret in everything for secret in ("0102030000", "Asta", "20030201"))
    assert "26-000123" not in json.dumps(logs)


def test_the_same_message_again_gets_the_same_answer_and_does_nothing(receiver: Receiver, store: Store) -> None:
    first = answer(receiver, order_message())
    before = store.case("26-000123")
    again = answer(receiver, order_message())
    assert [segments(first, it) for it in ("MSA", "ERR", "ORC")] == [
        segments(again, it) for it in ("MSA", "ERR", "ORC")
    ]
    assert store.case("26-000123") == before
    with store.reading() as session:
        assert len(session.scalars(select(AuditRow)).all()) == 1


def test_another_message_under_a_used_number_is_refused_and_told(receiver: Receiver, store: Store) -> None:
    answer(receiver, order_message())
    told = answer(receiver, order_message(accession="26-000999"))
    assert code(told) == "AE"
    assert errors(told) == [("ORC^1", "205", "E")]
    assert segments(told, "ORC")[0][1] == "UA"
    assert [case.accession_number for case in store.cases()] == ["26-000123"]
    assert [it.kind for it in open_operations(store)] == ["refused message"]


def test_a_change_changes_the_case_and_an_older_one_does_not(receiver: Receiver, store: Store) -> None:
    answer(receiver, order_message())
    told = answer(receiver, order_message(control="XO", number="M3", pathway="lung", f7="20261118103000+0100"))
    assert segments(told, "ORC")[0][1] == "XR"
    assert store.case("26-000123").pathway == "lung"
    told = answer(receiver, order_message(control="XO", number="M2", pathway="prostate", f7="20261118102000+0100"))
    assert code(told) == "AA"
    assert "older message" in segments(told, "ERR")[0][8]
    assert store.case("26-000123").pathway == "lung"


def test_a_cancelled_order_stays_on_the_list_marked(receiver: Receiver, store: Store) -> None:
    answer(receiver, order_message())
    told = answer(receiver, order_message(control="CA", number="M2", f7="20261118102000+0100"))
    assert (code(told), segments(told, "ORC")[0][1]) == ("AA", "CR")
    (case,) = store.cases()
    assert case.order_cancelled_utc is not None


def test_a_cancel_before_its_order_is_kept_until_the_order_comes(receiver: Receiver, store: Store) -> None:
    told = answer(receiver, order_message(control="CA", number="M2", f7="20261118102000+0100"))
    assert code(told) == "AA"
    assert store.cases() == []
    assert code(answer(receiver, order_message())) == "AA"
    assert store.case("26-000123").order_cancelled_utc is not None


def test_a_question_is_answered_with_the_orders_status_and_changes_nothing(receiver: Receiver, store: Store) -> None:
    def status(number: str) -> tuple[str, list[str]]:
        told = answer(receiver, order_message(control="SS", number=number))
        return code(told), segments(told, "ORC")[0][1:]

    assert status("Q1") == ("AE", ["SR", "R1001", "26-000123", "", "ER"])
    answer(receiver, order_message())
    assert status("Q2") == ("AA", ["SR", "R1001", "26-000123", "", "SC"])
    store.sign_out("26-000123", READER)
    assert status("Q3") == ("AA", ["SR", "R1001", "26-000123", "", "CM"])
    assert len(store.cases(include_signed_out=True)) == 1


def test_an_order_for_an_unknown_pathway_comes_in_and_a_person_is_asked(receiver: Receiver, store: Store) -> None:
    assert code(answer(receiver, order_message(pathway="spleen"))) == "AA"
    assert [it.kind for it in open_operations(store)] == ["unknown pathway"]
    assert len(store.cases()) == 1


def test_a_patients_number_for_an_accession_number_is_refused_and_a_person_is_told(
    receiver: Receiver, store: Store
) -> None:
    told = answer(receiver, order_message(accession="010203-0000"))
    assert code(told) == "AE"
    assert errors(told) == [("ORC^1^3^1^1", "102", "E")]
    (operation,) = open_operations(store)
    assert operation.subject == "LABKA at Herlev, message M1"
    with store.reading() as session:
        kept = [f"{vars(row)}" for table in (OperationRow, AuditRow) for row in session.scalars(select(table))]
    assert "0102030000" not in "".join(kept).replace("-", "")
    assert store.cases() == []
    answer(receiver, order_message(accession="010203-0000"))
    assert [it.times for it in open_operations(store)] == [2]


def test_of_a_message_the_good_orders_come_in_and_the_bad_one_is_told(receiver: Receiver, store: Store) -> None:
    further = ["ORC|NW|R2|", "OBR|1|R2||HIST", "ORC|NW|R3|26-3", "OBR|1|R3|26-3|HIST"]
    told = answer(receiver, order_message(further=further))
    assert code(told) == "AE"
    assert errors(told)[0] == ("ORC^2^3^1^1", "101", "E")
    assert [it[3] for it in segments(told, "ORC")] == ["26-000123", "26-3"]
    assert {case.accession_number for case in store.cases()} == {"26-000123", "26-3"}
    mended = answer(receiver, order_message(further=[line.replace("|R2|", "|R2|26-2", 1) for line in further]))
    assert code(mended) == "AA"
    assert {case.accession_number for case in store.cases()} == {"26-000123", "26-2", "26-3"}


def test_a_time_in_the_future_does_not_keep_a_case_out(receiver: Receiver, store: Store) -> None:
    assert code(answer(receiver, order_message(received="20270101", f7="20280101120000"))) == "AA"
    (case,) = store.cases()
    assert case.received_utc <= store.now()
    assert "clock" in {it.kind for it in open_operations(store)}


@ON_SQLITE
@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"f9": "ADT^A08"}, "200"),
        ({"f9": "OML^O35"}, "201"),
        ({"f9": ""}, "200"),
        ({"f11": "T"}, "202"),
        ({"f12": "2.7"}, "203"),
        ({"f12": ""}, "203"),
    ],
)
def test_what_is_never_taken_is_rejected_and_names_what_is(
    fields: dict[str, str], fault: str, receiver: Receiver, store: Store
) -> None:
    told = answer(receiver, order_message(**fields))
    assert code(told) == "AR"
    assert [it[1] for it in errors(told)] == [fault]
    assert "allowed are" in segments(told, "ERR")[0][8]
    assert segments(told, "MSH")[0][8].startswith("ACK")
    assert segments(told, "MSH")[0][11] in ("2.5.1",)
    assert store.cases() == []
    assert [it.kind for it in open_operations(store)] == ["refused message"]


@ON_SQLITE
def test_before_version_2_5_the_fault_stands_where_those_versions_have_it(receiver: Receiver) -> None:
    told = answer(receiver, order_message(f12="2.3.1", accession=""))
    (msa,) = segments(told, "MSA")
    assert msa[1:3] == ["AE", "M1"]
    assert msa[3].startswith("ORC-3: is empty")
    assert msa[6] == "101^Required field missing^HL70357"
    assert segments(told, "ERR") == [["ERR", "ORC^1^3^101&Required field missing&HL70357"]]
    assert segments(told, "MSH")[0][8] == "ORL^O22"


@ON_SQLITE
@pytest.mark.parametrize(
    ("accept", "application", "good", "bad"),
    [
        ("", "", ["AA"], ["AE"]),
        ("AL", "AL", ["CA", "AA"], ["CE", "AE"]),
        ("AL", "NE", ["CA"], ["CE"]),
        ("NE", "AL", ["AA"], ["AE"]),
        ("ER", "SU", ["AA"], ["CE"]),
        ("NE", "NE", [], []),
        ("AL", "", ["CA"], ["CE"]),
    ],
)
def test_the_enhanced_mode_answers_what_was_asked_for(
    accept: str, application: str, good: list[str], bad: list[str], receiver: Receiver
) -> None:
    def codes(accession: str, number: str) -> list[str]:
        message = order_message(accession=accession, number=number, f15=accept, f16=application)
        return [code(it.decode()) for it in receiver.receive(message.encode(), "x").answers]

    assert codes("26-1", "M1") == good
    assert codes("", "M2") == bad


@ON_SQLITE
def test_a_plain_answer_is_an_ack_whatever_was_sent(store: Store, tmp_path: Path) -> None:
    receiver = Receiver(store, load_pathways(), Mapping(answer="plain"), tmp_path)
    told = answer(receiver, order_message())
    assert segments(told, "MSH")[0][8] == "ACK^O21^ACK"
    assert segments(told, "ORC") == []


def test_a_store_that_is_away_gives_an_error_and_the_message_is_taken_when_it_is_back(
    receiver: Receiver, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_told: object) -> None:
        raise StoreError("the store is away")

    with monkeypatch.context() as broken:
        broken.setattr(receive, "apply_order", away)
        broken.setattr(Store, "acting", away)
        told = answer(receiver, order_message())
        refused = answer(receiver, order_message(accession=""))
    assert errors(told) == [("ORC^1", "207", "E")]
    assert "send the message again" in segments(told, "ERR")[0][8]
    assert [code(told), code(refused)] == ["AE", "AE"]
    assert store.cases() == []
    assert code(answer(receiver, order_message())) == "AA"
    assert len(store.cases()) == 1


@ON_SQLITE
def test_a_fault_in_the_program_is_answered_and_its_text_is_not_logged(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_told: object) -> None:
        raise ValueError("0102030000")

    monkeypatch.setattr(receive, "apply_order", broken)
    with capture_logs() as logs:
        told = answer(receiver, order_message())
    assert errors(told) == [("", "207", "E")]
    assert "0102030000" not in json.dumps(logs) + told


def test_unknown_segments_are_passed_over_and_noted(receiver: Receiver, store: Store) -> None:
    told = answer(receiver, order_message(further=["ZDK|1|x"]))
    assert code(told) == "AA"
    assert ("", "100", "W") in errors(told)
    assert len(store.cases()) == 1


def test_the_orders_of_a_day_may_come_in_any_order(receiver: Receiver, store: Store, clock: SettableClock) -> None:
    clock.now_utc += timedelta(hours=8)
    messages = [
        order_message(control="NW", number="A", f7="20261118100000+0100"),
        order_message(control="XO", number="B", pathway="lung", f7="20261118110000+0100"),
        order_message(control="CA", number="C", pathway="", f7="20261118120000+0100"),
        order_message(control="NW", number="D", pathway="", f7="20261118130000+0100"),
    ]
    for message in (messages[3], messages[1], messages[0], messages[2], messages[1]):
        assert code(answer(receiver, message)) == "AA"
    (case,) = store.cases()
    assert (case.pathway, case.order_cancelled_utc) == ("lung", None)


@pytest.mark.parametrize("patient", ["", '""'])
def test_an_order_without_a_patients_number_is_taken_and_told_to_sender_and_people(
    receiver: Receiver, store: Store, patient: str
) -> None:
    told = answer(receiver, order_message(patient=patient))
    assert code(told) == "AA"
    assert "no patient's number was sent" in segments(told, "ERR")[0][8]
    (asked,) = open_operations(store)
    assert (asked.kind, asked.subject) == ("no patient", "LABKA at Herlev")
    assert code(answer(receiver, order_message(control="XO", number="M2", patient=patient))) == "AA"
    assert open_operations(store)[0].times == 1
    assert len(store.cases()) == 1


@ON_SQLITE
def test_an_acknowledgement_is_not_answered(receiver: Receiver, store: Store) -> None:
    received = receiver.receive((header("ACK^O21^ACK") + "\rMSA|CA|X1\r").encode(), "x")
    assert (received.answers, received.code) == ((), "AA")
    assert open_operations(store) == []


@ON_SQLITE
def test_a_header_without_a_number_is_still_answered(receiver: Receiver) -> None:
    told = answer(receiver, header(number="") + "\rORC|NW|1|2\rOBR|1")
    assert segments(told, "MSA") == [["MSA", "AE"]]
    assert errors(told) == [("MSH^1^10^1", "101", "E")]


@ON_SQLITE
def test_each_message_that_was_too_long_stands_by_its_number_before_a_person(receiver: Receiver, store: Store) -> None:
    receiver.broken(FramingFault("too large", order_message(f10="M7").encode()), "10.1.2.9")
    receiver.broken(FramingFault("no start", b"GET / HTTP/1.1"), "10.1.2.9")
    receiver.broken(FramingFault("no start", order_message(f10="M8").encode()), "10.1.2.9")
    subjects = {it.subject for it in open_operations(store)}
    assert subjects == {"LABKA at Herlev, message M7", "HL7 from 10.1.2.9", "LABKA at Herlev, message M8"}


@ON_SQLITE
def test_a_number_that_begins_as_a_formula_is_told_by_its_field_and_may_come_corrected_under_its_message_number(
    receiver: Receiver, store: Store
) -> None:
    told = answer(receiver, order_message(accession="@26-1"))
    assert ("ORC^1^3^1^1", "102", "E") in errors(told)
    assert segments(answer(receiver, order_message(accession="26-1")), "MSA") == [["MSA", "AA", "M1"]]
    assert store.case("26-1").is_open


@ON_SQLITE
def test_orders_that_wait_for_a_lost_site_key_are_told_to_a_person_and_taken_when_it_is_back(
    receiver: Receiver, store: Store
) -> None:
    answer(receiver, order_message())
    place = receiver.home / "site.key"
    key = place.read_bytes()
    place.write_bytes(bytes(32))
    second = order_message(accession="26-000124", placer="R2", f10="M2")
    told = answer(receiver, second)
    assert errors(told) == [("ORC^1", "207", "E")]
    assert "site's key" in segments(told, "ERR")[0][8]
    assert [it.subject for it in open_operations(store)] == ["HL7: the site's key"]
    place.write_bytes(key)
    assert code(answer(receiver, second)) == "AA"
    assert len(store.cases()) == 2
