"""What was done to a case, from its audit trail, in words: who, when and what. Nothing of a patient's is in it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ui.acts.words import verdict_words
from ui.shell.language import number, t, tn
from worklist.trail.entries import TrailEntry


@dataclass(frozen=True)
class Event:
    """One act."""

    at_utc: datetime
    who: str
    words: str


def events(entries: Iterable[TrailEntry]) -> list[Event]:
    """The acts in words, in the order given; the same act of one person at one time stands once, with its number."""
    found: list[tuple[Event, int]] = []
    for it in entries:
        event = Event(it.at_utc, it.who, act_words(it.act, json.loads(it.details)))
        if found and (found[-1][0].who, found[-1][0].words) == (event.who, event.words):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((event, 1))
    return [Event(it.at_utc, it.who, it.words + (f" ({count} ×)" if count > 1 else "")) for it, count in found]


def act_words(act: str, told: Mapping[str, Any]) -> str:
    """One act with what its row tells; one that is not known here is told as the trail has it."""
    what = str(told.get("what") or "")
    match act:
        case "take in" if what == "new case":
            return tn("came in with {n} slide", "came in with {n} slides", int(told.get("slides") or 0))
        case "take in" if what == "further slides":
            return tn("{n} further slide came", "{n} further slides came", int(told.get("slides") or 0))
        case "take in":
            return t("the order system told: {what}", what=what)
        case "record finding":
            return _finding(told)
        case "assign":
            return _assigned(told)
        case "read":
            return t("began to read")
        case "note":
            return t("wrote a note")
        case "mark urgent" if "mark of" in told:
            return t("put the urgent mark of {name} back: {reason}", name=told["mark of"], reason=told.get("reason"))
        case "mark urgent":
            return (
                t("marked it urgent: {reason}", reason=told.get("reason"))
                if told.get("urgent")
                else t("took the mark urgent off")
            )
        case "ask rescan":
            return (
                t("asked for a rescan: {reason}", reason=told.get("reason"))
                if what == "asked"
                else t("took the rescan back")
            )
        case "ask second opinion" | "answer second opinion":
            return _opinion(what, told)
        case "give verdict":
            return t("verdict: {verdict}", verdict=verdict_words(told["verdict"]).lower())
        case "sign out":
            return t("signed it out")
        case "reopen":
            return t("reopened it: {reason}", reason=told.get("reason"))
    shown = ", ".join(f"{name} {value}" for name, value in told.items() if value is not None)
    return f"{act}: {shown}" if shown else act


def _finding(told: Mapping[str, Any]) -> str:
    score = told.get("score")
    if told.get("state") == "scored" and score is not None:
        return t("the AI read a slide: score {score} ({model})", score=number(float(score), 2), model=told.get("model"))
    if told.get("state") == "rejected":
        return t("the AI rejected a slide for its quality")
    if told.get("state") == "failed":
        return t("a slide could not be read")
    return t("a slide waits for the AI")


def _assigned(told: Mapping[str, Any]) -> str:
    to, before = told.get("to"), told.get("from")
    if to is None:
        return t("gave it back; {name} had it", name=before)
    return (
        t("gave it to {name}; {before} had it", name=to, before=before) if before else t("gave it to {name}", name=to)
    )


def _opinion(what: str, told: Mapping[str, Any]) -> str:
    match what:
        case "asked":
            return t("asked {name} for a second opinion", name=told.get("of"))
        case "sent":
            return t("sent it for a second opinion")
        case "received":
            return t("it arrived for a second opinion")
        case "answered":
            agrees = t("agrees") if told.get("agrees") else t("differs")
            return t("second opinion of {name}: {agrees}", name=told.get("by"), agrees=agrees)
    return t("withdrew the question for a second opinion")
