"""One replication boiled down to its figures."""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from planner.engine.compiled import Compiled
from planner.engine.futures import rostered_ms
from planner.engine.tables import AI_FLAGGED, AI_UNFLAGGED, DONE, HOUR_MS, Futures, Ints, Outcome
from planner.measures.cohort import (
    AI_ANSWERS,
    MET,
    NO_PROMISE,
    SMALL_SHARE,
    UNDECIDED,
    Grouping,
    Times,
    Window,
    timed_stages,
    verdicts,
    window_of,
)
from planner.measures.costs import WEEKS_PER_YEAR, weekly_costs
from planner.measures.figures import FigureKey, Figures, Summary
from planner.measures.overload import slope_per_day
from planner.measures.weeks import by_day, by_week_hour

LONGEST_HOURS = 1_000
"""Turnarounds of this and more are counted together."""
PIECE = 1_024
"""Rows turned into columns at once."""
TURNAROUND = ("mean", "p50", "p90", "p95", "max")
WAIT = ("mean", "p90", "max")
_TRUTH = np.full((len(AI_ANSWERS), 2), -1, np.int16)
_TRUTH[AI_FLAGGED], _TRUTH[AI_UNFLAGGED] = (1, 0), (3, 2)
"""Place of a case among the AI's true and false answers, by what it says and whether the case is diseased; -1: none."""


def summarise(compiled: Compiled, futures: Futures, outcome: Outcome, replication: int) -> Summary:
    """Figures of one replication; `planner.measures.figures` says what each is. A run that was stopped has none."""
    if outcome.status != DONE:
        nothing = np.empty(0)
        return Summary(replication, outcome.status, outcome.events, {}, {}, {}, {}, nothing, {})
    scenario = compiled.scenario
    window = window_of(scenario)
    cohort = np.flatnonzero((futures.case_received >= window.start) & (futures.case_received < window.end))
    groupings = tuple(_groupings(compiled, futures, cohort))
    pathways = next(grouping for grouping in groupings if grouping.by == "pathway")
    rostered = rostered_ms(compiled, futures)
    open_by_day = by_day(scenario, outcome.open_cases)
    figures: Figures = {
        **dict(_promises(futures, outcome, cohort, groupings)),
        **dict(_times(futures, outcome, cohort, groupings)),
        **dict(_stages(compiled, outcome, cohort, pathways)),
        **dict(_resources(compiled, outcome, rostered, window)),
        **dict(_flows(compiled, outcome, window)),
    }
    measured_days = slice(scenario.warm_up_days, scenario.warm_up_days + scenario.days)
    figures |= _backlog(outcome, window, open_by_day[measured_days], len(cohort))
    met = figures[FigureKey("cases", "all", "", "on_time")]
    figures[FigureKey("cost_per_on_time", "all")] = (
        figures[FigureKey("cost", "all")] * window.weeks / met if met else math.nan
    )
    groups = [group.label for group in compiled.groups]
    return Summary(
        replication=replication,
        status=outcome.status,
        events=outcome.events,
        figures=figures,
        queue_week=_named(
            [station.label for station in compiled.stations], by_week_hour(scenario, window, outcome.station_queue)
        ),
        busy_week=_named(groups, by_week_hour(scenario, window, outcome.group_busy)),
        rostered_week=_named(groups, by_week_hour(scenario, window, rostered)),
        open_by_day=open_by_day,
        turnaround_counts=_counts(futures, outcome, cohort, groupings),
    )


def _ai_groups(futures: Futures, cases: Ints) -> Iterator[Grouping]:
    """The cases by what the AI says, by what it says and what is true (where it gives a score), and by what is true."""
    said, diseased = futures.case_ai[cases], futures.case_diseased[cases]
    yield Grouping("ai", AI_ANSWERS, said.astype(np.int16))
    yield Grouping("ai", ("true-positive", "false-positive", "false-negative", "true-negative"), _TRUTH[said, diseased])
    yield Grouping("ai", ("diseased", "not-diseased"), 1 - diseased.astype(np.int16))


