"""The form of a backup: one zip with a table a file, a row a line of JSON, and a manifest that holds their hashes.

It belongs to neither database, so that a list that was kept in SQLite can go on in PostgreSQL, and back.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from sqlalchemy import JSON, Column, ColumnClause, Date, TableClause, column, table
from sqlalchemy.types import NullType, TypeEngine

from worklist.errors import StoreError
from worklist.store.tables import UtcTime

MANIFEST: Final = "manifest.json"
_LIMIT_OF_MANIFEST: Final = 2**20
"""Bytes; a real one has under 20,000."""
_TYPES: Final[dict[str, TypeEngine[Any]]] = {
    "instant": UtcTime(),
    "day": Date(),
    "json": JSON(none_as_null=True),
    "plain": NullType(),
}


class ArchivedColumn(BaseModel):
    """A column, and how its values are written: an instant or a day in ISO form, JSON as it is, all else plain."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Literal["instant", "day", "json", "plain"]

    @classmethod
    def of(cls, found: Column[Any]) -> Self:
        """As the store has it."""
        kinds = {UtcTime: "instant", Date: "day", JSON: "json"}
        return cls.model_validate({"name": found.name, "kind": kinds.get(type(found.type), "plain")})


class ArchivedTable(BaseModel):
    """A table: its columns in the order of their values, and what its file must come to."""

    model_config = ConfigDict(frozen=True)

    name: str
    columns: tuple[ArchivedColumn, ...]
    rows: int
    sha256: str

    @property
    def file(self) -> str:
        """Its file in the archive."""
        return f"{self.name}.jsonl"

    def target(self) -> TableClause:
        """The table to write to, as it was when the backup was made."""
        columns: list[ColumnClause[Any]] = [column(it.name, _TYPES[it.kind]) for it in self.columns]
        return table(self.name, *columns)


class Manifest(BaseModel):
    """What a backup holds."""

    model_config = ConfigDict(frozen=True)

    what: Literal["Forrang store"] = "Forrang store"
    form: Literal[1] = 1
    made_utc: AwareDatetime
    forrang: str
    """Version of the program that made it."""
    revision: str
    """Of the schema."""
    database: str
    """That the list was kept in: sqlite or postgresql."""
    audit_number: int
    """Rows on the audit trail."""
    audit_hash: str
    """Of the newest of them."""
    tables: tuple[ArchivedTable, ...]
    """In an order in which they can be written: none points at a later one."""

    @property
    def rows(self) -> int:
        """Of all tables together."""
        return sum(it.rows for it in self.tables)


def write_table(
    archive: zipfile.ZipFile, name: str, columns: Sequence[Column[Any]], rows: Iterable[Any]
) -> ArchivedTable:
    """Writes the rows, each a sequence of values in the order of the columns."""
    digest, count = hashlib.sha256(), 0
    with archive.open(f"{name}.jsonl", "w", force_zip64=True) as file:
        for row in rows:
            values = [it.isoformat() if isinstance(it, date) else it for it in row]
            line = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(line)
            file.write(line)
            count += 1
    kept = tuple(ArchivedColumn.of(it) for it in columns)
    return ArchivedTable(name=name, columns=kept, rows=count, sha256=digest.hexdigest())


def read_table(archive: zipfile.ZipFile, told: ArchivedTable) -> Iterator[dict[str, object]]:
    """The rows of a table; at its end, raises StoreError unless all of them were there as they were written."""
    digest, count = hashlib.sha256(), 0
    written = {"instant": datetime.fromisoformat, "day": date.fromisoformat}
    in_iso = {it.name: written[it.kind] for it in told.columns if it.kind in written}
    names = [it.name for it in told.columns]
    with archive.open(told.file) as file:
        for line in file:
            digest.update(line)
            row = dict(zip(names, json.loads(line), strict=True))
            for name, read in in_iso.items():
                if row[name] is not None:
                    row[name] = read(row[name])
            count += 1
            yield row
    if count != told.rows or digest.hexdigest() != told.sha256:
        raise StoreError(
            f"{told.file} has {count} rows, and not the {told.rows} that were written, or they were changed; copy it"
            " again from where it is kept, or take an older one"
        )


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """What the archive says of itself. Raises StoreError where it is no backup of Forrang, or of a newer form."""
    try:
        size = archive.getinfo(MANIFEST).file_size
        if size > _LIMIT_OF_MANIFEST:
            raise StoreError(f"its {MANIFEST} is no backup's, with {size} bytes")
        return Manifest.model_validate_json(archive.read(MANIFEST))
    except KeyError as error:
        raise StoreError(f"it has no {MANIFEST}, so it is no backup of Forrang") from error
    except ValidationError as error:
        raise StoreError(
            f"its {MANIFEST} is not as this version writes it: it is damaged, or was made by a newer Forrang; copy it"
            " again from where it is kept, restore it with that version, or take an older one"
        ) from error


DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, NotImplementedError, OSError)
"""What reading a spoilt archive raises."""
