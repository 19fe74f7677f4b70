"""What a command shows: one JSON text with times in UTC for programs, or a table with local times for people."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

Json = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")]


def print_json(value: object) -> None:
    """One line of JSON; dataclasses as objects, instants in ISO form."""
    print_line(json.dumps(value, default=_plain, ensure_ascii=False))


def print_line(text: str) -> None:
    """One line on stdout, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], nothing: str) -> None:
    """A table whose texts are shown as they are; `nothing` is said where it has no row."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    if table.row_count:
        Console().print(table)
    else:
        print_line(nothing)


def local(instant: datetime | None, zone: ZoneInfo) -> str:
    """An instant on the site's clocks, to the minute; empty where there is none."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}" if instant else ""


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
