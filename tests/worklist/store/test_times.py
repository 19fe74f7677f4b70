"""Invariant 9: whatever zone an instant comes in, the case and each column of the store hold it in UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Dialect, text
from sqlalchemy.dialects import postgresql, sqlite

from tests.support.cases import case
from tests.support.people import SYSTEM
from worklist.store.store import Store
from worklist.store.tables import CaseRow
from worklist.store.tables.base import UtcTime

LOCAL = datetime(2026, 7, 6, 0, 30, tzinfo=timezone(timedelta(hours=2)))
SAME = datetime(2026, 7, 5, 22, 30, tzinfo=UTC)


def test_a_case_holds_its_times_in_utc_before_any_store_does() -> None:
    told = case("P1", received_utc=LOCAL).received_utc
    assert (told, told.tzinfo) == (SAME, UTC)


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=["sqlite", "postgresql"])
def test_a_column_is_given_utc_and_never_a_local_time(dialect: Dialect) -> None:
    given = UtcTime().process_bind_param(LOCAL, dialect)
    assert given.replace(tzinfo=None) == SAME.replace(tzinfo=None)
    with pytest.raises(ValueError, match="no time zone"):
        UtcTime().process_bind_param(LOCAL.replace(tzinfo=None), dialect)


def test_what_a_row_is_given_in_another_zone_lies_in_the_store_in_utc(store: Store) -> None:
    store.add_cases([case("P1")], SYSTEM)
    with store.writing() as session:
        session.query(CaseRow).one().received_utc = LOCAL
    assert store.case("P1").received_utc == SAME
    with store.reading() as session:
        if store.engine.dialect.name == "sqlite":
            kept = session.execute(text("SELECT received_utc FROM cases")).scalar_one()
            assert str(kept).startswith("2026-07-05 22:30:00")
