"""The list in words and tones: what a row says of a case. Data in, strings out; the order is not made here."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast
from urllib.parse import urlencode

from ui.acts.words import subspecialty_words
from ui.case.due import duration_words
from ui.shell.badges import Badge, Tone
from ui.shell.below import from_below
from ui.shell.language import moment, number, percent, t, tn
from worklist.calendar import WorkingCalendar, working_time
from worklist.cases import AiState, Case
from worklist.priority.policy import Policy
from worklist.priority.rank import RankedCase
from worklist.priority.reasons import Said, Value
from worklist.states import CaseState
from worklist.store.filters import Filter
from worklist.store.overview import Alike

NOT_STATED: Final = "not stated"

KNOWN_TO_AI: Final[frozenset[AiState]] = frozenset({"flagged", "not flagged"})

AI_WORDS: Final[dict[AiState, str]] = {
    "flagged": "Flagged",
    "not flagged": "Not flagged",
    "partly scored": "Partly read",
    "unscored": "Not read yet",
    "rejected": "Rejected",
    "failed": "Failed",
    "no slides": "No slides",
}

STATE_WORDS: Final[dict[CaseState, str]] = {
    "received": "Not scanned yet",
    "scanned": "Waits for the AI",
    "scored": "Ready to read",
    "unscored": "Ready to read, without AI",
    "rejected": "Slide rejected",
    "failed": "Slide failed",
    "assigned": "Assigned",
    "in reading": "In reading",
    "second opinion": "Second opinion",
    "signed out": "Signed out",
}

_FIELDS: Final = {
    "pathways": "pathway_name",
    "sites": "site",
    "subspecialties": "subspecialty",
    "states": "state",
    "ai_states": "ai_state",
}
"""Of a filter, and of the kinds that are counted."""

_ORDERS: Final[dict[str, list[str]]] = {"ai_states": list(AI_WORDS), "states": list(STATE_WORDS)}

_AI_TONES: Final[dict[AiState, Tone]] = {
    "flagged": "flagged",
    "not flagged": "clear",
    "partly scored": "unknown",
    "unscored": "unknown",
    "rejected": "problem",
    "failed": "problem",
    "no slides": "unknown",
}


@dataclass(frozen=True)
class Row:
    """One case as the list shows it."""

    rank: int
    moved: str
    """How the AI moved it, in words; empty where it stands on its clinical place."""
    accession_number: str
    pathway: str
    site: str
    subspecialty: str
    time: Badge
    left: float
    """Share of the working time from receipt to deadline that is left, 0 to 1."""
    ai: Badge
    state: str
    reader: str
    urgent: str
    """Why a person marked it urgent, and who; empty where nobody did."""
    reason: str
    late: str = ""
    """How likely it misses its deadline, in words; empty where it has, or nobody foresaw it of late."""


@dataclass(frozen=True)
class DoneRow:
    """One signed-out case as the list shows it."""

    accession_number: str
    pathway: str
    site: str
    subspecialty: str
    ai: Badge
    signed_out: str
    """By whom and when."""


@dataclass(frozen=True)
class Summary:
    """The list in four numbers."""

    open: int
    overdue: int
    flagged: int
    unread: int
    """Cases of which the AI cannot say whether they are flagged: unknown, never low."""
    waiting: int
    """Of those, cases of which it has not seen every slide yet."""


def summarise(alike: Iterable[Alike]) -> Summary:
    """Counts all open cases, whatever a filter or a page shows."""
    alike = list(alike)
    states: Counter[str] = Counter()
    for it in alike:
        states[it.ai_state] += it.count
    unread = sum(count for state, count in states.items() if state not in KNOWN_TO_AI)
    waiting = states["unscored"] + states["partly scored"]
    return Summary(states.total(), sum(it.overdue for it in alike), states["flagged"], unread, waiting)


def order_words(rule: Policy) -> str:
    """Which order the list is in."""
    if not rule.use_ai:
        return t("clinical order, AI not used")
    if rule.shadow:
        return t("clinical order; what the AI would raise is told and not used (shadow mode)")
    if rule.uses_forecast:
        return t("clinical order, flagged cases and those forecast to be late raised by the AI and the forecast")
    return t("clinical order, flagged cases raised by the AI")


def row(ranked: RankedCase, policy: Policy, late: float | None = None) -> Row:
    """A ranked case as a row of the list. late: how likely it misses its deadline; None where nobody knows."""
    case = ranked.case
    return Row(
        rank=ranked.rank,
        moved=moved_words(ranked),
        accession_number=case.accession_number,
        pathway=case.pathway_name,
        site=case.site or t(NOT_STATED),
        subspecialty=subspecialty_words(case.subspecialty) or t(NOT_STATED),
        time=time_badge(ranked, policy),
        left=share_left(ranked, policy.calendar),
        ai=ai_badge(case),
        state=t(STATE_WORDS[case.state]),
        reader=case.assigned_to or t("nobody"),
        urgent=urgent_words(case),
        reason=reason_words(ranked),
        late="" if late is None or ranked.overdue else t("{share} likely to be late", share=percent(late)),
    )


def share_left(ranked: RankedCase, calendar: WorkingCalendar) -> float:
    """Of the working time that the case had from its receipt to its deadline, what is left; 0 once it is overdue."""
    had = working_time(ranked.case.received_utc, ranked.case.deadline_utc, calendar)
    if ranked.overdue or had <= timedelta():
        return 0.0
    return min(max(ranked.time_left / had, 0.0), 1.0)


def urgent_words(case: Case) -> str:
    """Who marked it urgent and why; empty where nobody did."""
    if case.urgent_by is None:
        return ""
    return t("Marked urgent by {person}: {reason}", person=case.urgent_by, reason=case.urgent_reason or "")


def done_row(case: Case, policy: Policy) -> DoneRow:
    """A signed-out case as a row."""
    return DoneRow(
        accession_number=case.accession_number,
        pathway=case.pathway_name,
        site=case.site or t(NOT_STATED),
        subspecialty=subspecialty_words(case.subspecialty) or t(NOT_STATED),
        ai=ai_badge(case),
        signed_out=signed_out_words(case, policy.calendar),
    )


def signed_out_words(case: Case, calendar: WorkingCalendar) -> str:
    """Who signed the case out, and when; empty while it is open."""
    if case.signed_out_utc is None:
        return ""
    return t("by {person}, {time}", person=case.signed_out_by, time=site_time(case.signed_out_utc, calendar))


def moved_words(ranked: RankedCase) -> str:
    """Where the clinical order alone would have the case, if that is another place."""
    moved = ranked.clinical_rank - ranked.rank
    if moved == 0:
        return ""
    place = number(ranked.clinical_rank)
    return t("▲ raised from {place}", place=place) if moved > 0 else t("▼ passed, from {place}", place=place)


def reason_words(ranked: RankedCase) -> str:
    """The reason without the place, which has a column of its own."""
    return "; ".join(say(it) for it in ranked.why)


def say(it: Said) -> str:
    """A piece of a reason in the visitor's language; what people wrote stays as it is."""
    values = {name: _shown(name, value) for name, value in it.values.items()}
    if it.many:
        return tn(it.text, it.many, cast(int, it.values["n"]), **{name: values[name] for name in values if name != "n"})
    return t(it.text, **values)


