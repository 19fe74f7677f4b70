"""A patient's number is seen wherever it stands, and a laboratory's own numbers are left in peace."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worklist.trail.identity_guard import CPR, find_identity, mask_identity


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.integers(0, 9999),
    st.sampled_from(["", "-", "–", " ", " - ", ".", "  ", "\u00a0", "\u200b"]),
    st.sampled_from(["", "slide_", "H26-000123-", "CPR"]),
    st.sampled_from(["", ".svs", "_HE_1.ndpi", "-1.tif", " and more"]),
)
def test_every_date_of_birth_with_a_serial_number_is_seen(
    born: date, serial: int, hyphen: str, before: str, after: str
) -> None:
    number = f"{born:%d%m%y}{hyphen}{serial:04}"
    text = f"{before}{number}{after}"
    assert find_identity(text) == CPR
    assert mask_identity(text) == f"{before}[{CPR}]{after}"


@pytest.mark.parametrize("text", ["01.01.80-1234", "01 01 80 1234", "01 01 80-1234", "01.01.80.1234"])
def test_a_date_of_birth_in_parts_with_a_serial_number_is_seen(text: str) -> None:
    assert mask_identity(f"see {text}, please") == f"see [{CPR}], please"


@pytest.mark.parametrize(
    "text",
    [
        "26-000123",
        "26.000123",
        "H26 0001234",
        "2026.11.19.0900",
        "19.11.26 1430",
        "127.10.10.1234",
        "12.5 2026",
        "H26-0001234567",
        "S2026-012345",
        "26-000123_1A_HE.svs",
        "DEMO-01",
        "20261119090000",
        "2026-11-19T09:00:00.123456Z",
        "1.2.826.0.1.3680043.0101901234.7.1",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "score 0.1201901234",
        "320190-1234",
        "011390-1234",
        "290201-1234",
        "1700000000",
        "/slides/2026/11/19/00012345.svs",
        "/slides/191126/0001.svs",
        "",
    ],
)
def test_other_numbers_are_no_patients(text: str) -> None:
    assert find_identity(text) is None
    assert mask_identity(text) == text


@given(st.integers(0, 99), st.integers(0, 99_999_999))
def test_no_number_of_a_year_and_a_count_below_a_hundred_million_is_taken_for_a_patients(year: int, count: int) -> None:
    for text in (f"{year:02}-{count:06}", f"H{year:02}-{count:010}"):
        assert find_identity(text) is None


def test_an_administrative_number_is_a_patients_number_too() -> None:
    assert find_identity("710190-1234") == CPR


def test_all_numbers_in_a_text_are_masked() -> None:
    assert mask_identity("010190-1234 and 0202911234") == f"[{CPR}] and [{CPR}]"


def test_a_site_can_name_further_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_identity("19900101-1234") is None
    monkeypatch.setenv("FORRANG_IDENTITY_PATTERNS", '{"a Swedish personal number": "\\\\d{8}-\\\\d{4}"}')
    assert find_identity("19900101-1234") == "a Swedish personal number"
    assert mask_identity("19900101-1234") == "[a Swedish personal number]"
