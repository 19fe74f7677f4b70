"""What a person sees of a training run: a bar on the terminal, and curves for TensorBoard where they are wanted."""

from contextlib import ExitStack
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Watcher:
    """Is told of every step and epoch. This one says nothing; the others are made for people and for searches."""

    def begin_epoch(self, epoch: int, epochs: int, steps: int, done: int) -> None:
        """An epoch (from 1) of so many steps begins, or goes on after `done` of them."""

    def step(self, number: int, loss: float, learning_rate: float) -> None:
        """A step is done; its number counts from 0 over all epochs."""

    def end_epoch(self, epoch: int, loss: float, auc: float) -> None:
        """An epoch is done, with its mean loss and the validation AUC."""


class Showing(Watcher):
    """A bar on stderr where that is a terminal, and TensorBoard's files in `curves` where a folder is given."""

    def __init__(self, curves: Path | None = None) -> None:
        self._stack = ExitStack()
        self._curves = curves
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = self._stack.enter_context(
            Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        )
        self._writer = None
        if self._curves is not None:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(self._curves))
            self._stack.callback(self._writer.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def begin_epoch(self, epoch: int, epochs: int, steps: int, done: int) -> None:
        """Begins a new bar."""
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(f"epoch {epoch}/{epochs}", total=steps, completed=done)

    def step(self, number: int, loss: float, learning_rate: float) -> None:
        """Moves the bar on."""
        if self._task is not None:
            self._bar.advance(self._task)
        if self._writer is not None:
            self._writer.add_scalar("loss of a step", loss, number)
            self._writer.add_scalar("learning rate", learning_rate, number)

    def end_epoch(self, epoch: int, loss: float, auc: float) -> None:
        """Puts the epoch's figures into the curves."""
        if self._writer is not None:
            self._writer.add_scalar("loss", loss, epoch)
            self._writer.add_scalar("validation AUC", auc, epoch)
            self._writer.flush()
