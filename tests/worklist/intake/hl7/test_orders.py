"""Order messages as orders: every thing from its place, several orders in one message, and what is wrong with which."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tests.support.hl7 import header, order_message, render
from worklist.calendar import WorkingCalendar
from worklist.errors import IntakeError
from worklist.intake.events import Order, OrderedSpecimen
from worklist.intake.hl7.faults import MessageFaultError
from worklist.intake.hl7.mapping import Mapping, load_mapping
from worklist.intake.hl7.message import read_message
from worklist.intake.hl7.orders import OrdersRead, read_orders
from worklist.trail.identity_guard import find_identity

CALENDAR = WorkingCalendar()


def read(message: str | bytes, mapping: Mapping | None = None) -> OrdersRead:
    content = message.encode() if isinstance(message, str) else message
    return read_orders(read_message(content, "ASCII"), mapping or Mapping(), CALENDAR)


def one(message: str | bytes, mapping: Mapping | None = None) -> Order:
    told = read(message, mapping)
    assert [fault for fault in told.faults if fault.severity == "E"] == []
    (asked,) = told.asked
    return asked.order


def faults(message: str | bytes, mapping: Mapping | None = None) -> list[tuple[int, str]]:
    try:
        told = read(message, mapping).faults
    except MessageFaultError as error:
        told = error.faults
    return [(fault.code, str(fault.place)) for fault in told if fault.severity == "E"]


def test_everything_of_an_order_comes_from_its_place() -> None:
    order = one(order_message(priority="S"))
    assert order == Order(
        action="new",
        source="LABKA at Herlev",
        message_id="M1",
        sent_utc=datetime(2026, 11, 18, 9, 15, tzinfo=UTC),
        order_number="R1001",
        accession_number="26-000123",
        pathway="breast",
        specimens=(OrderedSpecimen(number="26-000123.1", kind="biopsy", description="Biopsy"),),
        received_utc=datetime(2026, 11, 18, 9, 0, tzinfo=UTC),
        urgency=1,
        site="Herlev",
        subspecialty="mamma",
        patient_id=SecretStr("0102030000"),
    )


def test_nothing_of_the_patient_but_the_number_is_kept_and_that_is_hidden() -> None:
    order = one(order_message())
    told = order.model_dump_json() + repr(order) + str(read(order_message()))
    assert not any(secret in told for secret in ("Asta", "Prøve", "20030201", "0102030000"))


def test_an_old_orm_message_with_its_specimen_in_the_order_is_read_alike() -> None:
    lines = [
        header("ORM^O01", f12="2.3", f18="8859/1"),
        "PID|1||0102030000||Prøve^Asta",
        "ORC|NW|R1|26-7||||^^^^^A",
        "OBR|1|R1|26-7|HIST|||||||||||FNA&fine needle^^thyroid|" + "|" * 30 + "head-and-neck",
    ]
    order = one("\r".join(lines).encode("latin-1"))
    assert (order.urgency, order.pathway) == (2, "head-and-neck")
    assert order.specimens == (OrderedSpecimen(number="1", kind="cytology", description="fine needle"),)


def test_in_o33_the_specimens_come_first_and_one_order_of_two_specimens_is_one() -> None:
    lines = [
        header("OML^O33^OML_O33"),
        "PID|1||0102030000",
        "SPM|1|^26-8.1||BIO",
        "SAC|||1A",
        "SAC|||1B",
        "ORC|NW|R8|26-8",
        "OBR|1|R8|26-8|HIST",
        "SPM|2|^26-8.2||resektat",
        "SAC|||2A",
        "ORC|NW|R8|26-8",
        "TQ1|1||||||||A",
        "OBR|1|R8|26-8|HIST",
        "ORC|NW|R9|26-9",
        "OBR|2|R9|26-9|CYT",
    ]
    told = read("\r".join(lines))
    assert [it.order.accession_number for it in told.asked] == ["26-8", "26-9"]
    first, second = (it.order for it in told.asked)
    assert first.urgency == 2
    assert first.specimens == (
        OrderedSpecimen(number="26-8.1", kind="biopsy", blocks=("1A", "1B")),
        OrderedSpecimen(number="26-8.2", kind="resection", blocks=("2A",)),
    )
    assert [it.number for it in second.specimens] == ["26-8.2"]
    assert (first.message_id, second.message_id) == ("M1", "M1/3")


def test_each_order_of_a_message_has_the_specimens_that_follow_it() -> None:
    further = ["ORC|NW|R2|26-2", "OBR|1|R2|26-2|HIST", "SPM|2|^26-2.1||FNA"]
    told = read(order_message(further=further)).asked
    assert [[it.number for it in asked.order.specimens] for asked in told] == [["26-000123.1"], ["26-2.1"]]


def test_several_orders_in_one_message_are_several_and_one_that_is_wrong_keeps_none_out() -> None:
    further = ["ORC|NW|R2|", "OBR|1|R2||HIST", "ORC|XO|R3|26-3", "OBR|1|R3|26-3|HIST", "ORC|ZZ|R4|26-4"]
    message = order_message(further=further)
    told = read(message)
    assert [(it.wish, it.order.accession_number) for it in told.asked] == [("new", "26-000123"), ("change", "26-3")]
    assert faults(message) == [(101, "ORC[2]-3"), (103, "ORC[4]-1")]
    assert "allowed are: NW, RO" in str(told.faults[-1])


@pytest.mark.parametrize(
    ("control", "wish"),
    [
        *[("NW", "new"), ("RO", "new"), ("XO", "change"), ("XX", "change"), ("RP", "change")],
        *[("CA", "cancel"), ("OC", "cancel"), ("DC", "cancel"), ("SS", "status")],
    ],
)
def test_each_control_code_asks_for_what_the_standard_says(control: str, wish: str) -> None:
    assert [it.wish for it in read(order_message(control=control)).asked] == [wish]


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (order_message(control=""), (101, "ORC-1")),
        (order_message(control="HD"), (103, "ORC-1")),
        (order_message(accession="A" * 65), (102, "ORC-3")),
        (order_message(accession="26\\X00\\1"), (102, "ORC-3")),
        (order_message(accession="26\\.br\\1"), (102, "ORC-3")),
        (order_message(accession="@26-1"), (102, "ORC-3")),
        (order_message(accession="010203-0000"), (102, "ORC-3")),
        (order_message(accession="010203-0000", patient=""), (102, "ORC-3")),
        (order_message(accession="X-PNR778899", patient="PNR-778899"), (102, "ORC-3")),
        (order_message(received="yesterday"), (102, "OBR-14")),
        (order_message(received="20261332"), (102, "OBR-14")),
        (order_message(f7=""), (101, "MSH-7")),
        (order_message(f7="noon"), (102, "MSH-7")),
        (order_message(f10=""), (101, "MSH-10")),
        (order_message(f3="", f4=""), (101, "MSH-3")),
        (order_message(specimen=f"SPM|1|^{'9' * 65}"), (102, "SPM-2.2")),
        (header() + "\rPID|1||1", (100, "ORC")),
        (header() + "\rORC|NW|R1|26-1", (100, "ORC")),
        (header() + "\rOBR|1|R1|26-1", (100, "OBR")),
    ],
)
def test_what_is_wrong_is_told_with_its_code_and_place(message: str, fault: tuple[int, str]) -> None:
    assert faults(message) == [fault]


def test_a_patients_number_in_the_accession_number_is_refused_without_repeating_it() -> None:
    (fault,) = (it for it in read(order_message(accession="010203-0000", patient="")).faults if it.severity == "E")
    assert "a Danish CPR number" in fault.text
    assert "0000" not in fault.text


def test_a_message_number_that_looks_like_a_patients_is_hashed() -> None:
    assert find_identity(one(order_message(number="0102030000")).message_id) is None


def test_of_several_identifiers_the_national_one_counts() -> None:
    assert one(order_message(patient="L77^^^LAB^MR~0102030000")).patient_id == SecretStr("0102030000")
    assert one(
        order_message(patient="L77^^^LAB^MR~L78^^^X^PI~L79").replace("^^^CPR^NNDNK", "")
    ).patient_id == SecretStr("L77")


def test_a_time_without_a_zone_is_the_sites_own_and_doubts_are_noted() -> None:
    assert one(order_message(received="202607011000")).received_utc == datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    told = read(order_message(received="20261118"))
    assert told.asked[0].order.received_utc == datetime(2026, 11, 18, 7, 0, tzinfo=UTC)
    assert [(str(it.place), it.severity) for it in told.faults] == [("OBR-14", "W")]


def test_a_priority_that_nobody_knows_raises_nothing_and_is_noted() -> None:
    told = read(order_message(priority="WHENEVER"))
    assert told.asked[0].order.urgency is None
    assert [(it.code, str(it.place), it.severity) for it in told.faults] == [(103, "TQ1-9", "W")]
    assert one(order_message(priority="T30")).urgency == 1
    assert one(order_message(priority="R")).urgency is None


MAPPING = """
character_set: 8859/1
accession_number: [SPM-2.2]
pathway_code: [OBR-4.1]
pathways: {HIST: kræftpakke lunge}
sites: {Herlev: HGH}
specimen_kinds: {P30990: resection, BIO: cytology}
urgencies: {K: 2}
block: []
"""


def test_a_sites_own_mapping_says_where_things_stand_and_what_codes_mean(tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    mapping = load_mapping(tmp_path / "mapping.yaml")
    specimen = "SPM|1|^26-9||P30990^Resektat^Patobank\rSAC|||1A"
    order = one(order_message(specimen=specimen, pathway="", priority="k"), mapping)
    assert (order.accession_number, order.pathway, order.site) == ("26-9", "kræftpakke lunge", "HGH")
    assert (order.specimens[0].kind, order.specimens[0].blocks, order.urgency) == ("resection", (), 2)
    assert one(order_message(pathway="Skull", specimen="SPM|1|^26-9||BIO"), mapping).pathway == "Skull"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("accession: [ORC-3]", "accession: Extra inputs are not permitted"),
        ("site: [ORC_3]", r"site.0: String should match pattern"),
        ("specimen_kinds: {X: bone}", "specimen_kinds.X"),
        ("urgencies: {S: 9}", "urgencies.S"),
        ("character_set: KOI8", "allowed are: ASCII"),
        ("site: [", "not YAML"),
    ],
)
def test_a_mistake_in_the_mapping_is_told_with_its_field(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(IntakeError, match=told):
        load_mapping(tmp_path / "mapping.yaml")


def test_a_mapping_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="No such file"):
        load_mapping(tmp_path / "none.yaml")


WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12).filter(lambda it: it != '""')
NUMBERS = WORDS.filter(lambda it: find_identity(it) is None)
TIMES = st.datetimes(datetime(2010, 1, 1), datetime(2026, 11, 18), timezones=st.just(UTC))  # noqa: DTZ001
SPECIMENS = st.builds(
    OrderedSpecimen,
    number=NUMBERS,
    kind=st.sampled_from(["cytology", "biopsy", "resection"]),
    description=WORDS,
    blocks=st.lists(NUMBERS, max_size=3, unique=True).map(tuple),
)
ORDERS = st.builds(
    Order,
    action=st.sampled_from(["new", "change", "cancel"]),
    source=WORDS,
    message_id=NUMBERS,
    sent_utc=TIMES,
    order_number=NUMBERS,
    accession_number=NUMBERS,
    pathway=st.just("") | WORDS,
    specimens=st.lists(SPECIMENS, max_size=3, unique_by=lambda it: it.number).map(tuple),
    received_utc=st.none() | TIMES,
    urgency=st.none() | st.sampled_from([1, 2]),
    site=WORDS,
    subspecialty=st.just("") | WORDS,
    patient_id=st.just(SecretStr("p" * 40)),
)


@given(ORDERS)
def test_any_order_told_as_a_message_is_read_as_the_same_order(order: Order) -> None:
    assert one(render(order)) == order


@given(st.lists(st.sampled_from(order_message().split("\r")), max_size=12), st.data())
def test_segments_in_any_order_and_cut_anywhere_are_read_or_told(lines: list[str], data: st.DataObject) -> None:
    message = "\r".join([header(), *(it for it in lines if not it.startswith("MSH"))])
    cut = message[: data.draw(st.integers(len(header()), len(message)))]
    assert all(code in (100, 101, 102, 103) for code, _ in faults(cut))


def test_the_time_of_sending_may_be_a_fraction_of_a_second() -> None:
    order = one(order_message(f7="20261118101500.25+0100"))
    assert order.sent_utc == datetime(2026, 11, 18, 9, 15, tzinfo=UTC) + timedelta(milliseconds=250)
