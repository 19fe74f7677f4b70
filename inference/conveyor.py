"""Threads that carry tiles from slides to the engine and logits back to their slides.

    rows > reader threads > full batches > engine threads > slides that are done

Readers cut rows of tiles into batches that may cross slides; a reader without work passes its half-full batch on,
so that the last slide never waits for a next one. The batches are a fixed pool: memory does not grow.
"""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from inference.batches import Batch
from inference.channel import Channel, ClosedError
from inference.engines.engine import Engine
from inference.errors import RegionError
from inference.slide_run import RowOfTiles, SlideRun
from inference.words import in_words

_ROWS_WAITING = 64


class Conveyor:
    """Runs rows of tiles through `engine`; hands each slide to `on_done` after its last tile.

    `on_tiles(run, count)` hears of every tile that came back. Both are called from the conveyor's own threads.
    `on_broken(error)` hears of an error that no slide is to blame for; the conveyor has stopped then.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        tile_px: int,
        mpp: float,
        readers: int,
        on_tiles: Callable[[SlideRun, int], None],
        on_done: Callable[[SlideRun], None],
        on_broken: Callable[[Exception], None],
    ) -> None:
        self._engine = engine
        self._tile_px = tile_px
        self._mpp = mpp
        self._on_tiles = on_tiles
        self._on_done = on_done
        self._on_broken = on_broken
        pool = readers + 2 * engine.streams + 1
        self._rows: Channel[RowOfTiles] = Channel(_ROWS_WAITING)
        self._free: Channel[Batch] = Channel(pool)
        self._ready: Channel[Batch] = Channel(pool)
        for _ in range(pool):
            self._free.put(Batch(engine.allocate()))
        work = [self._read] * readers + [self._score] * engine.streams
        self._threads = [threading.Thread(target=self._guard, args=(loop,), daemon=True) for loop in work]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops the threads, dropping what is under way."""
        self._stop()
        for thread in self._threads:
            thread.join()

    def send(self, row: RowOfTiles) -> None:
        """Puts a row on the conveyor, waiting while it is full. Raises ClosedError once it has stopped."""
        self._rows.put(row)

    def _guard(self, loop: Callable[[], None]) -> None:
        try:
            loop()
        except ClosedError:
            pass
        except Exception as error:  # noqa: BLE001 (a thread's error belongs to whoever waits for the slides)
            self._stop()
            self._on_broken(error)

    def _stop(self) -> None:
        for channel in (self._rows, self._free, self._ready):
            channel.abort()

    def _read(self) -> None:
        batch = self._free.get()
        for row in self._rows.with_idle():
            if row is not None:
                batch = self._cut(row, batch)
            elif batch.count:
                batch = self._pass_on(batch)

    def _cut(self, task: RowOfTiles, batch: Batch) -> Batch:
        """Cuts a row into `batch` and its successors; returns the one that is not yet full."""
        run, settled = task.run, 0
        try:
            for place, tile in run.slide.read_row(task.row.y, task.row.xs, self._tile_px, self._mpp):
                if isinstance(tile, RegionError):
                    self._fail(run, 1, tile)
                else:
                    batch.add(run, task.first + place, tile)
                settled += 1
                if batch.full:
                    batch = self._pass_on(batch)
        except ClosedError:
            raise
        except Exception as error:  # noqa: BLE001 (whatever one row does, the other rows and slides go on)
            self._fail_rest(task, settled, in_words(error))
        else:
            self._fail_rest(task, settled, "the reader left it out")
        return batch

    def _fail_rest(self, task: RowOfTiles, settled: int, why: str) -> None:
        missing = len(task.row.xs) - settled
        if missing:
            self._fail(task.run, missing, RegionError(f"{task.run.slide.path.name}: {why}"))

    def _pass_on(self, batch: Batch) -> Batch:
        self._ready.put(batch)
        return self._free.get()

    def _fail(self, run: SlideRun, count: int, error: RegionError) -> None:
        self._on_tiles(run, count)
        if run.fail(count, error):
            self._on_done(run)

    def _score(self) -> None:
        for batch, logits in self._engine.score(self._ready.with_idle()):
            for run, places, indices in batch.by_slide():
                self._on_tiles(run, len(indices))
                if run.record(indices, logits[places]):
                    self._on_done(run)
            batch.clear()
            self._free.put(batch)
