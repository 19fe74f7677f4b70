"""No log line carries a path or a patient's number, whoever writes it."""

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from worklist.trail.log import configure_logs, guarded_text

NUMBER = "010190-1234"


def fail() -> None:
    raise ValueError(f"patient {NUMBER}")


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    factory, handlers = logging.getLogRecordFactory(), list(logging.getLogger().handlers)
    hook, thread_hook = sys.excepthook, threading.excepthook
    yield
    structlog.reset_defaults()
    logging.setLogRecordFactory(factory)
    sys.excepthook, threading.excepthook = hook, thread_hook
    logging.getLogger().handlers[:] = handlers


@pytest.mark.parametrize("layout", ["text", "json"])
def test_our_own_lines_pass_the_guard(layout: str) -> None:
    out = io.StringIO()
    configure_logs(layout, out)  # type: ignore[arg-type]
    log = structlog.get_logger("forrang")
    log.info(f"patient {NUMBER}", path=Path(f"/scans/{NUMBER}.svs"), case=7, paths=[f"/scans/{NUMBER}"], n=101901234)
    try:
        open(f"/no such folder/{NUMBER}.svs")  # noqa: PTH123, SIM115
    except OSError:
        log.exception("cannot be read", slide=f"H26-1_{NUMBER}.svs")
    written = out.getvalue()
    assert NUMBER not in written
    assert "0101901234" not in written
    assert "scans" not in written
    assert "no such folder" not in written
    assert "test_log.py" in written, "where it happened in the code may stay"


def test_json_is_one_object_a_line() -> None:
    out = io.StringIO()
    configure_logs("json", out)
    structlog.get_logger("forrang").warning("late", rows=3, share=0.5)
    logging.getLogger("a.library").warning("slide %s", f"/scans/{NUMBER}.svs")
    ours, theirs = (json.loads(line) for line in out.getvalue().splitlines())
    assert ours["event"] == "late"
    assert (ours["rows"], ours["share"], ours["level"]) == (3, 0.5, "warning")
    assert theirs["event"] == "slide [a path]"


def test_a_library_with_a_handler_of_its_own_is_guarded_too() -> None:
    configure_logs("text", io.StringIO())
    out = io.StringIO()
    library = logging.getLogger("a.library.with.a.handler")
    library.propagate = False
    library.addHandler(logging.StreamHandler(out))
    try:
        fail()
    except ValueError:
        library.exception("failed at %s", f"/scans/{NUMBER}")
    written = out.getvalue()
    assert NUMBER not in written
    assert "/scans" not in written
    assert "ValueError: patient [a Danish CPR number]" in written


def test_an_error_that_nobody_caught_is_logged_through_the_guard() -> None:
    out = io.StringIO()
    configure_logs("json", out)
    try:
        fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    assert json.loads(out.getvalue())["level"] == "critical"
    assert NUMBER not in out.getvalue()


def test_an_error_in_a_thread_is_logged_through_the_guard() -> None:
    out = io.StringIO()
    configure_logs("json", out)
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert json.loads(out.getvalue())["event"] == "an unexpected error ended a thread"
    assert NUMBER not in out.getvalue()


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        (
            "[Errno 2] No such file or directory: '/a b/Bent Jensen.svs'",
            "[Errno 2] No such file or directory: [a path]",
        ),
        (r"cannot open C:\scans\x.ndpi; copy it", "cannot open [a path]; copy it"),
        (r"\\server\share\x.mrxs", "[a path]"),
        ("Jensen_H26-1.svs: the file is cut short", "[a file]: the file is cut short"),
        ("3 of 4 and/or 5 h; 12/24 at http://127.0.0.1:8501/metrics", None),
        ('File "/usr/lib/forrang/worklist/store.py", line 3, in add', None),
    ],
)
def test_paths_go_and_other_words_stay(text: str, guarded: str | None) -> None:
    assert guarded_text(text) == (text if guarded is None else guarded)
