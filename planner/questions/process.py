"""The process that answers one question: `python -m planner.questions.process FOLDER`. It needs no browser to go on."""

import os
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from planner.errors import PlannerError
from planner.holding import held
from planner.questions.answers import AnswerTo, answer_to
from planner.questions.folder import PROGRESS, QUESTION, STOP, TURN, keep_answer, write
from planner.questions.question import Progress, Question

LOOK_SECONDS: Final = 0.3
FIRST_SECONDS: Final = 5.0
"""A small plan is answered by then, as one waits for it; a longer answer goes on at low priority. A."""
NICE: Final = 10
"""Then answers take what the list and the viewer leave."""
SAY_SECONDS: Final = 0.2
BY_HAND: Final = "It was stopped before anything was finished."
NO_MEMORY: Final = "This machine has not enough memory for it: simulate fewer days or cases, or use a larger machine."


def main(folder: Path, answer_to: AnswerTo = answer_to) -> None:
    """Answers the question in the folder, and says there how far it has come. Nothing is raised but to Python.

    answer_to: how; another room's way for what the planner alone cannot answer.
    """
    question = Question.model_validate_json((folder / QUESTION).read_text("utf-8"))
    _watch(folder / STOP)
    saying = _Saying(folder)
    try:
        with held(folder.parent / TURN):
            _step_back_soon()
            saying.say(Progress(state="running"))
            found = answer_to(question, saying.on_progress)
        keep_answer(folder, found.page)
        state = Progress(state="done", done=saying.done, wanted=saying.wanted, runs=found.runs)
    except KeyboardInterrupt:
        state = Progress(state="stopped", reason=BY_HAND)
    except PlannerError as error:
        state = Progress(state="failed", reason=str(error))
    except MemoryError:
        state = Progress(state="failed", reason=NO_MEMORY)
    write(folder / PROGRESS, state.model_copy(update={"finished_utc": datetime.now(UTC)}))


def _watch(stop: Path) -> None:
    """Sends this process Ctrl-C once the file is there: every computation knows how to end by it."""

    def look() -> None:
        while not stop.exists():
            pause.wait(LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGINT)

    pause = threading.Event()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=look, daemon=True).start()


def _step_back_soon() -> None:
    """For this process and all that it starts, which are a group of their own."""
    later = threading.Timer(FIRST_SECONDS, os.setpriority, (os.PRIO_PGRP, 0, NICE))
    later.daemon = True
    later.start()


class _Saying:
    """Progress written to the folder, a few times a second."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / PROGRESS
        self.done = self.wanted = 0
        self.said = datetime.now(UTC)

    def on_progress(self, done: int, wanted: int, note: str) -> None:
        self.done, self.wanted = done, wanted
        now = datetime.now(UTC)
        if note or (now - self.said).total_seconds() > SAY_SECONDS:
            self.said = now
            self.say(Progress(state="running", done=done, wanted=wanted, note=note))

    def say(self, progress: Progress) -> None:
        write(self.path, progress)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
