"""What `forrang plan` shows: progress on stderr, tables and sentences on stdout."""

import sys
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from planner.report.page import Grid

MOST_ROOMY = 5
"""With more columns the first is given no room of its own: the terminal would cut off the last."""
FIRST_COLUMN = 16
"""Least width of the column that names the row."""
LINES = 10
"""Progress lines at most, besides what is noted, where stderr is no terminal."""


class RunProgress:
    """A bar of replications with the time that is left; where stderr is no terminal, a line now and then."""

    def __init__(self, what: str, console: Console | None = None) -> None:
        self._what = what
        self._console = console or Console(stderr=True, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._bar = self._bars.add_task(what, total=None)
        self._noted = ""
        self._said = 0

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def __call__(self, done: int, wanted: int, note: str = "") -> None:
        """So many are finished of so many; `note` says what goes on."""
        self._bars.update(self._bar, completed=done, total=wanted, description=note or self._what)
        if self._console.is_terminal:
            return
        step = max(1, wanted // LINES)
        if note and note != self._noted:
            self._console.print(f"{note} ...", markup=False)
        elif done // step > self._said // step or (done == wanted and done > self._said):
            self._console.print(f"{done} of {wanted} {self._what}", markup=False)
        self._noted, self._said = note, done


def show_sentences(sentences: Iterable[str], style: str = "") -> None:
    """A paragraph each, wrapped to the width."""
    console = Console(highlight=False)
    for sentence in sentences:
        console.print(Text(sentence, style=style))


def show_grids(grids: Sequence[Grid]) -> None:
    """The tables of the report, as the terminal shows tables."""
    console = Console(highlight=False)
    for grid in grids:
        table = Table(
            title=Text(grid.caption, style="bold"), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0)
        )
        for number, name in enumerate(grid.head):
            roomy = number == 0 and len(grid.head) <= MOST_ROOMY
            table.add_column(Text(name), overflow="fold", min_width=FIRST_COLUMN if roomy else None)
        for row in grid.rows:
            table.add_row(*map(Text, row))
        console.print(table)


def note(text: str) -> None:
    """A line on stderr for people, which no script reads."""
    Console(stderr=True, highlight=False).print(Text(text), soft_wrap=True)


def print_line(text: str) -> None:
    """One line of machine-readable output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
