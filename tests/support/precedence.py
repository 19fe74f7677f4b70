"""Made-up lists and streams of cases, and the checks that hold a rule of precedence to the design's invariants.

The checks take the rule as an argument and raise AssertionError, so that tests can show that they catch a broken one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

from worklist.calendar import working_time
from worklist.cases import Case, CaseSlide
from worklist.priority.policy import Policy
from worklist.priority.rank import RankedCase

Rule = Callable[..., list[RankedCase]]
"""`rank`, or something that claims to be it: cases, now, policy and forecasts in, the ranked list out."""

NOWS = (
    datetime(2026, 11, 18, 10, 30, tzinfo=UTC),
    datetime(2026, 11, 20, 18, 0, tzinfo=UTC),
    datetime(2026, 12, 25, 9, 0, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
)
"""In working hours, on a Friday evening, on a public holiday, and in the night in which the clocks change."""

_FIGURES = [
    {"raise_working_hours": raised, "protect_working_hours": protect, "max_wait_working_days": wait}
    for raised in (0.0, 4.0, 16.0, 80.0)
    for protect in (0.0, 8.0, 24.0)
    for wait in (1.0, 5.0, 100.0)
]
POLICIES = [Policy(**figures) for figures in _FIGURES]
POLICIES += [Policy(**figures, forecast_raise_working_hours=20) for figures in _FIGURES[::3]]

_SLIDES: tuple[tuple[CaseSlide, ...], ...] = (
    (),
    (CaseSlide(path=Path("a.svs")),),
    (CaseSlide(path=Path("a.svs"), state="failed", reason="a.svs is empty"),),
    (CaseSlide(path=Path("a.svs"), state="rejected", reason="a.svs is blurred"),),
)
"""What leaves the AI without a word on the case."""


def scored(score: float, name: str = "a.svs") -> CaseSlide:
    """A slide with that score; flagged from 0.5 on."""
    slide: CaseSlide = CaseSlide.model_construct(path=Path(name), state="scored", score=score, flagged=score >= 0.5)
    return slide


_SCORED = tuple((scored(step / 20),) for step in range(21))
_LOW_OR_UNKNOWN = (*_SLIDES, _SCORED[0], _SCORED[9])


@dataclass(frozen=True)
class Made:
    """A list that was drawn from a seed."""

    cases: list[Case]
    forecasts: dict[str, float]
    now_utc: datetime
    policy: Policy
    random: Random


def made_list(seed: int) -> Made:
    """A short list: deadlines and scores that often tie, overdue and unread cases, long waits, and signed-out ones."""
    random = Random(seed)
    now = random.choice(NOWS)
    cases = [_made_case(random, number, now) for number in range(random.randint(1, 8))]
    forecasts = {it.accession_number: random.random() for it in cases if random.random() < 0.5}
    return Made(cases, forecasts, now, random.choice(POLICIES), random)


def _made_case(random: Random, number: int, now: datetime) -> Case:
    due = random.choice((random.randint(20, 60), random.randint(-72, 240), 24, 30))
    case: Case = Case.model_construct(
        accession_number=f"P{random.randint(0, 99):02}-{number}",
        pathway="breast",
        pathway_name="kræftpakke bryst",
        urgency=random.randint(1, 3),
        received_utc=now - timedelta(hours=random.choice((1, 1, random.randint(0, 400)))),
        deadline_utc=now + timedelta(hours=due),
        slides=random.choice(random.choice((_SLIDES, _SCORED))),
        signed_out_utc=now if random.random() < 0.05 else None,
    )
    return case


def check_list(rule: Rule, made: Made) -> None:
    """Everything that must hold of one list; raises AssertionError with what does not."""
    ranked = rule(made.cases, made.now_utc, made.policy, made.forecasts)
    _holds_each_open_case_once(ranked, made.cases)
    _does_not_depend_on_the_input(rule, ranked, made)
    _only_raises(ranked, made)
    _without_ai_is_clinical(rule, made)
    if ranked:
        _knows_no_difference_between_low_and_unknown(rule, ranked, made)
        _is_monotone(rule, ranked, made)


def _numbers(ranked: Sequence[RankedCase]) -> list[str]:
    return [it.case.accession_number for it in ranked]


def _holds_each_open_case_once(ranked: list[RankedCase], cases: list[Case]) -> None:
    wanted = sorted(it.accession_number for it in cases if it.signed_out_utc is None)
    assert sorted(_numbers(ranked)) == wanted, "invariant 1: not every open case is on the list exactly once"
    assert [it.rank for it in ranked] == list(range(1, len(ranked) + 1)), "places are not 1, 2, 3 ..."


def _does_not_depend_on_the_input(rule: Rule, ranked: list[RankedCase], made: Made) -> None:
    shuffled = list(made.cases)
    made.random.shuffle(shuffled)
    again = rule(shuffled, made.now_utc, made.policy, made.forecasts)
    assert again == ranked, "the order depends on the order of the input, or on chance"


def clinical_order(made: Made) -> list[str]:
    """The definition of the clinical order, with the time in it."""

    def key(case: Case) -> tuple[object, ...]:
        left = working_time(made.now_utc, case.deadline_utc, made.policy.calendar)
        return left, case.deadline_utc, case.urgency, case.received_utc, case.accession_number

    return [it.accession_number for it in sorted(made.cases, key=key) if it.signed_out_utc is None]


def _without_ai_is_clinical(rule: Rule, made: Made) -> None:
    for change in ({"use_ai": False}, {"shadow": True}):
        ranked = rule(made.cases, made.now_utc, made.policy.model_copy(update=change), made.forecasts)
        assert _numbers(ranked) == clinical_order(made), f"invariant 2: with {change} the order is not the clinical one"


def _only_raises(ranked: list[RankedCase], made: Made) -> None:
    clinical = {number: place for place, number in enumerate(clinical_order(made), start=1)}
    for behind in ranked:
        own = clinical[behind.case.accession_number]
        passed = [it for it in ranked[: behind.rank - 1] if clinical[it.case.accession_number] > own]
        for it in passed:
            raised = max(it.ai_raise, it.forecast_raise)
            assert it.case.ai_state == "flagged" or it.forecast_raise, "invariant 2: passed without flag or forecast"
            assert it.time_left - behind.time_left <= raised, "a case passed one that is due longer before it"
        assert not (behind.protected and passed), "a protected case was overtaken"
        waited = working_time(behind.case.received_utc, made.now_utc, made.policy.calendar)
        nearly = behind.time_left <= timedelta(hours=made.policy.protect_working_hours)
        long = waited >= made.policy.max_wait_working_days * made.policy.calendar.working_day
        assert behind.protected == (nearly or long), "nearly due, or waited for long, and not protected"
    for it in ranked:
        own = clinical[it.case.accession_number]
        passed_by = sum(clinical[other.case.accession_number] > own for other in ranked[: it.rank - 1])
        told = (it.clinical_rank, it.overtaken_by, it.overtakes)
        assert told == (own, passed_by, own - it.rank + passed_by), "the numbers of a place do not add up"


def _knows_no_difference_between_low_and_unknown(rule: Rule, ranked: list[RankedCase], made: Made) -> None:
    chosen = made.random.choice(ranked).case
    if chosen.ai_state != "flagged":
        for slides in made.random.sample(_LOW_OR_UNKNOWN, 2):
            after = _ranked_with(rule, made, chosen, slides=slides)
            assert _numbers(after) == _numbers(ranked), "invariant 3: the unknown stands otherwise than the low"


def _is_monotone(rule: Rule, ranked: list[RankedCase], made: Made) -> None:
    before = made.random.choice(ranked)
    case, number = before.case, before.case.accession_number
    score = made.random.choice((1.0, made.random.uniform(case.ai_score or 0, 1)))
    more: dict[str, dict[str, object]] = {
        "lateness": {"deadline_utc": case.deadline_utc - timedelta(hours=made.random.randint(1, 200))},
        "urgency": {"urgency": 1},
        "score": {"slides": (*case.slides, scored(score, "new.svs"))},
    }
    for what, change in more.items():
        after = _ranked_with(rule, made, case, **change)
        place = _numbers(after).index(number) + 1
        assert place <= before.rank, f"not monotone in {what}"
        if what == "score":
            others = [it for it in _numbers(ranked) if it != number]
            assert [it for it in _numbers(after) if it != number] == others, "a score changed the order of others"


def _ranked_with(rule: Rule, made: Made, case: Case, **change: object) -> list[RankedCase]:
    cases = [it.model_copy(update=change) if it is case else it for it in made.cases]
    return rule(cases, made.now_utc, made.policy, made.forecasts)


def check_stream(rule: Rule, seed: int) -> None:
    """A stream of cases, most of them flagged with 1.0, and one reader who always takes the first: nobody starves.

    Every hour cases come in, more than are read, each with a deadline in the future. Whoever is protected is not
    passed from behind; and once a case's deadline is over, the number of cases before it only falls, so that it is read
    after as many readings as there were cases before it. Raises AssertionError.
    """
    random = Random(seed)
    policy = random.choice(POLICIES)
    now, numbers = NOWS[0], count()
    there = [_arriving(random, next(numbers), now)]
    before: dict[str, int] = {}
    for _ in range(random.randint(20, 60)):
        now += timedelta(hours=random.choice((1, 4, 12)))
        there += [_arriving(random, next(numbers), now) for _ in range(random.randint(0, 2))]
        ranked = rule(there, now, policy, {})
        seen = dict(before)
        for it in ranked:
            number = it.case.accession_number
            if it.protected:
                passed = [other for other in ranked[: it.rank - 1] if other.clinical_rank > it.clinical_rank]
                assert not passed, "a protected case was passed by the stream"
            if it.overdue:
                assert it.rank <= seen.get(number, it.rank), "an overdue case went back in a stream of new ones"
                before[number] = it.rank
        if ranked:
            first = ranked[0].case.accession_number
            there = [it for it in there if it.accession_number != first]
            before = {number: place - 1 for number, place in before.items() if number != first}


def _arriving(random: Random, number: int, now: datetime) -> Case:
    case: Case = Case.model_construct(
        accession_number=f"P{number:04}",
        pathway="breast",
        pathway_name="kræftpakke bryst",
        urgency=random.randint(1, 3),
        received_utc=now,
        deadline_utc=now + timedelta(hours=random.randint(2, 240)),
        slides=(scored(1.0),) if random.random() < 0.8 else (),
    )
    return case
