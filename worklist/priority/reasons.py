"""A case's place on the list in words that its reader can check."""

from datetime import timedelta

from worklist.cases import Case
from worklist.priority.order import Placed
from worklist.priority.policy import Policy


def explain(placed: Placed, case: Case, *, overdue: bool, policy: Policy) -> str:
    """One sentence: the place, the time left of which pathway, what the AI did or could not do, who has the case."""
    parts = [_time_words(case, placed.time_left, overdue=overdue, policy=policy)]
    if policy.use_ai:
        parts.append(_ai_words(case, placed, policy))
    else:
        parts.append("clinical order, AI not used")
    if passed_by := placed.overtaken_by:
        kind = "" if policy.uses_forecast else "flagged "
        parts.append(f"{passed_by} {kind}{_plural(passed_by, 'case')} raised past it")
    return f"{ordinal(placed.place)}: {'; '.join(parts + _people_words(case))}"


def working_words(duration: timedelta, working_day: timedelta) -> str:
    """A working time in words: "35 working minutes", "6 working hours", "2 working days 3 h"."""
    minutes = int(abs(duration).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} working {_plural(minutes, 'minute')}"
    hours, day_hours = minutes // 60, working_day.total_seconds() / 3600
    days, rest = divmod(minutes / 60, day_hours)
    if days < 1:
        return f"{hours} working {_plural(hours, 'hour')}"
    words = f"{int(days)} working {_plural(int(days), 'day')}"
    return f"{words} {int(rest)} h" if int(rest) else words


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _time_words(case: Case, time_left: timedelta, *, overdue: bool, policy: Policy) -> str:
    length = working_words(time_left, policy.calendar.working_day)
    if not overdue:
        return f"{length} left of {case.pathway_name}"
    if time_left > -timedelta(minutes=1):
        return f"{case.pathway_name} was due at the end of the last working day"
    return f"{length} overdue on {case.pathway_name}"


def _ai_words(case: Case, placed: Placed, policy: Policy) -> str:
    moved = ""
    if placed.forecast_raise > placed.ai_raise:
        chance = f"forecast {placed.standing.late_probability:.0%} to be late"
        moved = f"{chance}: {_effect(placed, policy) or 'no case that it may pass'}"
    if case.ai_state != "flagged":
        finding, stays = _finding(case)
        return f"{finding}; {moved}" if moved else f"{finding}{stays}"
    flagged = "flagged it, with no case that it may pass"
    told = f"AI {case.ai_score:.2f} "
    told += f"flagged it; {moved}" if moved else _effect(placed, policy) or flagged
    caveat, problem = case.ai_caveat, case.ai_problem
    return "; ".join([told, *([f"but: {caveat}"] if caveat else []), *([problem] if problem else [])])


def _effect(placed: Placed, policy: Policy) -> str:
    """What was done, or would have been; empty where there was nothing to pass."""
    if policy.shadow:
        would = placed.would_overtake
        done = f"would raise it by {would} {_plural(would, 'place')}" if would else "would raise it past no case"
        return f"{done} (shadow mode: not used)"
    return f"raised it by {placed.overtakes} {_plural(placed.overtakes, 'place')}" if placed.overtakes else ""


def _finding(case: Case) -> tuple[str, str]:
    """What the AI can say of a case that it has not flagged, and the words for its staying where it is."""
    caveat, problem = case.ai_caveat, case.ai_problem
    stays = "keeps its clinical place"
    match case.ai_state:
        case "not flagged" if caveat:
            return f"AI {case.ai_score:.2f}, not flagged, but: {caveat}", f"; {stays}"
        case "not flagged":
            return f"AI {case.ai_score:.2f}, not flagged", ": clinical place"
        case "no slides":
            return "no slides yet", f": {stays}"
        case "partly scored":
            but = f"; but: {caveat}" if caveat else ""
            return f"{problem or _partly_words(case)}{but}", f"; {stays}"
        case _:
            return problem or "AI has not read it yet", f"; {stays}"


def _partly_words(case: Case) -> str:
    scored = sum(slide.state == "scored" for slide in case.slides)
    return f"AI has read {scored} of {len(case.slides)} slides and flagged none"


def _people_words(case: Case) -> list[str]:
    """Where the case is among people, as far as whoever looks for the next case should know it."""
    told = [f"{case.urgent_by} marked it urgent: {case.urgent_reason}"] if case.urgent_by else []
    if case.state == "assigned":
        told.append(f"assigned to {case.assigned_to}")
    elif case.state == "in reading":
        told.append(f"{case.assigned_to or 'somebody'} is reading it")
    elif case.state == "second opinion":
        told.append("a second opinion was asked for and is not there yet")
    if case.order_cancelled_utc is not None:
        told.append("its order was cancelled; it stays until a person signs it out")
    return told


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
