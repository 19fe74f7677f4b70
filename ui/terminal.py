"""What the command line shows: progress on stderr, tables on stdout."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as RemainingColumn
from rich.table import Table
from rich.text import Text

from inference.results import SlideResult
from worklist.trail.identity_guard import mask_identity

if TYPE_CHECKING:
    from models.checkup import Finding

STATES = {"scored": "green", "rejected": "yellow", "failed": "red"}


class _Bars:
    """Bars that are on the screen from `with` to its end."""

    _bars: Progress

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()


class ScoringProgress(_Bars):
    """A bar for the whole order and one for each slide under way, each with the time that is left.

    Where stderr is no terminal, a line a slide instead.
    """

    def __init__(self, slides: int, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeElapsedColumn(),
            RemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._slides = slides
        self._finished: set[int] = set()
        self._under_way: dict[int, _Slide] = {}
        self._all = self._bars.add_task("all slides", total=slides, unit="slides")
        self._lock = threading.Lock()

    def slide_started(self, number: int, name: str, tiles: int) -> None:
        """Shows a bar for the slide."""
        with self._lock:
            bar = self._bars.add_task(mask_identity(name), total=tiles, unit="tiles")
            self._under_way[number] = _Slide(bar, tiles)

    def tiles_done(self, number: int, count: int) -> None:
        """Moves the slide's bar, and the whole order's by the slide's share of it."""
        with self._lock:
            slide = self._under_way[number]
            slide.done += count
            self._bars.update(slide.bar, completed=slide.done)
            self._show_all()

    def slide_finished(self, number: int, result: SlideResult) -> None:
        """Removes the slide's bar and says how it ended; one that is read again counts once."""
        with self._lock:
            self._finished.add(number)
            self._slides = max(self._slides, len(self._finished))
            if number in self._under_way:
                self._bars.remove_task(self._under_way.pop(number).bar)
            self._show_all()
            self._console.print(f"{len(self._finished)}/{self._slides} {describe(result)}", highlight=False)

    def _show_all(self) -> None:
        begun = sum(it.done / it.tiles for number, it in self._under_way.items() if number not in self._finished)
        self._bars.update(self._all, total=self._slides, completed=len(self._finished) + begun)


@dataclass
class _Slide:
    bar: TaskID
    tiles: int
    done: int = 0


def describe(result: SlideResult) -> str:
    """One line, with Rich's markup, on how a slide ended; it may end up in a log, so no patient's number is in it."""
    state = f"[{STATES[result.status]}]{result.status}[/]"
    score = "" if result.score is None else f" {result.score:.3f}{_remark(result)}"
    reason = escape(mask_identity(f": {result.reason}")) if result.reason else ""
    name = escape(mask_identity(result.slide))
    return f"{name} {state}{score}, {result.tiles} tiles in {result.seconds:.1f} s{reason}"


def _remark(result: SlideResult) -> str:
    return " flagged" if result.flagged else " unsure" if result.unsure else ""


def results_table(results: Sequence[SlideResult]) -> Table:
    """All results of an order, the highest score first, then those that people must look at."""
    table = Table(title="Slides", title_justify="left")
    for column in ("slide", "state", "score", "flagged", "tiles", "tissue", "mpp", "reason"):
        numeric = column in ("score", "tiles", "tissue", "mpp")
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for r in sorted(results, key=lambda r: (r.score is None, -(r.score or 0.0), r.slide)):
        table.add_row(
            Text(r.slide),
            f"[{STATES[r.status]}]{r.status}[/]",
            "" if r.score is None else f"{r.score:.3f}",
            "unsure" if r.unsure else {True: "yes", False: "no", None: ""}[r.flagged],
            str(r.tiles),
            "" if r.tissue_mm2 is None else f"{r.tissue_mm2:.1f} mm²",
            "" if r.mpp is None else f"{r.mpp:.3f}",
            Text(r.reason or ""),
        )
    return table


def show_findings(findings: Sequence["Finding"]) -> None:
    """What the check-up found, a line each."""
    console = Console(highlight=False)
    marks = {"ok": "[green]ok[/]  ", "warn": "[yellow]warn[/]", "bad": "[red]bad[/] "}
    for finding in findings:
        console.print(marks[finding.state], Text(f"{finding.what}: {finding.message}"), soft_wrap=True)


class DrawingProgress(_Bars):
    """A bar for phantom slides being drawn."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("drawing phantom slides"),
            BarColumn(),
            TextColumn("{task.description}"),
            MofNCompleteColumn(),
            console=Console(stderr=True),
        )
        self._bar = self._bars.add_task("", total=None)

    def show(self, done: int, of: int, name: str) -> None:
        """So many are drawn, `name` the last of them."""
        self._bars.update(self._bar, completed=done, total=of, description=name)
