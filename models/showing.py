"""What a command shows: one JSON text with times in UTC for programs, or a table with local times for people."""

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

Json = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")]


def print_json(value: object) -> None:
    """One line of JSON; dataclasses as objects, instants in ISO form, what is no finite number as null."""
    print_line(json.dumps(_plain(value), ensure_ascii=False, allow_nan=False))


def print_line(text: str) -> None:
    """One line on stdout, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_record(record: Mapping[str, object], *, as_json: bool) -> None:
    """A record as one line of JSON, or as name and value a line."""
    if as_json:
        print_json(record)
        return
    for name, value in record.items():
        print_line(f"{name:18} {value:.4f}" if isinstance(value, float) else f"{name:18} {value}")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], nothing: str) -> None:
    """A table whose texts are shown as they are; `nothing` is said where it has no row."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    if table.row_count:
        Console().print(table)
    else:
        print_line(nothing)


def local(instant: datetime | None, zone: ZoneInfo) -> str:
    """An instant on the site's clocks, to the minute; empty where there is none."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}" if instant else ""


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value