def _groupings(compiled: Compiled, futures: Futures, cohort: Ints) -> Iterator[Grouping]:
    scenario = compiled.scenario
    stream = futures.case_stream[cohort]
    yield Grouping("all", ("",), np.zeros(len(cohort), np.int16))
    for by in ("pathway", "subspecialty", "site", "specimen"):
        of_stream = [getattr(found, by) for found in scenario.arrivals]
        names = tuple(dict.fromkeys(of_stream))
        yield Grouping(by, names, np.array([names.index(name) for name in of_stream], np.int16)[stream])
    if scenario.ai is not None:
        yield from _ai_groups(futures, cohort)


def _promises(
    futures: Futures, outcome: Outcome, cohort: Ints, groupings: tuple[Grouping, ...]
) -> Iterator[tuple[FigureKey, float]]:
    verdict = verdicts(futures, outcome)[cohort]
    is_open = outcome.case_done[cohort] < 0
    for grouping in groupings:
        cases = grouping.counts(np.ones(len(cohort), np.bool_))
        unfinished = grouping.counts(is_open)
        met = grouping.counts(verdict == MET)
        undecided = grouping.counts(verdict == UNDECIDED)
        promised = cases - grouping.counts(verdict == NO_PROMISE)
        for place, name in enumerate(grouping.names):
            yield FigureKey("cases", grouping.by, name), float(cases[place])
            yield FigureKey("cases", grouping.by, name, "on_time"), float(met[place])
            yield FigureKey("cases", grouping.by, name, "decided"), float(promised[place] - undecided[place])
            yield FigureKey("unfinished", grouping.by, name), _share(unfinished[place], cases[place])
            yield FigureKey("on_time", grouping.by, name), _share(met[place], promised[place] - undecided[place])
            yield FigureKey("undecided", grouping.by, name), _share(undecided[place], promised[place])


def _times(
    futures: Futures, outcome: Outcome, cohort: Ints, groupings: tuple[Grouping, ...]
) -> Iterator[tuple[FigureKey, float]]:
    """Turnaround of all groups, and wait of all and of the AI groups.

    An open case's wait is not known; it is at least its time so far less the longest work of any case that is through.
    """
    done = outcome.case_done[cohort]
    is_open = done < 0
    so_far = np.where(is_open, futures.horizon, done) - futures.case_received[cohort]
    work = outcome.case_work.sum(axis=1)[cohort[~is_open]]
    longest = int(work.max()) if len(work) else futures.horizon
    wait = np.where(is_open, np.maximum(so_far - longest, 0), outcome.case_wait.sum(axis=1)[cohort])
    turnarounds, waits = Times(so_far, is_open), Times(wait, is_open)
    for grouping in groupings:
        for name, detail, hours in turnarounds.figures(grouping, TURNAROUND):
            yield FigureKey("turnaround", grouping.by, name, detail), hours
        if grouping.by in ("all", "ai"):
            for name, detail, hours in waits.figures(grouping, WAIT):
                yield FigureKey("wait", grouping.by, name, detail), hours


def _stages(
    compiled: Compiled, outcome: Outcome, cohort: Ints, pathways: Grouping
) -> Iterator[tuple[FigureKey, float]]:
    """Of all cases and of each pathway's. An open case has no known way; where many are open there are no figures."""
    through = outcome.case_done[cohort] >= 0
    order = np.argsort(pathways.code[through], kind="stable")
    cases = cohort[through][order]
    edges = np.searchsorted(pathways.code[through][order], np.arange(len(pathways.names) + 1))
    of_pathway = pathways.counts(np.ones(len(cohort), np.bool_))
    groups = [("stage", "", 0, len(cases), len(cohort))]
    groups += [
        ("pathway-stage", f"{name}: ", first, last, many)
        for name, first, last, many in zip(pathways.names, edges, edges[1:], of_pathway, strict=False)
    ]
    stages = timed_stages(compiled)
    for measure, of_case in (("stage_wait", outcome.case_wait), ("stage_work", outcome.case_work)):
        by_stage = _columns(of_case, cases, [place for place, _ in stages])
        for row, (_, stage) in enumerate(stages):
            for by, prefix, first, last, many in groups:
                times, mean, p90 = by_stage[row, first:last], math.nan, math.nan
                if len(times) and many - len(times) <= SMALL_SHARE * many:
                    mean, p90 = float(times.mean()), _p90(times)
                yield FigureKey(measure, by, prefix + stage, "mean"), mean / HOUR_MS
                yield FigureKey(measure, by, prefix + stage, "p90"), p90 / HOUR_MS


