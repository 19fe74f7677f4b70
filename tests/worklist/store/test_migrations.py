"""Every schema that ever was comes up to date with all its data, goes back down, and comes up again."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, insert, inspect, select, text

from tests.support.cases import MODEL, NOW, case, scored
from tests.support.people import SYSTEM, pathologist
from worklist.store.database import change_schema, connect
from worklist.store.store import Store
from worklist.store.tables import Base, CaseRow

KEPT = {"cases", "case_slides"}
"""What the step down to 0002 keeps. It drops, by what it is, every table of the service:"""
DROPPED = {
    *(
        "action_hours",
        "action_months",
        "assignments",
        "audit",
        "audit_head",
        "blocks",
        "facts",
        "fhir_parts",
        "forecasts",
        "jobs",
        "messages",
        "notes",
    ),
    *("operations", "orders", "people", "pseudonyms", "rescans", "second_opinions", "shadow_places", "sites"),
    *("specimens", "storage_days", "unmatched_slides", "verdicts", "workers"),
}
MANY = 2345
"""More cases than two batches of the step that fills the new columns."""

Rows = list[dict[str, object]]


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    """A database without any table."""
    made = connect(empty_url)
    yield made
    made.dispose()


def old_cases() -> tuple[Rows, Rows]:
    """Cases and slides as revision 0001 has them: every state, signed out and open, Danish letters, a tenth second."""
    cases: Rows = []
    slides: Rows = []
    instant = datetime(2026, 3, 29, 1, 30, 0, 100_000, tzinfo=UTC)
    for number in range(1, MANY + 1):
        done = number % 5 == 0
        cases.append(
            {
                "id": number,
                "accession_number": f"26-{number:06}Æ",
                "pathway": "breast",
                "pathway_name": "kræftpakke bryst",
                "specimen_kind": "biopsy",
                "urgency": 1 + number % 3,
                "received_utc": instant,
                "deadline_utc": NOW,
                "site": "Bispebjerg",
                "subspecialty": "",
                "added_utc": instant,
                "signed_out_utc": NOW if done else None,
                "signed_out_by": "Å. Læser" if done else None,
            }
        )
        states = (("unscored",), ("scored",), ("scored", "failed"), ("rejected",), (), ("scored", "unscored"))
        for place, state in enumerate(states[number % 6]):
            is_scored = state == "scored"
            slides.append(
                {
                    "id": len(slides) + 1,
                    "case_id": number,
                    "path": f"/slides/{number}-{place} ø.svs",
                    "state": state,
                    "score": 0.1 + 0.8 * (number % 2) if is_scored else None,
                    "flagged": bool(number % 2) if is_scored else None,
                    "reason": None if is_scored or state == "unscored" else "out of focus: scan it again",
                    "quality": "ok" if is_scored else None,
                    "model": None if state == "unscored" else MODEL,
                    "result_folder": "/results/a" if is_scored else None,
                    "scored_utc": None if state == "unscored" else instant,
                }
            )
    return cases, slides


def fill(engine: Engine, cases: Rows, slides: Rows) -> None:
    tables = MetaData()
    tables.reflect(engine, only=sorted(KEPT))
    sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        for name, rows in (("cases", cases), ("case_slides", slides)):
            given = [{key: plain(value) if sqlite else value for key, value in row.items()} for row in rows]
            connection.execute(insert(tables.tables[name]), given)


def found(engine: Engine, name: str, columns: list[str]) -> Rows:
    table = MetaData()
    table.reflect(engine, only=[name])
    of = table.tables[name]
    with engine.connect() as connection:
        rows = connection.execute(select(*(of.c[it] for it in columns)).order_by(of.c.id)).mappings().all()
    return [{key: in_utc(value) for key, value in row.items()} for row in rows]


def plain(value: object) -> object:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def in_utc(value: object) -> object:
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@pytest.mark.parametrize("first", ["0001", "0002"])
def test_a_store_of_every_released_schema_comes_up_to_date_with_all_its_data(engine: Engine, first: str) -> None:
    cases, slides = old_cases()
    if first == "0002":
        slides = [{**row, "later_failure": "the disk is away" if row["score"] else None} for row in slides]
    change_schema(engine, first)
    fill(engine, cases, slides)
    store = Store(engine.url.render_as_string(hide_password=False))
    assert found(engine, "cases", list(cases[0])) == cases
    assert found(engine, "case_slides", list(slides[0])) == slides

    told = {it.accession_number: it for it in store.cases(include_signed_out=True)}
    assert len(told) == MANY
    with store.reading() as session:
        rows = {row.accession_number: row for row in session.scalars(select(CaseRow))}
    for number, it in told.items():
        assert rows[number].ai_state == it.ai_state
        assert rows[number].flag_score == (it.ai_score if it.ai_state == "flagged" else None)
        assert (it.state == "signed out") == (not it.is_open)
    opened = [it for it in told.values() if it.is_open]
    assert {it.state for it in opened} == {"received", "scanned", "scored", "rejected", "failed"}
    store.close()


def test_down_to_the_release_before_and_up_again_keeps_cases_slides_and_results(store: Store) -> None:
    store.add_cases([case("P1", "/a.svs", "/b.svs"), case("P2", "/c.svs"), case("P3")], SYSTEM)
    store.record_result(scored("/a.svs"), SYSTEM)
    store.record_result(scored("/c.svs", 0.2), SYSTEM)
    store.sign_out("P2", pathologist("A. Reader"))
    before = store.cases(include_signed_out=True)

    change_schema(store.engine, "0002", down=True)
    assert set(inspect(store.engine).get_table_names()) == {*KEPT, "alembic_version"}
    assert {*KEPT, *DROPPED} == set(Base.metadata.tables)

    change_schema(store.engine)
    unknown = {"arrived_utc": None}  # a column of the service's, dropped with it
    expected = [
        it.model_copy(update={"slides": tuple(slide.model_copy(update=unknown) for slide in it.slides)})
        for it in before
    ]
    assert store.cases(include_signed_out=True) == expected
    assert store.add_cases([case("P4")], SYSTEM).new == 1


def test_no_step_down_loses_cases(engine: Engine) -> None:
    change_schema(engine)
    with pytest.raises(NotImplementedError, match="losing every case"):
        change_schema(engine, "base", down=True)
    assert set(inspect(engine).get_table_names()) >= KEPT


def test_the_migrations_make_exactly_the_tables_that_the_program_uses(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_make_partial_indexes_and_sorting_as_the_program_says(store: Store, engine: Engine) -> None:
    Base.metadata.create_all(engine)
    assert schema(store.engine) == schema(engine)


def schema(engine: Engine) -> set[str]:
    """Columns and indexes as the database itself tells them, in any order; names and conditions included."""
    if engine.dialect.name == "sqlite":
        indexes = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        columns = (
            "SELECT t.name || '.' || c.name || ' ' || c.\"notnull\" || c.pk FROM sqlite_master t"
            " JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
        )
    else:
        indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
        columns = (
            "SELECT concat_ws(' ', table_name, column_name, is_nullable, data_type, collation_name)"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        )
    with engine.connect() as connection:
        told = {str(row[0]) for query in (indexes, columns) for row in connection.execute(text(query))}
    return {it for it in told if "alembic_version" not in it}


def test_the_schema_changes_whole_or_not_at_all(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    cases, slides = old_cases()
    change_schema(engine, "0001")
    fill(engine, cases[:10], [it for it in slides if int(str(it["case_id"])) <= 10])
    before = schema(engine)
    monkeypatch.setattr("alembic.operations.Operations.create_index", broken)
    with pytest.raises(OSError, match="pulled the plug"):
        change_schema(engine)
    monkeypatch.undo()
    assert schema(engine) == before
    change_schema(engine)


def broken(*_: object, **__: object) -> None:
    raise OSError("somebody pulled the plug")
