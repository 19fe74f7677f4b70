"""A backup holds all there was at one instant, and goes into an empty store of either database, or not at all."""

import json
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, Float, Integer, insert, select
from typer.testing import CliRunner

from cli import commands
from tests.support.cases import NOW, case, scored
from tests.support.people import SYSTEM, pathologist
from tests.support.postgres import PostgresServer
from worklist.errors import NotAllowedError, StoreError
from worklist.people import Actor
from worklist.store.backup import back_up, restore
from worklist.store.store import Store
from worklist.store.tables import AuditHeadRow, AuditRow, Base, UtcTime
from worklist.trail.verify import verify

ADMIN = Actor("chief", "admin", "test")
TRAIL = {AuditRow.__tablename__, AuditHeadRow.__tablename__}


@pytest.fixture(params=["to sqlite", "to postgresql"])
def target_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where the backup goes back to: a database that no store was ever opened in."""
    if request.param == "to sqlite":
        yield f"sqlite:///{tmp_path / 'target.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.fresh("template0")
    yield url
    server.drop(url)


def value(column: Column[object], row: int) -> object:
    if column.nullable and row == 2:
        return None
    if isinstance(column.type, UtcTime):
        return datetime(2026, 10, 25, row, 30, 0, 123_456, tzinfo=UTC)
    if isinstance(column.type, Date):
        return date(2026, 10, row)
    if isinstance(column.type, JSON):
        return {"regions": [1.5, None, "blå ø"], "row": row}
    if isinstance(column.type, Boolean):
        return row == 1
    if isinstance(column.type, Float):
        return 0.1 + row
    return row if isinstance(column.type, Integer) else f"æ\t\"{row}'\n{column.name}"[:32]


def fill_every_table(store: Store) -> None:
    """Two rows a table, of every type that there is, and empty fields where they may be."""
    with store.engine.execution_options(writes=True).begin() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in TRAIL | {"cases", "case_slides"}:
                rows = [{column.name: value(column, row) for column in table.columns} for row in (1, 2)]
                connection.execute(insert(table), rows)


def content(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))]
            for table in Base.metadata.sorted_tables
        }


def filled(store: Store) -> dict[str, list[tuple[object, ...]]]:
    store.add_cases([case("P1", "/ø.svs", "/b.svs"), case("P2", "/c.svs"), case("P3")], SYSTEM)
    store.record_result(scored("/ø.svs", 0.123456789012345), SYSTEM)
    store.sign_out("P2", pathologist("Å. Læser"))
    fill_every_table(store)
    return content(store)


def test_a_backup_goes_into_either_database_with_every_row_of_every_table(
    store: Store, target_url: str, tmp_path: Path
) -> None:
    before = filled(store)
    manifest = back_up(store, tmp_path / "list.zip", ADMIN)
    assert restore(tmp_path / "list.zip", target_url, ADMIN, lambda: NOW) == manifest

    back = Store(target_url)
    after = content(back)
    assert {name: rows for name, rows in after.items() if name not in TRAIL} == {
        name: rows for name, rows in before.items() if name not in TRAIL
    }
    made, restored = after["audit"][-2:]
    assert after["audit"][:-2] == before["audit"]
    assert [json.loads(str(row[7]))["what"] for row in (made, restored)] == ["backup", "restored"]
    assert verify(back).rows == manifest.audit_number + 1

    back.add_cases([case("P4", "/d.svs")], SYSTEM)
    assert [it.accession_number for it in back.cases()] == ["P1", "P3", "P4"]
    back.close()


def test_a_backup_is_made_while_others_write_and_holds_one_instant(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    other, going_on, stop = Store(store_url), threading.Event(), threading.Event()
    faults: list[Exception] = []

    def write() -> None:
        try:
            for number in range(100_000):
                if stop.is_set():
                    return
                other.add_cases([case(f"P{number:06}", f"/{number}.svs")], SYSTEM)
                if number == 5:
                    going_on.set()
        except StoreError as error:
            faults.append(error)
            going_on.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert going_on.wait(60)
        back_up(store, tmp_path / "list.zip", ADMIN)
    finally:
        stop.set()
        writer.join()
        other.close()
    assert faults == []

    restore(tmp_path / "list.zip", f"sqlite:///{tmp_path / 'back.db'}", ADMIN)
    back = Store(f"sqlite:///{tmp_path / 'back.db'}")
    verify(back)
    rows = content(back)
    came_in = [row[6] for row in rows["audit"] if row[5] == "take in"]
    assert len(came_in) >= 6
    assert [it.accession_number for it in back.cases()] == came_in
    assert all(len(it.slides) == 1 for it in back.cases())
    back.close()


@pytest.mark.parametrize("harm", ["cut short", "a letter", "a byte", "a row changed", "a row lost", "no manifest"])
def test_a_damaged_backup_changes_nothing_and_says_why(store_url: str, harm: str, tmp_path: Path) -> None:
    file = tmp_path / "list.zip"
    source = Store(f"sqlite:///{tmp_path / 'source.db'}", lambda: NOW)
    source.add_cases([case(f"P{number}", f"/{number}.svs") for number in range(50)], SYSTEM)
    back_up(source, file, ADMIN)
    source.close()
    spoil(file, harm)
    with pytest.raises(
        StoreError, match=r"list\.zip was not restored: [^()]*(older one|no backup)[^()]*; nothing was changed"
    ):
        restore(file, store_url, ADMIN)
    untouched = Store(store_url)
    assert untouched.cases(include_signed_out=True) == []
    assert verify(untouched).rows == 0
    untouched.close()


def spoil(file: Path, harm: str) -> None:
    data = file.read_bytes()
    if harm == "cut short":
        file.write_bytes(data[: len(data) // 2])
    elif harm == "a letter":
        file.write_bytes(b"Dear colleague, " * 100)
    elif harm == "a byte":
        middle = data.index(b"case_slides.jsonl") + 100
        file.write_bytes(data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :])
    else:
        with zipfile.ZipFile(file) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        if harm == "a row changed":
            parts["cases.jsonl"] = parts["cases.jsonl"].replace(b'"P7"', b'"P_"')
        elif harm == "a row lost":
            parts["case_slides.jsonl"] = parts["case_slides.jsonl"].split(b"\n", 1)[1]
        else:
            del parts["manifest.json"]
        with zipfile.ZipFile(file, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part)


def test_a_backup_replaces_no_file_and_a_restore_no_list(store: Store, store_url: str, tmp_path: Path) -> None:
    store.add_cases([case("P1")], SYSTEM)
    back_up(store, tmp_path / "list.zip", ADMIN)
    with pytest.raises(StoreError, match="is there already"):
        back_up(store, tmp_path / "list.zip", ADMIN)
    with pytest.raises(StoreError, match="holds something already, in audit"):
        restore(tmp_path / "list.zip", store_url, ADMIN)
    assert store.case("P1").is_open
    with pytest.raises(StoreError, match="no such file"):
        restore(tmp_path / "lost.zip", store_url, ADMIN)
    with pytest.raises(StoreError, match="choose another place"):
        back_up(store, tmp_path / "nowhere" / "list.zip", ADMIN)
    assert (tmp_path / "list.zip").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".forrang-backup-*"))


def test_a_backup_of_a_newer_program_is_named(tmp_path: Path) -> None:
    file = tmp_path / "list.zip"
    source = Store(f"sqlite:///{tmp_path / 'source.db'}")
    back_up(source, file, ADMIN)
    source.close()
    for field, newer in (("revision", "9999"), ("form", 2)):
        with zipfile.ZipFile(file) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        parts["manifest.json"] = json.dumps(json.loads(parts["manifest.json"]) | {field: newer}).encode()
        with zipfile.ZipFile(tmp_path / f"{field}.zip", "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part)
        with pytest.raises(StoreError, match="newer Forrang"):
            restore(tmp_path / f"{field}.zip", f"sqlite:///{tmp_path / 'target.db'}", ADMIN)


def test_only_who_keeps_the_store_may_copy_or_fill_it(store: Store, store_url: str, tmp_path: Path) -> None:
    with pytest.raises(NotAllowedError, match="manage store"):
        back_up(store, tmp_path / "list.zip", pathologist("A. Reader"))
    with pytest.raises(NotAllowedError, match="manage store"):
        restore(tmp_path / "list.zip", store_url, pathologist("A. Reader"))
    assert not (tmp_path / "list.zip").exists()


def test_the_commands_back_up_restore_and_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORRANG_DATABASE_URL", raising=False)
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "here"))
    store = Store.open()
    store.add_cases([case("P1", "/a.svs")], SYSTEM)
    store.close()
    run = CliRunner()
    made = run.invoke(commands, ["store", "backup", str(tmp_path / "list.zip")])
    assert made.exit_code == 0, made.output
    assert "site.key" in made.output
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "there"))
    assert run.invoke(commands, ["store", "restore", str(tmp_path / "list.zip")]).exit_code == 0
    shown = json.loads(run.invoke(commands, ["store", "info", "--json"]).output)
    assert (shown["rows"]["cases"], shown["rows"]["case_slides"], shown["audit_number"]) == (1, 1, 3)
    assert "journal mode" in run.invoke(commands, ["store", "info"]).output
