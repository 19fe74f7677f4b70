"""From slides to results: `score_slides` is the whole way, `score_slide` the same for one.

    prepare (inference.prepare)     open, identify, look at, judge, cut into tiles
    score   (inference.conveyor)    read tiles, run the model
    finish  (inference.finish)      aggregate, calibrate, draw, write

Up to `_SLIDES_IN_FLIGHT` slides are under way at a time, so that readers and engine never wait for one to open.
"""

import threading
import time
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from queue import SimpleQueue

from inference.channel import ClosedError
from inference.conveyor import Conveyor
from inference.cores import usable_cores
from inference.engines.engine import Engine
from inference.finish import finish
from inference.job import Job
from inference.prepare import prepare
from inference.progress import Progress, Silent
from inference.result_folder import remove_remains
from inference.results import SlideResult
from inference.settings import ScoreSettings
from inference.slide_run import SlideRun
from inference.words import printable
from models.errors import ForrangError
from models.registry import Model

_SLIDES_IN_FLIGHT = 4
_PREPARERS = 2


class EngineError(ForrangError):
    """The model could not be run at all, whatever the slide."""

    exit_status = 1


def score_slide(
    path: Path, model: Model, engine: Engine, out: Path, settings: ScoreSettings | None = None
) -> SlideResult:
    """Scores one slide; see `score_slides`."""
    ((_, result),) = score_slides([path], model, engine, out, settings)
    return result


def score_slides(
    paths: Iterable[Path | None],
    model: Model,
    engine: Engine,
    out: Path,
    settings: ScoreSettings | None = None,
    progress: Progress | None = None,
) -> Generator[tuple[Path, SlideResult], None, None]:
    """Scores slides and writes each result whole to a folder in `out`; yields path and result once it is there.

    What one slide does never stops another: its result says what happened. A slide whose result stands there
    already, made from the same file, model and settings, is not scored again. Memory grows with neither the
    number of slides nor their size. Closing the generator stops everything and leaves only whole results; whoever is
    stopped by Ctrl-C closes it.
    Paths may come while slides are scored: each is taken when there is a place for it. A None among them says that
    none waits just now; the next is asked for at once, so whoever says it should have waited a little.
    Raises EngineError where the model itself cannot be run.
    """
    remove_remains(out, time.time())
    flow = _Flow(paths, Job(model, engine, out, settings or ScoreSettings()), progress or Silent())
    return flow.results()


class _Flow:
    """One call of `score_slides` under way.

    The caller's thread only waits for what the others tell it: Ctrl-C, which comes to that thread, breaks into no
    slide's result and leaves no lock taken.
    """

    def __init__(self, paths: Iterable[Path | None], job: Job, progress: Progress) -> None:
        self._coming = iter(paths)
        self._taking = threading.Lock()
        self._paths: dict[int, Path] = {}
        self._taken = 0
        self._stopped = False
        self._job = job
        self._progress = progress
        self._open: dict[int, SlideRun] = {}
        self._places: SimpleQueue[None] = SimpleQueue()
        self._done: SimpleQueue[tuple[int, SlideRun | SlideResult] | None] = SimpleQueue()
        self._told: SimpleQueue[tuple[Path, SlideResult] | Exception | None] = SimpleQueue()
        for _ in range(_SLIDES_IN_FLIGHT):
            self._places.put(None)

    def results(self) -> Generator[tuple[Path, SlideResult], None, None]:
        manifest = self._job.model.manifest
        conveyor = Conveyor(
            self._job.engine,
            tile_px=manifest.tile_px,
            mpp=manifest.mpp,
            readers=usable_cores(),
            on_tiles=lambda run, count: self._progress.tiles_done(run.number, count),
            on_done=lambda run: self._done.put((run.number, run)),
            on_broken=self._told.put,
        )
        threads = [threading.Thread(target=self._prepare, args=(conveyor,), daemon=True) for _ in range(_PREPARERS)]
        threads.append(threading.Thread(target=self._finish, daemon=True))
        try:
            with conveyor:
                for thread in threads:
                    thread.start()
                yield from self._as_they_come()
        finally:
            self._stop()
            for thread in threads:
                thread.join()
            for run in self._open.values():
                run.slide.close()

    def _as_they_come(self) -> Iterator[tuple[Path, SlideResult]]:
        """Results until the last preparer has said that no slide comes any more, and none is under way."""
        preparing, finished = _PREPARERS, 0
        while preparing or finished < self._taken:
            told = self._told.get()
            if isinstance(told, Exception):
                raise EngineError(
                    f"{self._job.model.manifest.label} on {self._job.engine.description}: {told}; "
                    "see `forrang doctor`, or try --device cpu"
                ) from told
            self._places.put(None)
            if told is None:
                preparing -= 1
            else:
                finished += 1
                yield told

    def _take(self) -> tuple[int, Path] | None:
        """The next slide and its number; None once there is none. Waits while none waits."""
        with self._taking:
            for path in self._coming:
                if self._stopped:
                    raise ClosedError
                if path is not None:
                    number, self._taken = self._taken, self._taken + 1
                    self._paths[number] = path
                    return number, path
        return None

    def _prepare(self, conveyor: Conveyor) -> None:
        """Takes slides, each once there is a place for it, and puts their rows on the conveyor."""
        try:
            while True:
                self._places.get()
                taken = None if self._stopped else self._take()
                if taken is None:
                    self._told.put(None)
                    return
                number, path = taken
                prepared = prepare(number, path, self._job)
                if isinstance(prepared, SlideResult):
                    self._done.put((number, prepared))
                    continue
                self._open[number] = prepared
                self._progress.slide_started(number, printable(path.name), prepared.tiles)
                for row in prepared.rows():
                    conveyor.send(row)
        except ClosedError:
            pass
        except Exception as error:  # noqa: BLE001 (a thread's error belongs to whoever waits for the slides)
            self._told.put(error)

    def _finish(self) -> None:
        """Writes the results of slides whose tiles have all come back."""
        try:
            while (done := self._done.get()) is not None and not self._stopped:
                number, item = done
                result = finish(item, self._job) if isinstance(item, SlideRun) else item
                self._open.pop(number, None)
                self._progress.slide_finished(number, result)
                self._told.put((self._paths.pop(number), result))
        except Exception as error:  # noqa: BLE001 (a thread's error belongs to whoever waits for the slides)
            self._told.put(error)

    def _stop(self) -> None:
        self._stopped = True
        self._done.put(None)
        for _ in range(_PREPARERS):
            self._places.put(None)
