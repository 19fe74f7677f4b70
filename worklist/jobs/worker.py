"""A worker: claims slides, has them scored in a child process, and writes what was found, until it is to stop.

It holds nothing that matters: kill it, its child or the database at any moment, and every slide is still in the queue
or has its finding. Where the database is away for a while it goes on asking; results wait in the meantime.
"""

import itertools
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import structlog
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from inference.progress import Progress, Silent
from inference.results import SlideResult
from models.errors import ModelError
from worklist.cases import CaseSlide
from worklist.errors import ScoringError, StoreError
from worklist.jobs import signs
from worklist.jobs.child import Limits, ScoringChild
from worklist.jobs.child_main import Broken, Done, Message, Started, Tiles
from worklist.jobs.filling import Replaced, adopt, look_around, queue_new
from worklist.jobs.finding import finding, stamp
from worklist.jobs.job import Lease, Rules
from worklist.jobs.queue import JobQueue
from worklist.jobs.scorer import Scorer
from worklist.people import Actor
from worklist.store.store import Store

T = TypeVar("T")

_IN_HAND: Final = 6
"""Slides that the child has at a time: four under way and two that are opened next, as in the pipeline."""
_ROUND_S: Final = 60
"""How often the whole list is looked over for what changed."""
_WAIT_S: Final = 0.2
_STARTS: Final = 5
"""A child that dies so often in a row before it has taken a slide will not do so either the next time."""
_AWAY: Final = (OperationalError, InterfaceError, InternalError)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Manner:
    """How a worker works."""

    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    stay: bool = False
    """Whether it waits for more once nothing is left."""
    again: bool = True
    """Whether it begins with what failed or was rejected before."""
    limits: Limits = field(default_factory=Limits)
    rules: Rules = field(default_factory=Rules)
    poll_s: float = 2.0
    """How often it looks for new slides while it has nothing to do."""
    grace_s: float = 20.0
    """How long slides under way may take once it was told to stop; then they are given back."""
    patience_s: float = 600.0
    """How long the database may be away before the worker gives up."""


@dataclass
class Tally:
    """What became of the slides that this worker read."""

    scored: int = 0
    rejected: int = 0
    failed: int = 0
    lost: int = 0
    """Read, but another had the job by then, or it was cancelled."""


