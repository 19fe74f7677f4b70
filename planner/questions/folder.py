"""Where questions and answers lie: a folder each, which outlives the browser and the process that answers.

question.json   what was asked
progress.json   how far it has come
answer.json     the answer as a page of words, charts and tables
stop            is there once somebody has asked to stop
alive           is held by the process that answers for as long as it lives
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from planner.archive import plans_folder
from planner.errors import RunError
from planner.holding import is_held
from planner.questions.question import Progress, Question
from planner.questions.warm import WARM
from planner.report.page import Page
from planner.report.page_file import page_from_json, page_to_json

QUESTION, PROGRESS, ANSWER, STOP, ALIVE = "question.json", "progress.json", "answer.json", "stop", "alive"
OF_THE_PLANNER: Final = "planner.questions.process"
"""The module that answers, but for what another room does."""
TURN: Final = "turn"
"""Is held by the one process that works; the others wait."""
LOST: Final = (
    "The process that answered was ended from outside, most often since the machine was restarted or had no memory"
    " left. Ask again."
)
_STARTED: Final[list[subprocess.Popen[bytes]]] = []
"""Held until they end, so that the system does not keep them as ended and never asked after."""
_NAME: Final = re.compile(r"[0-9]{8}T[0-9]{12}Z-[a-z]+-[a-z0-9_]+")


@dataclass(frozen=True)
class Asked:
    """A question, and what has come of it so far."""

    id: str
    folder: Path
    question: Question
    progress: Progress


def questions_folder() -> Path:
    """`$FORRANG_HOME/questions`, beside the kept runs."""
    return plans_folder().parent / "questions"


def ask(question: Question, answered_by: str = OF_THE_PLANNER) -> Asked:
    """Writes a question down and starts the process that answers it. Raises RunError where it cannot.

    answered_by: the module that is run on the question's folder.
    """
    root = questions_folder()
    prefix = f"{question.asked_utc:%Y%m%dT%H%M%S%fZ}-{question.kind}-"
    try:
        root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=root))
        write(folder / QUESTION, question)
        write(folder / PROGRESS, Progress())
        _start(folder, answered_by)
    except OSError as error:
        raise RunError(f"{root}: the question cannot be put ({error}); make room, then ask again") from error
    return Asked(folder.name, folder, question, Progress())


def asked(question_id: str) -> Asked:
    """A question by its id. Raises RunError where there is none, or it cannot be read."""
    folder = questions_folder() / question_id
    if not _NAME.fullmatch(question_id) or not folder.is_dir():
        raise RunError(f"there is no question {question_id!r}; it may have been removed")
    try:
        question = Question.model_validate_json((folder / QUESTION).read_text("utf-8"))
        progress = Progress.model_validate_json((folder / PROGRESS).read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise RunError(f"question {question_id} cannot be read ({type(error).__name__}); remove it") from error
    if progress.is_open and not is_held(folder / ALIVE):
        progress = Progress.model_validate_json((folder / PROGRESS).read_text("utf-8"))  # it may just have ended
        if progress.is_open:
            progress = progress.model_copy(update={"state": "stopped", "reason": LOST})
    return Asked(question_id, folder, question, progress)


def all_asked(most: int) -> list[Asked]:
    """The newest questions; what cannot be read is passed over."""
    found = []
    root = questions_folder()
    names = sorted((path.name for path in root.glob("*") if _NAME.fullmatch(path.name)), reverse=True)
    for name in names[:most]:
        try:
            found.append(asked(name))
        except RunError:
            continue
    return found


def answer(it: Asked) -> Page:
    """The answer of a question that is done. Raises RunError."""
    try:
        return page_from_json((it.folder / ANSWER).read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"question {it.id}: its answer cannot be read ({type(error).__name__}); ask again") from error


def keep_answer(folder: Path, page: Page) -> None:
    """Writes the answer, whole or not at all."""
    _replace(folder / ANSWER, page_to_json(page))


def stop(it: Asked) -> None:
    """Asks the process to end; what is finished by then is the answer. Raises RunError."""
    try:
        (it.folder / STOP).touch()
    except OSError as error:
        raise RunError(f"question {it.id}: cannot be stopped ({error})") from error


def remove(it: Asked) -> None:
    """Removes a question with its answer; kept runs stay. Raises RunError while it is being answered."""
    if it.progress.is_open:
        raise RunError(f"question {it.id} is being answered; stop it first")
    shutil.rmtree(it.folder, ignore_errors=True)


def write(path: Path, what: BaseModel) -> None:
    """Writes a record, whole or not at all."""
    _replace(path, what.model_dump_json(indent=2))


def _start(folder: Path, answered_by: str) -> None:
    """The new process is handed the lock that says it lives, so that there is no moment without it."""
    handle = os.open(folder / ALIVE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if answered_by == OF_THE_PLANNER and WARM.answer(folder, handle):
            return
        with (folder / "log.txt").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(  # noqa: S603  a module of ours, on a folder that we made
                [sys.executable, "-m", answered_by, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=Path(__file__).resolve().parents[2],
                start_new_session=True,
                pass_fds=(handle,),
            )
        _STARTED[:] = [it for it in (*_STARTED, process) if it.poll() is None]
    finally:
        os.close(handle)


def _replace(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, "utf-8")
    unfinished.replace(path)
