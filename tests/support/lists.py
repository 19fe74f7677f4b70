"""Made-up lists with all that the order tells apart, some of them forecast, and the policies to order them by."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tests.support.cases import MODEL
from worklist.calendar import WorkingCalendar
from worklist.cases import Case, CaseSlide
from worklist.priority.policy import PRESETS, Policy, load_policy
from worklist.store.store import Store
from worklist.store.tables import CaseRow, ForecastRow

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
CALENDAR = WorkingCalendar()


def some_cases(random: Random, count: int) -> list[Case]:
    """Many with one deadline, some overdue, some long there, a third of them flagged; numbers in no order."""
    days = [CALENDAR.closing_utc(CALENDAR.shift_working_days(NOW.date(), step)) for step in (-2, -1, 1, 2, 3, 4)]
    days = random.sample(days, random.randint(1, len(days)))
    return [
        Case(
            accession_number=f"{random.choice('aBÆz')}{number}",
            pathway="breast",
            pathway_name="kræftpakke bryst",
            urgency=random.randint(1, 3),
            received_utc=NOW - timedelta(hours=random.choice([2, 2, 30, 300])),
            deadline_utc=random.choice(days) + timedelta(minutes=random.choice([0, 0, 1])),
            slides=_slides(random, number),
        )
        for number in range(count)
    ]


def _slides(random: Random, number: int) -> tuple[CaseSlide, ...]:
    path = Path(f"/slides/{number}.svs")
    match random.randint(0, 5):
        case 0:
            return ()
        case 1:
            return (CaseSlide(path=path),)
        case 2:
            return (CaseSlide(path=path, state="failed", reason="cut short"),)
        case _:
            score = random.choice([0.2, 0.5, 0.9, 1.0, random.random()])
            return (CaseSlide(path=path, state="scored", score=score, flagged=score >= 0.5, model=MODEL),)


def give_forecasts(store: Store, random: Random) -> dict[str, float]:
    """A forecast for every second case, some of them too old; returns those that are still valid."""
    valid = {}
    with store.writing() as session:
        for row in session.query(CaseRow).order_by(CaseRow.id):
            if random.random() < 0.5:
                age, chance = random.choice([1, 23, 25]), random.random()
                made = NOW - timedelta(hours=age)
                session.add(
                    ForecastRow(case_id=row.id, made_utc=made, late_probability=chance, scenario_hash="of a test")
                )
                if age < 24:
                    valid[row.accession_number] = chance
    return valid


POLICIES = [
    *(load_policy(name, CALENDAR) for name in PRESETS),
    Policy(raise_working_hours=100, protect_working_hours=0, max_wait_working_days=300),
    Policy(raise_working_hours=3, forecast_raise_working_hours=9, forecast_from=0.2, protect_working_hours=0),
]
