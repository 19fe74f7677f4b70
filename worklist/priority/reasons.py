"""A case's place on the list in words that its reader can check."""

from datetime import timedelta

from worklist.cases import Case
from worklist.priority.policy import Policy


def explain(
    case: Case,
    *,
    place: int,
    time_left: timedelta,
    overdue: bool,
    overtakes: int,
    overtaken_by: int,
    policy: Policy,
) -> str:
    """One sentence: the place, the time left of which pathway, and what the AI did or could not do."""
    parts = [_time_words(case, time_left, overdue=overdue, policy=policy)]
    if policy.use_ai:
        parts.append(_ai_words(case, overtakes))
    else:
        parts.append("clinical order, AI not used")
    if overtaken_by:
        parts.append(f"{overtaken_by} flagged {_plural(overtaken_by, 'case')} raised past it")
    return f"{ordinal(place)}: {'; '.join(parts)}"


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


def _ai_words(case: Case, overtakes: int) -> str:
    problem, caveat = case.ai_problem, case.ai_caveat
    but = f"; but: {caveat}" if caveat else ""
    match case.ai_state:
        case "flagged":
            words = f"AI {case.ai_score:.2f} "
            if overtakes:
                words += f"raised it {overtakes} {_plural(overtakes, 'place')}"
            else:
                words += "flagged it, with no case that it may pass"
            return f"{words}{but}; {problem}" if problem else f"{words}{but}"
        case "not flagged":
            if caveat:
                return f"AI {case.ai_score:.2f}, not flagged, but: {caveat}; keeps its clinical place"
            return f"AI {case.ai_score:.2f}, not flagged: clinical place"
        case "no slides":
            return "no slides yet: keeps its clinical place"
        case "unscored":
            waiting = problem or "AI has not read it yet"
            return f"{waiting}; keeps its clinical place"
        case "partly scored":
            return f"{problem or _partly_words(case)}{but}; keeps its clinical place"
        case "failed" | "rejected":
            return f"{problem}; keeps its clinical place"


def _partly_words(case: Case) -> str:
    scored = sum(slide.state == "scored" for slide in case.slides)
    return f"AI has read {scored} of {len(case.slides)} slides and flagged none"


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
