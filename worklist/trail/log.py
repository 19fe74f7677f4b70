"""How Forrang logs: a line an event, as text or as JSON, with a last guard that takes paths and patients' numbers out.

Whoever logs leaves them out already and names rows by their ids; this catches what slips through, such as the path in
an error of the operating system. A patient's name cannot be told from other words: no guard finds it.
"""

import logging
import re
import sys
import threading
from collections.abc import Mapping, MutableMapping
from pathlib import PurePath
from traceback import format_exception
from types import TracebackType
from typing import Any, Final, Literal, TextIO

import structlog
from structlog.typing import Processor

from worklist.trail.identity_guard import mask_identity

LogFormat = Literal["text", "json"]

_HANDLER: Final = "forrang"
_ACCESS: Final = "uvicorn.access"
"""A logger whose own formatter takes the values apart, so that they are guarded one by one."""

_QUOTED_PATH: Final = re.compile(r"""(['"])(?:/|~/|\\\\|[A-Za-z]:[\\/])(?!.*?\.pyc?\1).*?\1""")
_BARE_PATH: Final = re.compile(r"""(?<![\w/:<.~])(?:~?/(?=[\w.])|\\\\|[A-Za-z]:[\\/])[^\s'"<>|;,()\[\]]*""")
_SLIDE_NAME: Final = re.compile(
    r"""[^\s'"/\\=]+\.(?:svs|tiff?|ndpi|mrxs|scn|bif|vsi|czi|dcm|png|jpe?g|csv|xlsx|hl7)\b""", re.IGNORECASE
)
_CODE: Final = re.compile(r"\.pyc?\b")


def configure_logs(layout: LogFormat = "text", stream: TextIO | None = None) -> None:
    """Sets up the logs of this process, our own and the libraries', once at its start.

    stream: stderr by default. An error that nobody caught is logged too, so that its text passes the guard.
    """
    out = stream or sys.stderr
    first: list[Processor] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    last: list[Processor] = [structlog.processors.format_exc_info, _guarded, _renderer(layout, out)]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(out),
    )
    handler = logging.StreamHandler(out)
    handler.name = _HANDLER
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    root = logging.getLogger()
    for earlier in [it for it in root.handlers if it.name == _HANDLER]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    logging.setLogRecordFactory(_guarded_record)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def guarded_text(text: str) -> str:
    """The text without paths, names of slides and patients' numbers; where code stands in a file may stay."""
    text = _QUOTED_PATH.sub("[a path]", text)
    text = _BARE_PATH.sub(lambda path: path[0] if _CODE.search(path[0]) else "[a path]", text)
    return mask_identity(_SLIDE_NAME.sub("[a file]", text))


def _guarded(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {name: value if name in ("level", "timestamp") else _plain(value) for name, value in event.items()}


def _plain(value: object) -> object:
    """A value as it may be logged; what is neither number nor text goes through its text."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, PurePath):
        return "[a path]"
    if isinstance(value, Mapping):
        return {guarded_text(str(name)): _plain(it) for name, it in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(it) for it in value]
    text = guarded_text(str(value))
    return value if isinstance(value, int) and text == str(value) else text


def _guarded_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """A library's line; guarded where it is made, since some libraries have handlers of their own."""
    record = logging.LogRecord(*args, **kwargs)
    if record.name == _ACCESS and isinstance(record.args, tuple):
        record.args = tuple(guarded_text(it) if isinstance(it, str) else it for it in record.args)
        return record
    try:
        told = record.getMessage()
    except (TypeError, ValueError, KeyError):
        told = f"{record.msg} (its values do not fit)"
    if record.exc_info:
        told = f"{told}\n{''.join(format_exception(*record.exc_info)).rstrip()}"
    record.msg, record.args, record.exc_info = guarded_text(told), (), None
    return record


def _renderer(layout: LogFormat, out: TextIO) -> Processor:
    if layout == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    structlog.get_logger(__name__).critical("an unexpected error ended Forrang", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(it: threading.ExceptHookArgs) -> None:
    trace = (it.exc_type, it.exc_value or it.exc_type(), it.exc_traceback)
    structlog.get_logger(__name__).critical("an unexpected error ended a thread", exc_info=trace)
