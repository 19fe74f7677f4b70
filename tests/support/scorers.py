"""Scorers without a model, for tests and benchmarks of the queue: what a slide does stands in its name.

flag    scored and flagged, else scored 0.1 and not flagged
fail    the result says failed          reject   rejected
kill    the process is killed           swell    takes 2 GB of memory
hang    never comes back                mend     killed once; the file beside it, NAME.seen, tells the second time
"""

import hashlib
import os
import random
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from inference.progress import Progress
from inference.results import SlideResult, Status, Trace
from models.errors import ForrangError


@dataclass(frozen=True)
class StubScorer:
    """Answers for a slide after `seconds` (up to as much again, by chance); holds up to `beside` slides at a time."""

    model: str = "idc-screen@1.0.0"
    seconds: float = 0.0
    beside: int = 1
    broken: str = ""
    """What the model says is wrong with it, where it cannot be run at all."""

    def results(self, paths: Iterable[Path | None], progress: Progress) -> Iterator[tuple[Path, SlideResult]]:
        """As `worklist.jobs.scorer.Scorer` has it."""
        if self.broken:
            raise ForrangError(self.broken)
        held: list[Path] = []
        for path in paths:
            if path is not None:
                held.append(path)
            while held and (path is None or len(held) >= self.beside):
                read = held.pop(0)
                yield read, self._read(read)

    def _read(self, path: Path) -> SlideResult:
        time.sleep(self.seconds * (1 + random.random()))
        name = path.name
        if "kill" in name or ("mend" in name and _first_time(path)):
            os.kill(os.getpid(), signal.SIGKILL)
        if "hang" in name:
            time.sleep(3600)
        if "swell" in name:
            swollen = bytearray(2_000_000_000)
            swollen[::4096] = b"x" * len(swollen[::4096])
            time.sleep(3600)
        if "fail" in name:
            return stub_result(name, self.model, "failed", reason=f"{name} is cut short: copy it again")
        if "reject" in name:
            return stub_result(name, self.model, "rejected", reason=f"{name}: give --mpp")
        return stub_result(name, self.model, score=0.9 if "flag" in name else 0.1)


def stub_result(
    name: str,
    model: str = "idc-screen@1.0.0",
    status: Status = "scored",
    *,
    score: float = 0.9,
    reason: str | None = None,
) -> SlideResult:
    """What a pipeline would say of a slide."""
    scored = status == "scored"
    return SlideResult(
        slide=name,
        status=status,
        score=score if scored else None,
        flagged=score >= 0.5 if scored else None,
        model=model,
        tiles=10,
        failed_tiles=0,
        tissue_mm2=1.0,
        mpp=0.5,
        seconds=0.1,
        quality=None,
        reason=reason,
        result=f"/results/{name}" if scored else None,
        rule=None,
        threshold=0.5,
        width=1000,
        height=1000,
        mpp_source=None,
        trace=Trace(
            slide_sha256=hashlib.sha256(name.encode()).hexdigest(),
            weights_sha256="0",
            software="0",
            settings={},
            scored_at_utc=datetime.now(UTC),
        ),
    )


def _first_time(path: Path) -> bool:
    seen = path.with_name(path.name + ".seen")
    try:
        seen.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