class Worker:
    """One worker over the store; `run` works until nothing is left, or until it is told to stop."""

    def __init__(
        self,
        store: Store,
        choose: Callable[[], Scorer],
        manner: Manner,
        *,
        raise_s: float = 0.0,
    ) -> None:
        """choose: what scores, asked again every minute, so that a model that was replaced is noticed.

        raise_s: as `worklist.jobs.pressing.raise_seconds` gives it.
        """
        self.manner = manner
        self.tally = Tally()
        self.progress: Progress = Silent()
        self._store = store
        self._choose = choose
        self._raise_s = raise_s
        self._actor = Actor(f"worker {manner.name}", "system", "worker")
        self._scorer = choose()
        self._child: ScoringChild | None = None
        self._hand: dict[Path, Lease] = {}
        self._aside: list[Lease] = []
        self._numbers: dict[Path, int] = {}
        self._number = itertools.count()
        self._told_to_stop = threading.Event()
        self._at_once = False
        self._stop_at: float | None = None
        self._draining = False
        self._dry = False
        self._next = {"beat": 0.0, "new": 0.0, "round": 0.0}
        self._false_starts = 0
        self._queue = self._queue_for(self._scorer)
        self._replaced = Replaced(self._queue)

    def stop(self) -> None:
        """Takes no more; what is under way may be finished within the grace time. Told twice: at once.

        It may be called from a signal's handler or another thread.
        """
        self._at_once = self._told_to_stop.is_set()
        self._told_to_stop.set()

    def prepare(self) -> int:
        """Queues what is to be read; returns how many slides that is for now."""
        self._patiently(lambda: adopt(self._queue, again=self.manner.again))
        if self.manner.again:
            self._patiently(self._replaced.look_at_all)
        return self._patiently(self._queue.waiting)[0]

    def run(self) -> Tally:
        """Works. Raises ScoringError where slides cannot be scored at all, StoreError where the store stays away."""
        self._patiently(lambda: signs.begin(self._queue, self.manner.name))
        try:
            while not self._over():
                self._beat()
                self._look()
                self._take()
                self._hear()
        finally:
            self._give_up()
        _log.info("worker ends", **vars(self.tally))
        return self.tally

    def _over(self) -> bool:
        if self._told_to_stop.is_set() and self._stop_at is None:
            self._stop_at = time.monotonic() + self.manner.grace_s
        if self._at_once or (self._stop_at is not None and time.monotonic() > self._stop_at):
            return True
        if self._hand or (self._aside and not self._told_to_stop.is_set()):
            return False
        if self._told_to_stop.is_set() or self._draining:
            return True
        return not self.manner.stay and self._dry and self._patiently(self._queue.waiting) == (0, 0)

    def _beat(self) -> None:
        """Renews the leases and says that the worker lives."""
        if not self._due("beat", self.manner.rules.heartbeat_s):
            return
        held = self._patiently(lambda: self._queue.heartbeat([*self._hand.values(), *self._aside]))
        self._aside = [lease for lease in self._aside if lease.job in held]
        self._draining = self._patiently(lambda: signs.sign(self._queue, self.manner.name)) or self._draining

    def _look(self) -> None:
        """Looks for new slides when there is little to do, and over everything every minute."""
        if self._stopping():
            return
        if self._due("round", _ROUND_S):
            self._patiently(lambda: look_around(self._queue))
            self._patiently(self._replaced.look)
            self._look_at_the_model()
        if self._dry and self._due("new", self.manner.poll_s):
            self._dry = self._patiently(lambda: queue_new(self._queue)) == 0 and self._dry

    def _take(self) -> None:
        """Fills the child's hands, the most pressing slides first; one that somebody died over goes in alone."""
        if self._aside or any(lease.alone for lease in self._hand.values()):
            if not self._hand:
                self._send(self._aside.pop(0))
            return
        room = _IN_HAND - len(self._hand)
        if self._stopping() or room == 0 or (self._dry and not self._due("claim", self.manner.poll_s)):
            return
        claimed = self._patiently(lambda: self._queue.claim(self.manner.name, room))
        self._dry = len(claimed) < room
        for lease in claimed:
            if lease.worn_out:
                self._fail(lease, f"{lease.losses} workers have died while they had it")
            elif lease.alone:
                self._aside.append(lease)
            else:
                self._send(lease)

    def _send(self, lease: Lease) -> None:
        if self._child is None:
            self._child = ScoringChild(self._scorer, self.manner.limits)
        lease = replace(lease, stamp=stamp(lease.path))
        self._hand[lease.path] = lease
        if lease.path not in self._numbers:
            self._numbers[lease.path] = next(self._number)
        self._child.send(lease.path)

    def _hear(self) -> None:
        if self._child is None:
            self._told_to_stop.wait(_WAIT_S)
            return
        told = self._child.hear(_WAIT_S)
        if told is None:
            self._child_died(self._child)
        for message in told or ():
            self._handle(message)

    def _handle(self, message: Message) -> None:
        match message:
            case Started(path, name, tiles):
                self.progress.slide_started(self._numbers[path], name, tiles)
            case Tiles(path, count):
                self.progress.tiles_done(self._numbers[path], count)
            case Done(path, result):
                self._false_starts = 0
                self._done(self._hand.pop(path), result)
            case Broken(text, exit_status, replaced):
                self._release(died=False)
                self._end_child()
                if not (replaced and self._look_at_the_model()):
                    raise ScoringError.with_status(text, exit_status)

    def _done(self, lease: Lease, result: SlideResult) -> None:
        self.progress.slide_finished(self._numbers[lease.path], result)
        slide = finding(lease.path, result)
        if slide.state == "failed":
            kept = self._patiently(lambda: self._queue.fail(lease, slide, self._actor)) is not None
        else:
            kept = self._patiently(lambda: self._queue.finish(lease, slide, self._actor))
            if kept:
                del self._numbers[lease.path]  # one that is read again keeps its number, and counts once
        self._count(slide, lease, kept=kept)

    def _fail(self, lease: Lease, why: str) -> None:
        """The slide is charged with what became of the process that read it."""
        reason = (
            f"{lease.path.name}: the process that read it {why}; copy the file again from the scanner, or rescan the"
            " slide; a slide that needs it gets more with --memory-gb or --slide-minutes"
        )
        slide = CaseSlide(
            path=lease.path, state="failed", reason=reason, model=self._scorer.model, scored_utc=datetime.now(UTC)
        )
        kept = self._patiently(lambda: self._queue.fail(lease, slide, self._actor)) is not None
        self._count(slide, lease, kept=kept)

    def _count(self, slide: CaseSlide, lease: Lease, *, kept: bool) -> None:
        state = slide.state if kept else "lost"
        setattr(self.tally, state, getattr(self.tally, state) + 1)
        _log.debug("slide read", job=lease.job, state=state)

    def _child_died(self, child: ScoringChild) -> None:
        """Charges the slide under way; where there were several, each is read alone to find out which it was."""
        why, under_way = child.why_it_died(), child.under_way
        _log.warning("the scoring process died", why=why, slides_under_way=len(under_way))
        self._end_child()
        blamed = [self._hand.pop(path) for path in under_way if path in self._hand]
        if len(blamed) == 1 and not self._stopping():
            self._fail(blamed[0], why)
        elif blamed:
            self._patiently(lambda: self._queue.release(blamed, died=True))
        else:
            self._false_starts += 1
        self._release(died=False)
        if self._false_starts >= _STARTS:
            raise ScoringError.with_status(f"the scoring process {why} whenever it starts; see `forrang doctor`", 1)

    def _look_at_the_model(self) -> bool:
        """Goes over to another model where the name stands for another one now; what is under way is given back."""
        try:
            scorer = self._choose()
        except ModelError as error:
            _log.warning("the model cannot be looked at; going on with the one at hand", why=str(error))
            return False
        if scorer == self._scorer:
            return False
        _log.info("another model takes over", before=self._scorer.model, now=scorer.model)
        self._release(died=False)
        self._end_child()
        self._scorer, self._queue = scorer, self._queue_for(scorer)
        self._replaced = Replaced(self._queue)
        self._patiently(lambda: adopt(self._queue))
        return True

    def _queue_for(self, scorer: Scorer) -> JobQueue:
        return JobQueue(self._store, scorer.model, raise_s=self._raise_s, rules=self.manner.rules)

    def _release(self, *, died: bool) -> None:
        leases = [*self._hand.values(), *self._aside]
        self._hand.clear()
        self._aside.clear()
        if leases:
            self._patiently(lambda: self._queue.release(leases, died=died))

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None

    def _give_up(self) -> None:
        """Leaves nothing behind; where the store is away, the leases end by themselves."""
        self._end_child()
        try:
            self._queue.release([*self._hand.values(), *self._aside])
            signs.end(self._queue, self.manner.name)
        except StoreError as error:
            _log.warning(
                "the store does not answer; the slides at hand come free when their leases end", why=str(error)
            )

    def _stopping(self) -> bool:
        return self._told_to_stop.is_set() or self._draining

    def _due(self, what: str, every_s: float) -> bool:
        """Whether it is time for it; if so, the next time is that much later."""
        now = time.monotonic()
        if now < self._next.get(what, 0.0):
            return False
        self._next[what] = now + every_s
        return True

    def _patiently(self, act: Callable[[], T]) -> T:
        """Does it, again and again while the database is away, for as long as patience lasts. Raises StoreError."""
        began, rest_s = time.monotonic(), 0.25
        while True:
            try:
                return act()
            except StoreError as error:
                away = isinstance(error.__cause__, _AWAY)
                if not away or self._at_once or time.monotonic() - began > self.manner.patience_s:
                    raise
                _log.warning("the store does not answer; trying again", why=str(error), rest_s=rest_s)
            time.sleep(rest_s)
            rest_s = min(rest_s * 2, 10.0)