def _shown(name: str, value: Value) -> str:
    if isinstance(value, Said):
        return say(value)
    if isinstance(value, str) and name in ("problem", "caveat"):
        return from_below(value)
    return value if isinstance(value, str) else number(value, 2 if isinstance(value, float) else 0)


def time_badge(ranked: RankedCase, policy: Policy) -> Badge:
    """Working time left or overdue, and the deadline on the site's clock."""
    detail = t("due {time}", time=site_time(ranked.case.deadline_utc, policy.calendar))
    length = duration_words(ranked.time_left, policy.calendar)
    if ranked.overdue:
        closed = ranked.time_left > -timedelta(minutes=1)
        return Badge(t("Overdue") if closed else t("Overdue by {time}", time=length), "overdue", detail)
    soon = ranked.time_left <= timedelta(hours=policy.protect_working_hours)
    return Badge(t("{time} left", time=length), "soon" if soon else "ample", detail)


def ai_badge(case: Case) -> Badge:
    """What the AI can say of the case; what it does not know is never shown as low."""
    state = case.ai_state
    read = sum(slide.state == "scored" for slide in case.slides)
    of, unread = len(case.slides), len(case.slides) - read
    match state:
        case "flagged" | "not flagged":
            detail = t("score {score}", score=score_words(case.ai_score))
            if unread:
                detail += "; " + tn("{unread} of {n} slide unread", "{unread} of {n} slides unread", of, unread=unread)
        case "partly scored":
            detail = t("{read} of {all} slides read, none flagged; the rest unknown", read=read, all=of)
        case "rejected":
            detail = t("score unknown: quality")
        case "failed":
            detail = t("score unknown: not readable")
        case _:
            detail = t("score unknown")
    return Badge(t(AI_WORDS[state]), _AI_TONES[state], detail)


def score_words(score: float | None) -> str:
    """A score with two decimals; one that is not known says so."""
    return t("unknown") if score is None else number(score, 2)


def case_link(accession_number: str) -> str:
    """The address of the case's page, relative to the list's."""
    return f"case?{urlencode({'case': accession_number})}"


def site_time(instant_utc: datetime, calendar: WorkingCalendar) -> str:
    """An instant on the site's clock: "Mon 23 Nov 16:00"."""
    return moment(instant_utc, calendar.zone)


def hidden_words(total: int, shown: int) -> str:
    """Says how many cases the filters hide; empty where they hide none."""
    hidden = total - shown
    if not hidden:
        return ""
    told = number(hidden)
    return tn("{hidden} of {n} case hidden by filters", "{hidden} of {n} cases hidden by filters", total, hidden=told)


def offers(alike: Iterable[Alike], chosen: Filter) -> dict[str, dict[str, int]]:
    """What each filter has to choose from, by its field, with the number of open cases of each value.

    A value stays on offer while it is chosen, though no case has it any more.
    """
    alike = list(alike)
    found: dict[str, dict[str, int]] = {}
    for field, attribute in _FIELDS.items():
        counts: Counter[str] = Counter(dict.fromkeys(getattr(chosen, field), 0))
        for it in alike:
            counts[getattr(it, attribute)] += it.count
        known = _ORDERS.get(field)
        found[field] = dict(sorted(counts.items(), key=lambda it: known.index(it[0]) if known else it[0]))
    return found


def value_words(field: str, value: str) -> str:
    """A filter's value as it is said."""
    if field == "ai_states":
        return t(AI_WORDS[cast("AiState", value)])
    if field == "states":
        return t(STATE_WORDS[cast("CaseState", value)])
    if field == "subspecialties":
        return subspecialty_words(value) or t(NOT_STATED)
    return value or t(NOT_STATED)
