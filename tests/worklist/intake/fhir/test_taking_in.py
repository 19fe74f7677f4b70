"""FHIR resources become cases: whatever came first, however often, and with every fault named."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from tests.support.fhir import PATIENT, Json, bundle, errors, meta, request, send, specimen, task
from worklist.cases import Case
from worklist.intake.fhir.documents import read_documents
from worklist.intake.fhir.faults import UnreadableMessageError
from worklist.intake.fhir.taking_in import Desk, take_in
from worklist.store.tables import AuditRow, OperationRow, SpecimenRow

EXAMPLES = Path(__file__).resolve().parents[4] / "docs" / "examples" / "fhir"


def only_case(desk: Desk) -> Case:
    (case,) = desk.store.cases()
    return case


def outcomes(desk: Desk, *messages: Json, **how: Any) -> list[str]:
    return [it.outcome for it in send(desk, *messages, **how)]


def test_an_order_and_its_specimen_become_a_case(either_desk: Desk) -> None:
    desk = either_desk
    told = request(priority="urgent", performer=[{"type": "Organization", "display": "Herlev"}])
    assert outcomes(desk, bundle(told, specimen())) == ["new", "new"]
    case = only_case(desk)
    assert (case.accession_number, case.pathway, case.specimen_kind, case.site) == (
        *("26-000123", "breast", "biopsy", "Herlev"),
    )
    assert case.urgency == 2
    assert case.received_utc == datetime(2026, 11, 18, 7, tzinfo=UTC)
    with desk.store.reading() as session:
        (kept,) = session.scalars(select(SpecimenRow))
    assert (kept.number, kept.kind) == ("26-000123-A", "biopsy")


def test_r5_says_the_same_in_other_elements(desk: Desk) -> None:
    told = request(
        reasonCode=None,
        reason=[{"concept": {"text": "Kræftpakke lunge"}}],
        code={"concept": {"text": "Histopathology"}},
        location=[{"reference": {"type": "Location", "display": "Bispebjerg"}}],
    )
    assert outcomes(desk, told, version="R5") == ["new"]
    assert (only_case(desk).pathway, only_case(desk).site) == ("lung", "Bispebjerg")


def test_elements_of_r5_are_refused_in_r4_and_the_other_way_round(desk: Desk) -> None:
    assert "ServiceRequest.code.concept: error: is no element of FHIR R4 here" in " ".join(
        errors(send(desk, request(code={"concept": {"text": "x"}})))
    )
    assert "ServiceRequest.reasonCode: error: is no element of FHIR R5 here" in " ".join(
        errors(send(desk, request(), version="R5"))
    )


def test_the_same_again_does_nothing(either_desk: Desk) -> None:
    desk = either_desk
    message = bundle(request(), specimen(), task())
    send(desk, message)
    before = only_case(desk)
    with desk.store.reading() as session:
        trail = session.scalar(text("SELECT count(*) FROM audit WHERE accession_number IS NOT NULL"))
    assert outcomes(desk, message, message) == ["unchanged"] * 6
    with desk.store.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM audit WHERE accession_number IS NOT NULL")) == trail
    assert only_case(desk) == before


def test_a_revoked_order_stays_on_the_list_marked(desk: Desk) -> None:
    send(desk, request())
    assert outcomes(desk, request(status="revoked", meta=meta(2, "2026-11-18T09:00:00Z"))) == ["changed"]
    assert only_case(desk).order_cancelled_utc == datetime(2026, 11, 18, 9, tzinfo=UTC)
    assert outcomes(desk, request(meta=meta(3, "2026-11-18T09:30:00Z"))) == ["changed"]
    assert only_case(desk).order_cancelled_utc is None


def test_a_revocation_that_comes_before_its_order_leaves_the_case_on_the_list_marked(desk: Desk) -> None:
    send(desk, request(status="revoked", meta=meta(2, "2026-11-18T09:00:00Z")))
    assert desk.store.cases() == []
    assert outcomes(desk, request()) == ["new"]
    cancelled_utc = only_case(desk).order_cancelled_utc
    assert cancelled_utc is not None
    assert cancelled_utc.replace(microsecond=0) == datetime(2026, 11, 18, 9, tzinfo=UTC)
    assert only_case(desk).pathway == "breast"


def test_a_short_revocation_without_any_number_finds_its_order_by_its_id(desk: Desk) -> None:
    send(desk, request())
    short = request(status="revoked", identifier=None, reasonCode=None, meta=meta(2, "2026-11-18T09:00:00Z"))
    assert outcomes(desk, short) == ["changed"]
    assert only_case(desk).order_cancelled_utc is not None
    assert only_case(desk).pathway == "breast"


@pytest.mark.parametrize("status", ["on-hold", "completed", "unknown"])
def test_no_other_status_takes_a_case_off_the_list(desk: Desk, status: str) -> None:
    send(desk, request(), request(status=status, meta=meta(2, "2026-11-18T09:00:00Z")))
    assert only_case(desk).order_cancelled_utc is None
    assert only_case(desk).is_open


@pytest.mark.parametrize("change", [{"status": "draft"}, {"intent": "plan"}, {"intent": "proposal"}])
def test_what_is_no_order_yet_makes_no_case_and_is_told(desk: Desk, change: Json) -> None:
    (taken,) = send(desk, request(**change))
    assert (taken.outcome, desk.store.cases()) == ("kept", [])
    assert [fault.severity for fault in taken.faults] == ["information"]


def test_a_specimen_before_its_order_is_a_case_at_once_and_gets_its_pathway_later(either_desk: Desk) -> None:
    desk = either_desk
    (taken,) = send(desk, specimen())
    assert (taken.outcome, only_case(desk).pathway) == ("new", "routine")
    assert "ServiceRequest is not here yet" in " ".join(map(str, taken.faults))
    assert outcomes(desk, request()) == ["changed"]
    assert (only_case(desk).pathway, only_case(desk).specimen_kind) == ("breast", "biopsy")
    send(desk, request(status="revoked", meta=meta(2, "2026-11-18T09:00:00Z")))
    assert only_case(desk).order_cancelled_utc is not None


def test_an_order_without_a_number_waits_for_the_one_on_its_specimen(desk: Desk) -> None:
    assert outcomes(desk, request(identifier=None)) == ["kept"]
    assert desk.store.cases() == []
    assert outcomes(desk, specimen()) == ["new"]
    assert only_case(desk).pathway == "breast"


def test_an_order_that_names_its_specimen_is_found_by_one_that_names_no_order(desk: Desk) -> None:
    send(desk, request(identifier=None, specimen=[{"reference": "Specimen/sp-1"}]))
    assert outcomes(desk, specimen(request=None)) == ["new"]
    assert only_case(desk).pathway == "breast"


def test_references_within_a_bundle_and_specimens_within_an_order_are_followed(desk: Desk) -> None:
    inner = specimen(id="inner", accessionIdentifier=None, meta=None, request=None, receivedTime=None)
    told = request(contained=[inner], specimen=[{"reference": "#inner"}])
    told["subject"] = {"reference": "urn:uuid:1"}
    message = bundle(told)
    message["entry"].append(
        {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "identifier": [{"value": PATIENT}]}}
    )
    assert outcomes(desk, message) == ["new", "not used"]
    assert only_case(desk).specimen_kind == "biopsy"
    with desk.store.reading() as session:
        assert session.scalar(text("SELECT patient_key FROM cases")) is not None


def test_a_task_raises_the_urgency_and_an_aborting_one_takes_the_order_back(desk: Desk) -> None:
    send(desk, task(), request())
    assert only_case(desk).urgency == 1
    abort = {"coding": [{"code": "abort"}]}
    send(desk, task(id="t-2", code=abort, meta=meta(1, "2026-11-18T09:00:00Z")))
    assert only_case(desk).order_cancelled_utc is not None


def test_a_reason_that_no_rule_knows_gets_the_strictest_target_and_a_person_is_asked(desk: Desk) -> None:
    (taken,) = send(desk, request(reasonCode=[{"text": "kræftpakke tå"}]))
    assert "means no pathway" in " ".join(map(str, taken.faults))
    assert only_case(desk).pathway == "unknown: kræftpakke tå"


def test_a_transaction_with_one_fault_is_refused_whole_and_another_bundle_is_not(desk: Desk) -> None:
    good, bad = request(), specimen(type="a word")
    assert outcomes(desk, bundle(good, bad)) == ["refused", "refused"]
    assert desk.store.cases() == []
    assert outcomes(desk, bundle(good, bad, kind="collection")) == ["new", "refused"]
    assert only_case(desk).accession_number == "26-000123"
    with desk.store.reading() as session:
        (asked,) = session.scalars(select(OperationRow))
    assert (asked.kind, asked.times) == ("refused message", 2)


@pytest.mark.parametrize(
    ("change", "path", "allowed"),
    [
        ({"status": "aktiv"}, "ServiceRequest.status", "draft, active, on-hold, revoked"),
        ({"status": None}, "ServiceRequest.status", "required"),
        ({"subject": None}, "ServiceRequest.subject", "required"),
        ({"intent": "wish"}, "ServiceRequest.intent", "original-order"),
        ({"priority": "soon"}, "ServiceRequest.priority", "routine, urgent, asap, stat"),
        ({"authoredOn": "yesterday"}, "ServiceRequest.authoredOn", "YYYY-MM-DD"),
        ({"identifier": {"value": "1"}}, "ServiceRequest.identifier", "list"),
        ({"identifier": [{"value": 7}]}, "ServiceRequest.identifier[0].value", "string"),
        ({"code": "histology"}, "ServiceRequest.code", "is an object, not a text"),
        ({"code": '{"text": "breast"}'}, "ServiceRequest.code", "is an object, not a text"),
        ({"requester": 7}, "ServiceRequest.requester", "is an object: Reference"),
        ({"statuss": "active"}, "ServiceRequest.statuss", "check its name"),
        ({"id": "no/slash"}, "ServiceRequest.id", "1 to 64 letters"),
        ({"doNotPerform": True}, "ServiceRequest.doNotPerform", "revoke"),
        (
            {"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]},
            "ServiceRequest.modifierExtension",
            "without",
        ),
        ({"identifier": [{"type": {"coding": [{"code": "ACSN"}]}, "value": "x" * 65}]}, "identifier", "64 characters"),
    ],
)
def test_a_fault_names_the_element_and_what_is_allowed(desk: Desk, change: Json, path: str, allowed: str) -> None:
    taken = send(desk, request(**change))
    assert taken[0].outcome == "refused"
    assert any(path in told and allowed in told for told in errors(taken)), errors(taken)
    assert desk.store.cases() == []


def test_a_patients_number_is_kept_nowhere_and_said_nowhere(either_desk: Desk) -> None:
    desk = either_desk
    bare = PATIENT.replace("-", "")
    taken = send(desk, request(identifier=[{"type": {"coding": [{"code": "ACSN"}]}, "value": bare}]))
    assert (taken[0].outcome, desk.store.cases()) == ("refused", [])
    assert "a Danish CPR number" in " ".join(errors(taken))
    taken += send(desk, request(id=PATIENT), specimen(request=[{"identifier": {"value": PATIENT}}], id="sp-9"))
    placer = {"type": {"coding": [{"code": "PLAC"}]}, "value": PATIENT}
    kind = {"text": f"biopsi, {PATIENT}"}
    taken += send(
        desk,
        bundle(
            request(identifier=[placer, *request()["identifier"]], reasonCode=[{"text": f"breast {PATIENT}"}]),
            specimen(type=kind, identifier=[{"value": PATIENT}]),
        ),
    )
    assert [it.outcome for it in taken] == ["refused", "refused", "refused", "new", "new"]
    with desk.store.reading() as session:
        tables = ("cases", "orders", "specimens", "audit", "operations", "fhir_parts", "messages")
        kept = [str(row) for table in tables for row in session.execute(text(f"SELECT * FROM {table}"))]
    everything = " ".join([*kept, *(str(fault) for it in taken for fault in it.faults)])
    assert PATIENT not in everything
    assert bare not in everything


def test_dates_that_cannot_be_leave_the_case_on_the_list_with_a_warning(desk: Desk) -> None:
    taken = send(desk, request(authoredOn="2029-01-01T00:00:00Z"), specimen(receivedTime="1926-01-01", id="sp-2"))
    told = " ".join(str(fault) for it in taken for fault in it.faults if fault.severity == "warning")
    assert "ServiceRequest.authoredOn: warning: lies in the future" in told
    assert "Specimen.receivedTime: warning: is more than 20 years ago" in told
    assert only_case(desk).received_utc == datetime(2026, 11, 18, 8, tzinfo=UTC)


def test_a_sender_whose_clock_runs_ahead_does_not_stop_what_follows(desk: Desk) -> None:
    send(desk, request(meta=meta(1, "2027-01-01T00:00:00Z")))
    taken = send(desk, request(status="revoked", meta=meta(2, "2026-11-18T10:40:00Z")))
    assert taken[0].outcome == "changed"
    assert only_case(desk).order_cancelled_utc is not None


def test_what_is_not_taken_in_is_said(desk: Desk) -> None:
    (taken,) = send(desk, {"resourceType": "Observation", "status": "final", "code": {"text": "x"}})
    assert taken.outcome == "not used"
    (taken,) = send(desk, {"resourceType": "Wish"})
    assert errors([taken]) == ["Wish: error: is no resource of FHIR R4"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no JSON"),
        (b'{"resourceType": "ServiceRequest", "status": "act', "ends too early"),
        ('{"resourceType": "ServiceRequest", "note": "væv"}'.encode("latin-1"), "byte 46 is not UTF-8"),
        ('{"resourceType": "Task"}'.encode("utf-16"), "not UTF-8"),
        (b"[]", "resourceType"),
        (b'{"resourceType": 7}', "resourceType"),
        (b'{"resourceType": "Task", "id": "a", "id": "b"}', "stands twice"),
        (b'{"resourceType": "Task", "n": NaN}', "no number"),
        (b'{"resourceType": "Bundle"}', "Bundle.type"),
        (b'{"resourceType": "Bundle", "type": "batch", "entry": {}}', "Bundle.entry"),
        (b'{"resourceType": "Bundle", "type": "batch", "entry": [{"resource": 1}]}', "Bundle.entry[0].resource"),
        (b'{"resourceType": "Task", "extension": ' + b"[" * 100_000, "no JSON|nested"),
        (b'{"resourceType": "Task", "x": ' + b"[" * 60 + b"]" * 60 + b"}", "nested more than 40"),
        (b" " * 16_000_001, "16 MB"),
    ],
)
def test_what_is_no_message_is_refused_with_the_place_and_the_reason(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableMessageError) as raised:
        read_documents(data)
    assert any(word in str(raised.value) for word in words.split("|")), str(raised.value)


def test_one_bad_line_of_a_file_says_which(desk: Desk) -> None:
    data = "\n".join([json.dumps(request()), "", "{"]).encode()
    with pytest.raises(UnreadableMessageError, match="line 3"):
        read_documents(data, lines=True)
    bad = json.dumps(specimen(type=3))
    taken = take_in(read_documents(f"{json.dumps(request())}\n{bad}".encode(), lines=True), "R4", desk)
    assert [it.outcome for it in taken] == ["new", "refused"]
    assert errors(taken)[0].startswith("line 2.type: error:")


def test_the_examples_of_the_guide_come_in_as_the_guide_says(desk: Desk) -> None:
    def file(name: str) -> Json:
        return json.loads((EXAMPLES / name).read_text("utf-8"))

    assert outcomes(desk, file("order-r4.json")) == ["not used", "new", "new"]
    assert outcomes(desk, file("order-r5.json"), version="R5") == ["new"]
    revoked = read_documents((EXAMPLES / "revoked.ndjson").read_bytes(), lines=True)
    assert [it.outcome for it in take_in(revoked, "R4", desk)] == ["changed", "changed"]
    first, second = desk.store.cases()
    assert (first.accession_number, first.order_cancelled_utc is not None) == ("26-004711", True)
    assert (second.accession_number, second.urgency) == ("26-004712", 1)
    (mistakes,) = send(desk, file("mistakes.json"))
    assert [fault.path for fault in mistakes.faults] == ["ServiceRequest.requester", "ServiceRequest.status"]


def test_every_change_is_on_the_trail_without_the_patient(desk: Desk) -> None:
    send(desk, bundle(request(), specimen()))
    with desk.store.reading() as session:
        rows = session.scalars(select(AuditRow)).all()
    assert [row.accession_number for row in rows] == ["26-000123"]
    assert PATIENT not in str([row.details for row in rows])
