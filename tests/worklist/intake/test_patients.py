"""Whose a case is: orders that speak of different patients are told, and no text keeps a patient's number."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from tests.support.people import SYSTEM
from worklist.intake.apply import apply_order
from worklist.intake.events import Applied, Order, OrderedSpecimen
from worklist.pathways import load_pathways
from worklist.store.store import Store
from worklist.store.tables import MessageRow, OrderRow, SpecimenRow
from worklist.watching.operations import open_operations

TABLE = load_pathways()


def send(store: Store, home: Path, message: str, order: str, patient: str, **told: Any) -> Applied:
    plain: dict[str, Any] = {
        "action": "new",
        "source": "LIS",
        "message_id": message,
        "sent_utc": store.now() - timedelta(hours=1),
        "order_number": order,
        "accession_number": "26-1",
        "patient_id": SecretStr(patient),
    }
    return apply_order(store, Order(**(plain | told)), TABLE, SYSTEM, home)


@pytest.mark.parametrize(("second", "asks"), [("020202-2345", True), ("0101901234", False)])
def test_orders_of_different_patients_for_one_case_are_put_before_a_person(
    store: Store, tmp_path: Path, second: str, asks: bool
) -> None:
    send(store, tmp_path, "M1", "P1", "010190-1234")
    told = send(store, tmp_path, "M2", "P2", second)
    assert ("different patients" in told.message) is asks
    assert [(it.kind, it.subject) for it in open_operations(store)] == ([("another patient", "26-1")] if asks else [])


def test_the_orders_own_patient_is_masked_however_the_number_is_written(store: Store, tmp_path: Path) -> None:
    specimen = OrderedSpecimen(number="1", description="skin of 010190 / 1234")
    told = send(store, tmp_path, "M1", "P1", "010190-1234", specimens=(specimen,))
    assert "held a patient's number" in told.message
    with store.reading() as session:
        assert session.scalars(select(SpecimenRow.description)).all() == ["[the patient's number]"]


def test_a_senders_name_keeps_no_patients_number(store: Store, tmp_path: Path) -> None:
    for _ in range(2):
        send(store, tmp_path, "M1", "P1", "A1", source="LABKA 010170-1234")
    with store.reading() as session:
        sources = [*session.scalars(select(MessageRow.source)), *session.scalars(select(OrderRow.source))]
    assert sources == ["LABKA [a Danish CPR number]"] * 2