def _columns(table: Ints, rows: Ints, columns: list[int]) -> Ints:
    """(K, n): those K columns of those n rows of a table, turned in pieces that the processor's own memory holds."""
    turned = np.empty((len(columns), len(rows)), table.dtype)
    for start in range(0, len(rows), PIECE):
        turned[:, start : start + PIECE] = table.take(rows[start : start + PIECE], axis=0)[:, columns].T
    return turned


def _p90(times: Ints) -> float:
    """The least time within which nine tenths are through.

    Most cases spend none in most stages. Those are counted: among many that are equal numpy finds a place slowly.
    """
    some = times[times > 0]
    place = math.ceil(len(times) * 0.9) - 1 - (len(times) - len(some))
    return float(np.partition(some, place)[place]) if place >= 0 else 0.0


def _resources(
    compiled: Compiled, outcome: Outcome, rostered: Ints, window: Window
) -> Iterator[tuple[FigureKey, float]]:
    measured = slice(window.first_bin, window.last_bin)
    busy, overtime, on_shift = (
        bins[:, measured].sum(axis=1) for bins in (outcome.group_busy, outcome.group_overtime, rostered)
    )
    for place, group in enumerate(compiled.groups):
        yield FigureKey("utilisation", "resource", group.label), _share(busy[place], on_shift[place])
        if compiled.scenario.resources[group.resource].kind == "people":
            yield FigureKey("overtime", "resource", group.label), float(overtime[place]) / HOUR_MS / window.weeks
    queue = outcome.station_queue[:, measured] / HOUR_MS
    for station, mean, most in zip(compiled.stations, queue.mean(axis=1), queue.max(axis=1), strict=True):
        yield FigureKey("queue", "station", station.label, "mean"), float(mean)
        yield FigureKey("queue", "station", station.label, "max"), float(most)


def _flows(compiled: Compiled, outcome: Outcome, window: Window) -> Iterator[tuple[FigureKey, float]]:
    measured = slice(window.first_bin, window.last_bin)
    slides = float(outcome.slides_made[measured].sum()) / window.weeks
    costs = weekly_costs(compiled, outcome, window)
    yield FigureKey("slides", "all"), slides
    yield FigureKey("trips", "all"), float(outcome.trips[measured].sum()) / window.weeks
    yield FigureKey("storage", "all"), slides * WEEKS_PER_YEAR * compiled.scenario.costs.gb_per_slide.value / 1000
    for item, price in costs.items():
        yield FigureKey("cost", "item", item), price
    yield FigureKey("cost", "all"), sum(costs.values())


def _backlog(outcome: Outcome, window: Window, by_measured_day: npt.NDArray[np.float64], cases: int) -> Figures:
    hourly = outcome.open_cases[window.first_bin : window.last_bin] / HOUR_MS
    growth = slope_per_day(by_measured_day)
    per_day = cases / len(by_measured_day)
    values = {
        "mean": float(hourly.mean()),
        "start": float(hourly[0]),
        "end": float(hourly[-1]),
        "growth_per_day": growth,
        "growth_share": growth / per_day if per_day else math.nan,
    }
    return {FigureKey("backlog", "all", "", detail): value for detail, value in values.items()}


def _counts(
    futures: Futures, outcome: Outcome, cohort: Ints, groupings: tuple[Grouping, ...]
) -> dict[str, npt.NDArray[np.int64]]:
    through = outcome.case_done[cohort] >= 0
    hours = (outcome.case_done[cohort] - futures.case_received[cohort])[through] // HOUR_MS
    hours = np.minimum(hours, LONGEST_HOURS)
    return {
        name: np.bincount(hours[grouping.code[through] == place], minlength=LONGEST_HOURS + 1)
        for grouping in groupings
        if grouping.by in ("all", "pathway")
        for place, name in enumerate(grouping.names)
    }


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else math.nan


def _named(names: list[str], rows: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
    return dict(zip(names, rows, strict=True))
