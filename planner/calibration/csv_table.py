"""A CSV file read as text, and its times: what is wrong is told by line and column, and good lines stay."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.errors import EventLogError

SHOWN = 5
"""Lines that a finding names; it counts them all."""


@dataclass(frozen=True)
class LogFinding:
    """Something about a file that its reader should know."""

    kind: str
    """unreadable, gap, duplicate, order, received, conflict, unknown, few, spread, fit."""
    message: str
    count: int = 1
    """Lines or cases that it is about."""


def read_table(
    path: str | Path, required: Sequence[str], optional: Sequence[str], names: Mapping[str, str]
) -> pd.DataFrame:
    """The file's known columns as text, one row a line, with `line` beside; absent optional columns are empty.

    The separator may be a comma, a semicolon or a tab. Column names are read without regard to case, blanks and
    hyphens; `names` gives other names for them. Lines with more or fewer cells than the header have `line` negative.
    Raises EventLogError.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header_line = file.readline()
            separator = max(",;\t", key=header_line.count)
            file.seek(0)
            reader = csv.reader(file, delimiter=separator)
            header = [_plain(cell, names) for cell in next(reader, [])]
            rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EventLogError(f"{path}: cannot be read as a CSV file in UTF-8: {error}") from error
    missing = [name for name in required if name not in header]
    if missing:
        raise EventLogError(
            f"{path}, line 1: no column {', '.join(missing)}; needed are {', '.join(required)};"
            f" there are {', '.join(header) or 'none'}"
        )
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise EventLogError(f"{path}, line 1: column {twice[0]} is there twice; keep one of them")
    if not rows:
        raise EventLogError(f"{path}: no lines after the header; give one line an event")
    wide = len(header)
    table = pd.DataFrame([(row + [""] * wide)[:wide] for _, row in rows], columns=header, dtype=object)
    found = {name: table[name].str.strip() if name in header else "" for name in (*required, *optional)}
    lines = [line if len(row) == wide else -line for line, row in rows]
    return pd.DataFrame({"line": lines, **found})


def _plain(cell: str, names: Mapping[str, str]) -> str:
    name = cell.strip().lower().replace(" ", "_").replace("-", "_")
    return names.get(name, name)


def times_ms(texts: "pd.Series[str]", time_zone: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """ISO times as milliseconds UTC since 1970, nan where empty or wrong; and where they are wrong.

    Times without a zone are local. Of the hour that comes twice in autumn the first is taken; in the hour that spring
    leaves out, the moment after it.
    """
    shaped = texts.where(texts.str.match(r"\d{4}-?\d\d-?\d\d"), "")
    zoned = shaped.str.contains(r"[T ].*(?:Z|[+-]\d\d:?\d\d)$", regex=True)
    moments = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[ms, UTC]")
    if zoned.any():
        known = pd.to_datetime(shaped[zoned], format="ISO8601", errors="coerce", utc=True)
        moments[zoned] = known.dt.as_unit("ms")
    if not zoned.all():
        local = pd.to_datetime(shaped[~zoned], format="ISO8601", errors="coerce")
        first = np.ones(len(local), np.bool_)
        placed = local.dt.tz_localize(ZoneInfo(time_zone), ambiguous=first, nonexistent="shift_forward")
        moments[~zoned] = placed.dt.tz_convert("UTC").dt.as_unit("ms")
    ms = moments.dt.tz_localize(None).to_numpy().astype("datetime64[ms]").astype(np.int64).astype(np.float64)
    nothing = moments.isna().to_numpy()
    ms[nothing] = np.nan
    return ms, nothing & (texts != "").to_numpy()


class Sieve:
    """Lets good lines through and keeps account of the others."""

    def __init__(self, path: str | Path, table: pd.DataFrame) -> None:
        self.path = Path(path)
        self.table = table
        self.good = np.ones(len(table), np.bool_)
        self.findings: list[LogFinding] = []

    def drop(self, wrong: npt.NDArray[np.bool_], kind: str, column: str, what: str) -> None:
        """Leaves lines out, and says which and why."""
        wrong = wrong & self.good
        if wrong.any():
            self.note(wrong, kind, f"{column}: {what}; left out")
            self.good &= ~wrong

    def note(self, lines: npt.NDArray[np.bool_], kind: str, what: str) -> None:
        """Says something about lines that stay."""
        if lines.any():
            numbers = self.table["line"].abs().to_numpy()[lines]
            named = ", ".join(map(str, numbers[:SHOWN])) + (" ..." if len(numbers) > SHOWN else "")
            plural = "lines" if len(numbers) > 1 else "line"
            self.findings.append(LogFinding(kind, f"{plural} {named}, column {what}", len(numbers)))

    def passed(self) -> pd.DataFrame:
        """The good lines. Raises EventLogError where there are none."""
        if not self.good.any():
            raise EventLogError(f"{self.path}: no good line; {'; '.join(one.message for one in self.findings)}")
        return self.table[self.good]
