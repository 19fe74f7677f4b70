"""Operations in words: kinds, reasons, ages and sizes as a visitor reads them. Data in, strings out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, get_args

from ui.shell.language import number, t, tn
from worklist.people import Act
from worklist.trail.identity_guard import mask_identity
from worklist.watching.action_times import ActionClass
from worklist.watching.flow import NOT_TOLD
from worklist.watching.operations import OperationKind

WIDE: Final = 1000
"""Of a table, px: a row that is wider is not read across."""
ACTS: Final[tuple[Act, ...]] = get_args(Act)
"""What can stand on the audit trail."""


def kind_words(kind: OperationKind) -> str:
    """A kind of entry on the operations list."""
    told: Mapping[OperationKind, str] = {
        "unmatched slide": t("unmatched slide"),
        "rescan": t("rescan"),
        "refused message": t("refused message"),
        "unknown site": t("unknown site"),
        "unknown pathway": t("unknown pathway"),
        "another patient": t("another patient"),
        "no patient": t("no patient"),
        "look-alike number": t("look-alike number"),
        "late slide": t("late slide"),
        "late change": t("late change"),
        "same slide twice": t("same slide twice"),
        "watched folder": t("watched folder"),
        "dead job": t("slide given up"),
        "drift": t("drift"),
        "discordance": t("discordance"),
        "late answer": t("late answer"),
        "clock": t("clock"),
        "store": t("database"),
    }
    return told.get(kind, kind)


def act_words(act: str) -> str:
    """An act, as the audit trail names it."""
    told: Mapping[str, str] = {
        "sign in": t("sign in"),
        "take in": t("take in"),
        "record finding": t("record finding"),
        "see list": t("see list"),
        "see case": t("see case"),
        "see label": t("see label"),
        "assign": t("assign"),
        "read": t("read"),
        "note": t("note"),
        "mark urgent": t("mark urgent"),
        "ask rescan": t("ask rescan"),
        "ask second opinion": t("ask second opinion"),
        "answer second opinion": t("answer second opinion"),
        "give verdict": t("give verdict"),
        "sign out": t("sign out"),
        "reopen": t("reopen"),
        "match slide": t("match slide"),
        "manage jobs": t("manage jobs"),
        "see operations": t("see operations"),
        "close operation": t("close operation"),
        "see figures": t("see figures"),
        "export feedback": t("export feedback"),
        "train model": t("train model"),
        "put model into use": t("put model into use"),
        "export research": t("export research"),
        "reveal pseudonym": t("reveal pseudonym"),
        "see audit": t("see audit"),
        "manage people": t("manage people"),
        "manage sites": t("manage sites"),
        "manage store": t("manage store"),
    }
    return told.get(act, act)


def action_words(action: ActionClass) -> str:
    """A class of actions, as the region names them."""
    told: Mapping[ActionClass, str] = {
        "standard": t("standard"),
        "data-heavy": t("data-heavy"),
        "login": t("login"),
        "search": t("search"),
    }
    return told[action]


def reason_words(reason: str) -> str:
    """A class of reasons: of failures, of rejections, or of rescans."""
    told = {
        "file not found": t("file not found"),
        "resolution": t("resolution"),
        "limit or crash": t("limit or crash"),
        "unreadable file": t("unreadable file"),
        "out of focus": t("out of focus"),
        "no tissue": t("no tissue"),
        "stain or light": t("stain or light"),
        "pen": t("pen"),
        "tissue missing": t("tissue missing"),
        "wrong slide": t("wrong slide"),
        "dirt or pen": t("dirt or pen"),
        "stitching": t("stitching"),
        "file damaged": t("file damaged"),
        "other": t("other"),
    }
    return told.get(reason, reason)


def fault_words(what: str) -> str:
    """What became of a slide that has no score."""
    return {"rejected": t("Rejected"), "failed": t("Failed"), "rescan": t("Rescan")}.get(what, what)


def scanner_words(scanner: str) -> str:
    """A scanner's name; one that nobody told says so."""
    return t("scanner not told") if scanner == NOT_TOLD else mask_identity(scanner)


def ago(then_utc: datetime, now_utc: datetime) -> str:
    """How long ago, in the largest unit that is whole; a clock that was set back gives less than a minute."""
    minutes = int((now_utc - then_utc).total_seconds() // 60)
    if minutes < 1:
        return t("less than a minute ago")
    if minutes < 120:
        return tn("{n} minute ago", "{n} minutes ago", minutes)
    hours = minutes // 60
    return tn("{n} hour ago", "{n} hours ago", hours) if hours < 48 else tn("{n} day ago", "{n} days ago", hours // 24)


def size_words(size: float) -> str:
    """Bytes in the largest decimal unit of which there is one."""
    sign = "−" if size < 0 else ""
    left = abs(size)
    for unit in ("B", "kB", "MB", "GB"):
        if left < 1000:
            return f"{sign}{number(left, 0 if unit == 'B' or left >= 100 else 1)} {unit}"
        left /= 1000
    return f"{sign}{number(left, 0 if left >= 100 else 1)} TB"


def safe(text: str) -> str:
    """A text from outside, with patients' numbers masked; it still has to be escaped."""
    return mask_identity(text)
