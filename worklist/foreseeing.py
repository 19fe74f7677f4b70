"""The planner's question that is about the list: which open cases will be late. Answered, and kept on the list.

`python -m worklist.foreseeing FOLDER` answers the one in the folder, as `planner.questions.process` does all others.
The page of the answer names no case, for it is shown to roles that do not see the list; the cases' own pages tell.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Final, cast
from zoneinfo import ZoneInfo

from planner.errors import PlannerError
from planner.questions.answers import Answer
from planner.questions.process import main
from planner.questions.question import Question
from planner.replications.replicate import OnProgress
from planner.report.page import Grid, Page, Section
from planner.report.words import whole
from planner.scenario.load import read_scenario
from planner.scenario.scenario import Scenario
from worklist.errors import WorklistError
from worklist.forecast import Refreshed, refresh_forecast
from worklist.people import Actor, Role
from worklist.store.store import Store

SOURCE: Final = "planner"
"""From where the trail has it: no browser needs to be there any more."""
KEPT: Final = "Each open case tells its own chance on its page, until the next forecast takes the place of this one."
LIMITS: Final = (
    "A case with slides waits to be read, however far its reader has come; one without has the whole laboratory before"
    " it. Who is absent this morning is not known."
)
LIKENESS: Final = "Each case is simulated as the stream of the plan that is most like it."


def answer_to(question: Question, on_progress: OnProgress) -> Answer:
    """Foresees the list, keeps what was found, and tells of it.

    Raises PlannerError; and KeyboardInterrupt where it was stopped, with the earlier forecast kept.
    """
    plan = read_scenario(question.scenarios[0], question.titles[0])
    try:
        store = Store.open()
        try:
            actor = Actor(question.login, cast("Role", question.role), SOURCE)
            made = refresh_forecast(store, actor, plan, replications=question.replications, on_progress=on_progress)
        finally:
            store.close()
    except WorklistError as error:
        raise PlannerError(str(error)) from error
    return Answer(forecast_page(plan, made))


def forecast_page(plan: Scenario, made: Refreshed) -> Page:
    """What a forecast of the list found, by the day that cases are due. Pure."""
    zone = ZoneInfo(plan.time_zone)
    late = made.expected_late
    open_cases = f"{len(made.cases)} open case{'s' * (len(made.cases) != 1)}"
    says = (
        f"Of {open_cases} about {whole(late.value)} will miss their deadline;"
        f" {whole(late.low)} to {whole(late.high)} in eight of ten futures."
    )
    by_day = Grid(
        "Open cases by due day", ("due", "open cases", "late on average", "likely late"), list(_days(made, zone))
    )
    streams = Grid(
        "Streams of the cases",
        ("pathway", "specimen", "site", "cases", "taken for the stream"),
        [(it.pathway, it.specimen_kind, it.site, whole(it.cases), it.stream) for it in made.taken_for],
        folded=True,
    )
    begun = made.made_utc.astimezone(zone)
    return Page(
        f"Which open cases will be late: {plan.title or plan.name}",
        f"Forrang planner · the list of {begun:%-d %B %Y} at {begun:%H:%M} · {made.replications} futures",
        [says, KEPT],
        [
            Section("plan", "By the day they are due", grids=[by_day], notes=[LIMITS]),
            Section("streams", "What the cases were taken for", [LIKENESS], grids=[streams]),
        ],
        "",
    )


def _days(made: Refreshed, zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    """Due day, open cases, how many late on average, and how many rather late than not."""
    chances: defaultdict[date, list[float]] = defaultdict(list)
    for it in made.cases:
        chances[_due(it.deadline_utc, made.made_utc, zone)].append(it.late_probability)
    for day, of_day in sorted(chances.items()):
        told = "overdue already" if day == date.min else f"{day:%-d %B %Y}"
        yield told, whole(len(of_day)), whole(round(sum(of_day), 1)), whole(sum(it > 0.5 for it in of_day))


def _due(deadline_utc: datetime, now_utc: datetime, zone: ZoneInfo) -> date:
    return date.min if deadline_utc <= now_utc else deadline_utc.astimezone(zone).date()


if __name__ == "__main__":
    main(Path(sys.argv[1]), answer_to)
