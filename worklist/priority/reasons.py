"""A case's place on the list in words that its reader can check, in pieces that a page can say in another language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Union

from worklist.cases import Case
from worklist.priority.order import Placed
from worklist.priority.policy import Policy

Value = Union[str, int, float, "Said"]


@dataclass(frozen=True)
class Said:
    """A piece of a sentence: English with {places}, and what stands in them."""

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)
    many: str = ""
    """The text where {n} is not one; empty where nothing is counted."""

    def __str__(self) -> str:
        """In English, numbers that are not whole with two decimals."""
        shown = {name: f"{it:.2f}" if isinstance(it, float) else str(it) for name, it in self.values.items()}
        return (self.many if self.many and self.values["n"] != 1 else self.text).format(**shown)


def explain(placed: Placed, case: Case, *, overdue: bool, policy: Policy) -> tuple[Said, ...]:
    """The time left of which pathway, what the AI did or could not do, who has the case."""
    parts = [_time_said(case, placed.time_left, overdue=overdue, policy=policy)]
    parts += _ai_said(case, placed, policy) if policy.use_ai else [Said("clinical order, AI not used")]
    if passed_by := placed.overtaken_by:
        one, many = ("{n} case raised past it", "{n} cases raised past it")
        if not policy.uses_forecast:
            one, many = ("{n} flagged case raised past it", "{n} flagged cases raised past it")
        parts.append(_counted(passed_by, one, many))
    return (*parts, *_people_said(case))


def sentence(place: int, said: tuple[Said, ...]) -> str:
    """All of it in English, with the place."""
    return f"{ordinal(place)}: {'; '.join(map(str, said))}"


def working_time(duration: timedelta, working_day: timedelta) -> Said:
    """A working time: "35 working minutes", "6 working hours", "2 working days 3 h"."""
    minutes = int(abs(duration).total_seconds() // 60)
    if minutes < 60:
        return _counted(minutes, "{n} working minute", "{n} working minutes")
    hours, day_hours = minutes // 60, working_day.total_seconds() / 3600
    days, rest = divmod(minutes / 60, day_hours)
    if days < 1:
        return _counted(hours, "{n} working hour", "{n} working hours")
    if not int(rest):
        return _counted(int(days), "{n} working day", "{n} working days")
    return _counted(int(days), "{n} working day {hours} h", "{n} working days {hours} h", hours=int(rest))


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _counted(count: int, one: str, many: str, **values: Value) -> Said:
    return Said(one, {"n": count, **values}, many)


def _time_said(case: Case, time_left: timedelta, *, overdue: bool, policy: Policy) -> Said:
    values: dict[str, Value] = {
        "time": working_time(time_left, policy.calendar.working_day),
        "pathway": case.pathway_name,
    }
    if not overdue:
        return Said("{time} left of {pathway}", values)
    if time_left > -timedelta(minutes=1):
        return Said("{pathway} was due at the end of the last working day", {"pathway": case.pathway_name})
    return Said("{time} overdue on {pathway}", values)


def _ai_said(case: Case, placed: Placed, policy: Policy) -> list[Said]:
    moved: list[Said] = []
    if placed.forecast_raise > placed.ai_raise:
        chance = round(100 * (placed.standing.late_probability or 0))
        effect = _effect(placed, policy) or Said("no case that it may pass")
        moved = [Said("forecast {percent}% to be late: {effect}", {"percent": chance, "effect": effect})]
    if case.ai_state != "flagged":
        return [*_finding(case), *moved] if moved else _staying(case)
    score = float(case.ai_score or 0)
    told = Said("AI {score} flagged it", {"score": score})
    if not moved:
        effect = _effect(placed, policy) or Said("flagged it, with no case that it may pass")
        told = Said("AI {score} {effect}", {"score": score, "effect": effect})
    return [told, *moved, *_but(case), *([Said("{problem}", {"problem": case.ai_problem})] if case.ai_problem else [])]


def _effect(placed: Placed, policy: Policy) -> Said | None:
    """What was done, or would have been; None where there was nothing to pass."""
    if policy.shadow:
        if not placed.would_overtake:
            return Said("would raise it past no case (shadow mode: not used)")
        return _counted(
            placed.would_overtake,
            "would raise it by {n} place (shadow mode: not used)",
            "would raise it by {n} places (shadow mode: not used)",
        )
    if not placed.overtakes:
        return None
    return _counted(placed.overtakes, "raised it by {n} place", "raised it by {n} places")


def _but(case: Case) -> list[Said]:
    return [Said("but: {caveat}", {"caveat": case.ai_caveat})] if case.ai_caveat else []


def _finding(case: Case) -> list[Said]:
    """What the AI can say of a case that it has not flagged."""
    match case.ai_state:
        case "not flagged" if case.ai_caveat:
            values: dict[str, Value] = {"score": float(case.ai_score or 0), "caveat": case.ai_caveat}
            return [Said("AI {score}, not flagged, but: {caveat}", values)]
        case "not flagged":
            return [Said("AI {score}, not flagged", {"score": float(case.ai_score or 0)})]
        case "no slides":
            return [Said("no slides yet")]
        case "partly scored":
            return [Said("{problem}", {"problem": case.ai_problem}) if case.ai_problem else _partly(case), *_but(case)]
        case _:
            problem = case.ai_problem
            return [Said("{problem}", {"problem": problem}) if problem else Said("AI has not read it yet")]


def _staying(case: Case) -> list[Said]:
    """The same, with the words for its staying where it is."""
    if case.ai_state == "not flagged" and not case.ai_caveat:
        return [Said("AI {score}, not flagged: clinical place", {"score": float(case.ai_score or 0)})]
    if case.ai_state == "no slides":
        return [Said("no slides yet: keeps its clinical place")]
    return [*_finding(case), Said("keeps its clinical place")]


def _partly(case: Case) -> Said:
    scored = sum(slide.state == "scored" for slide in case.slides)
    return Said("AI has read {read} of {all} slides and flagged none", {"read": scored, "all": len(case.slides)})


def _people_said(case: Case) -> list[Said]:
    """Where the case is among people, as far as whoever looks for the next case should know it."""
    told = []
    if case.urgent_by:
        values = {"person": case.urgent_by, "reason": case.urgent_reason or ""}
        told.append(Said("{person} marked it urgent: {reason}", values))
    if case.state == "assigned":
        told.append(Said("assigned to {person}", {"person": case.assigned_to or ""}))
    elif case.state == "in reading":
        reader = case.assigned_to
        told.append(Said("{person} is reading it", {"person": reader}) if reader else Said("somebody is reading it"))
    elif case.state == "second opinion":
        told.append(Said("a second opinion was asked for and is not there yet"))
    if case.order_cancelled_utc is not None:
        told.append(Said("its order was cancelled; it stays until a person signs it out"))
    return told
