"""Which open cases will miss their deadline: the list put into the planner's scenario, simulated, and kept.

A case without a slide has all of the laboratory before it; one with slides waits to be read, however far its reader has
come. What the scenario does not know of a case is told: which stream it was taken for.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from planner.ahead.forecast import Forecast, forecast
from planner.ahead.open_cases import OpenCases
from planner.calibration.bounds import Bounded
from planner.replications.replicate import OnProgress
from planner.scenario.demand import Stream
from planner.scenario.load import change, scenario_hash
from planner.scenario.process import Work
from planner.scenario.scenario import Scenario
from worklist.cases import Case
from worklist.errors import ForecastError
from worklist.kept_forecasts import KeptForecast
from worklist.people import Actor, require
from worklist.store.store import Store
from worklist.store.tables import CaseRow, ForecastRow

CANCER_URGENCY = 3
"""Pathways of this urgency or a more urgent one are taken for cancer pathways, as the shipped file has them (A)."""
GENERAL = "general"
"""Subspecialty of a scenario's streams that take what no other does."""
_CHUNK = 500


@dataclass(frozen=True)
class TakenFor:
    """Which stream of the scenario cases of a kind were taken for."""

    pathway: str
    specimen_kind: str
    site: str
    stream: str
    cases: int


@dataclass(frozen=True)
class Refreshed:
    """A forecast of the whole list."""

    made_utc: datetime
    scenario: str
    scenario_hash: str
    replications: int
    seed: int
    expected_late: Bounded
    """Cases that will be late: mean, and where eight of ten futures lie."""
    cases: tuple[KeptForecast, ...]
    """The most likely to be late first."""
    taken_for: tuple[TakenFor, ...]


def refresh_forecast(
    store: Store,
    actor: Actor,
    scenario: Scenario,
    *,
    replications: int = 200,
    seed: int | None = None,
    reading_step: str = "reading",
    jobs: int | None = None,
    on_progress: OnProgress | None = None,
) -> Refreshed:
    """Simulates the scenario from now on, starting from the open cases, and keeps what was found of each.

    reading_step: where cases with slides wait in the scenario; there they are read by their deadlines, as on the list,
    whatever order the scenario has, which knows of no urgent mark. jobs: processes; None: all cores. Raises
    NotAllowedError, ForecastError where there is nothing to forecast or the scenario has no such step, PlannerError.
    """
    require(actor, "see list")
    now, cases = store.now(), store.cases()
    mapped, taken_for = open_cases_of(cases, scenario, reading_step)
    local = now.astimezone(ZoneInfo(scenario.time_zone))
    read_as_listed = change(scenario, {f"steps.{reading_step}.order": {"rule": "deadline"}})
    found = forecast(read_as_listed, mapped, local, replications, seed, jobs=jobs, on_progress=on_progress)
    deadlines = {case.accession_number: case.deadline_utc for case in cases}
    kept = tuple(_kept(found, deadlines, now, scenario_hash(scenario)))
    with store.acting(actor, "see list", details={"what": "forecast", "replications": replications}) as session:
        _keep(session, kept)
    expected, seed = found.expected_misses, found.seed
    return Refreshed(now, scenario.name, scenario_hash(scenario), replications, seed, expected, kept, taken_for)


def open_cases_of(
    cases: Iterable[Case], scenario: Scenario, reading_step: str = "reading"
) -> tuple[OpenCases, tuple[TakenFor, ...]]:
    """The open cases in the scenario's words, each due when the list says, and what they were taken for. Pure."""
    if not isinstance(scenario.steps.get(reading_step), Work):
        steps = ", ".join(name for name, step in scenario.steps.items() if isinstance(step, Work))
        raise ForecastError(
            f"scenario {scenario.name}: no step {reading_step!r} where people work; name one of: {steps}"
        )
    listed = [case for case in cases if case.is_open]
    if not listed:
        raise ForecastError("no open case on the list; there is nothing to foresee")
    streams = [stream_for(case, scenario) for case in listed]
    table = pd.DataFrame(
        {
            "case": [case.accession_number for case in listed],
            "stream": [stream.name for stream in streams],
            "step": [reading_step if case.slides else scenario.entry for case in listed],
            "received": [_whole_ms(case.received_utc) for case in listed],
            "started": float("nan"),
            "flagged": [{"flagged": "yes", "not flagged": "no"}.get(case.ai_state, "") for case in listed],
            "site": "",
            "due": [_whole_ms(case.deadline_utc) for case in listed],
        }
    )
    told = Counter(
        (case.pathway, case.specimen_kind, case.site, stream.name) for case, stream in zip(listed, streams, strict=True)
    )
    taken_for = tuple(TakenFor(*kind, count) for kind, count in sorted(told.items()))
    return OpenCases("the worklist", table, ()), taken_for


def stream_for(case: Case, scenario: Scenario) -> Stream:
    """The stream most like a case: by pathway, specimen, subspecialty (else a general one), site; else the busiest."""

    def likeness(stream: Stream) -> tuple[int, int, int, bool, float]:
        return (
            _pathway_likeness(case, stream, scenario),
            2 * (stream.specimen == case.specimen_kind) or int(stream.specimen.endswith(f"-{case.specimen_kind}")),
            2 * (stream.subspecialty.casefold() == case.subspecialty.casefold()) or int(stream.subspecialty == GENERAL),
            stream.site.casefold() == case.site.casefold(),
            stream.per_week.value if stream.per_week else 0.0,
        )

    return max(scenario.arrivals, key=likeness)


def _whole_ms(instant: datetime) -> float:
    return float(int(instant.timestamp() * 1000))


def _pathway_likeness(case: Case, stream: Stream, scenario: Scenario) -> int:
    """2: of that name, such as breast for cancer-breast; 1: a cancer pathway as it is, or none as it is; else 0."""
    if case.pathway in (stream.pathway, stream.pathway.rpartition("-")[2]):
        return 2
    return int((scenario.pathways[stream.pathway].priority > 0) == (case.urgency <= CANCER_URGENCY))


def _kept(
    found: Forecast, deadlines: Mapping[str, datetime], now_utc: datetime, with_hash: str
) -> Iterable[KeptForecast]:
    for it in found.cases:
        if it.misses is not None:
            yield KeptForecast(it.case, it.misses.value, deadlines[it.case], now_utc, with_hash)


def _keep(session: Session, kept: tuple[KeptForecast, ...]) -> None:
    """Puts them in place of all earlier ones."""
    numbers = [it.accession_number for it in kept]
    ids: dict[str, int] = {}
    for start in range(0, len(numbers), _CHUNK):
        wanted = CaseRow.accession_number.in_(numbers[start : start + _CHUNK])
        for number, case_id in session.execute(select(CaseRow.accession_number, CaseRow.id).where(wanted)):
            ids[number] = case_id
    rows = [
        {
            "case_id": ids[it.accession_number],
            "made_utc": it.made_utc,
            "late_probability": it.late_probability,
            "scenario_hash": it.scenario_hash,
        }
        for it in kept
    ]
    session.execute(delete(ForecastRow))
    if rows:
        session.execute(insert(ForecastRow), rows)
