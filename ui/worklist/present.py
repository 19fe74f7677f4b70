"""The list in words and tones: what a row says of a case. Data in, strings out; the order is not made here."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from ui.shell.badges import Badge, Tone
from worklist.calendar import WorkingCalendar
from worklist.cases import AiState, Case
from worklist.priority.policy import Policy
from worklist.priority.rank import RankedCase
from worklist.priority.reasons import working_words
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
    ai: Badge
    reason: str


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


def summarise(alike: Iterable[Alike]) -> Summary:
    """Counts all open cases, whatever a filter or a page shows."""
    alike = list(alike)
    states: Counter[str] = Counter()
    for it in alike:
        states[it.ai_state] += it.count
    unread = sum(count for state, count in states.items() if state not in KNOWN_TO_AI)
    return Summary(states.total(), sum(it.overdue for it in alike), states["flagged"], unread)


def order_words(rule: Policy) -> str:
    """Which order the list is in."""
    if not rule.use_ai:
        return "clinical order, AI not used"
    if rule.shadow:
        return "clinical order; what the AI would raise is told and not used (shadow mode)"
    raised = "flagged cases and those forecast to be late" if rule.uses_forecast else "flagged cases"
    return f"clinical order, {raised} raised by the {'AI and the forecast' if rule.uses_forecast else 'AI'}"


def row(ranked: RankedCase, policy: Policy) -> Row:
    """A ranked case as a row of the list."""
    case = ranked.case
    return Row(
        rank=ranked.rank,
        moved=moved_words(ranked),
        accession_number=case.accession_number,
        pathway=case.pathway_name,
        site=case.site or NOT_STATED,
        subspecialty=case.subspecialty or NOT_STATED,
        time=time_badge(ranked, policy),
        ai=ai_badge(case),
        reason=reason_words(ranked),
    )


def done_row(case: Case, policy: Policy) -> DoneRow:
    """A signed-out case as a row."""
    return DoneRow(
        accession_number=case.accession_number,
        pathway=case.pathway_name,
        site=case.site or NOT_STATED,
        subspecialty=case.subspecialty or NOT_STATED,
        ai=ai_badge(case),
        signed_out=signed_out_words(case, policy.calendar),
    )


def signed_out_words(case: Case, calendar: WorkingCalendar) -> str:
    """Who signed the case out, and when; empty while it is open."""
    if case.signed_out_utc is None:
        return ""
    return f"by {case.signed_out_by}, {site_time(case.signed_out_utc, calendar)}"


def moved_words(ranked: RankedCase) -> str:
    """Where the clinical order alone would have the case, if that is another place."""
    moved = ranked.clinical_rank - ranked.rank
    if moved == 0:
        return ""
    return f"▲ raised from {ranked.clinical_rank}" if moved > 0 else f"▼ passed, from {ranked.clinical_rank}"


def reason_words(ranked: RankedCase) -> str:
    """The reason without the place, which has a column of its own."""
    return ranked.reason.split(": ", 1)[-1]


def time_badge(ranked: RankedCase, policy: Policy) -> Badge:
    """Working time left or overdue, and the deadline on the site's clock."""
    detail = f"due {site_time(ranked.case.deadline_utc, policy.calendar)}"
    length = working_words(ranked.time_left, policy.calendar.working_day)
    if ranked.overdue:
        closed = ranked.time_left > -timedelta(minutes=1)
        return Badge("Overdue" if closed else f"Overdue by {length}", "overdue", detail)
    soon = ranked.time_left <= timedelta(hours=policy.protect_working_hours)
    return Badge(f"{length} left", "soon" if soon else "ample", detail)


def ai_badge(case: Case) -> Badge:
    """What the AI can say of the case; what it does not know is never shown as low."""
    state = case.ai_state
    read = sum(slide.state == "scored" for slide in case.slides)
    unread = len(case.slides) - read
    match state:
        case "flagged" | "not flagged":
            detail = f"score {score_words(case.ai_score)}"
            if unread:
                detail += f"; {unread} of {len(case.slides)} slides unread"
        case "partly scored":
            detail = f"{read} of {len(case.slides)} slides read, none flagged; the rest unknown"
        case "rejected":
            detail = "score unknown: quality"
        case "failed":
            detail = "score unknown: not readable"
        case _:
            detail = "score unknown"
    return Badge(AI_WORDS[state], _AI_TONES[state], detail)


def score_words(score: float | None) -> str:
    """A score with two decimals; one that is not known says so."""
    return "unknown" if score is None else f"{score:.2f}"


def case_link(accession_number: str) -> str:
    """The address of the case's page, relative to the list's."""
    return f"case?{urlencode({'case': accession_number})}"


def site_time(instant_utc: datetime, calendar: WorkingCalendar) -> str:
    """An instant on the site's clock: "Mon 23 Nov 16:00"."""
    local = instant_utc.astimezone(calendar.zone)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


@dataclass(frozen=True)
class ListFilter:
    """What somebody chose to look at; an empty choice shows all."""

    pathways: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    subspecialties: frozenset[str] = frozenset()
    ai: frozenset[str] = frozenset()
    search: str = ""

    def keeps(self, case: Case) -> bool:
        """Whether the case is among what was chosen."""
        chosen = (
            (self.pathways, case.pathway_name),
            (self.sites, case.site or NOT_STATED),
            (self.subspecialties, case.subspecialty or NOT_STATED),
            (self.ai, AI_WORDS[case.ai_state]),
        )
        return all(not wanted or has in wanted for wanted, has in chosen) and self._finds(case)

    def _finds(self, case: Case) -> bool:
        names = (slide.path.name for slide in case.slides)
        text = " ".join((case.accession_number, case.pathway_name, case.site, case.subspecialty, *names)).casefold()
        return all(word in text for word in self.search.casefold().split())


def choices(cases: Iterable[Case | Alike]) -> dict[str, list[str]]:
    """What there is to choose from, by the filter's field."""
    cases = list(cases)
    return {
        "pathways": sorted({case.pathway_name for case in cases}),
        "sites": sorted({case.site or NOT_STATED for case in cases}),
        "subspecialties": sorted({case.subspecialty or NOT_STATED for case in cases}),
        "ai": [words for state, words in AI_WORDS.items() if state in {case.ai_state for case in cases}],
    }


def hidden_words(total: int, shown: int) -> str:
    """Says how many cases the filters hide; empty where they hide none."""
    hidden = total - shown
    if not hidden:
        return ""
    return f"{hidden} of {total} {'case' if total == 1 else 'cases'} hidden by filters"
