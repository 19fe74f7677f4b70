"""Service times out of an event log: minutes of work by step and kind of case, and the distribution that they follow.

Work is from start to end, reckoned at speed 1 where the log's resource is a person or machine of the scenario; pieces
of interrupted work are added up. What machines do in runs is counted once a run.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.calibration.csv_table import LogFinding
from planner.calibration.fits import FEWEST, Fit, fit_times, resolution_minutes
from planner.calibration.log_cases import LogCases
from planner.calibration.simulated_log import server_names
from planner.scenario.process import Delay, Work
from planner.scenario.quantities import mean_ms
from planner.scenario.scenario import Scenario

Floats = npt.NDArray[np.float64]

TOO_LONG_HOURS = 12.0
"""Work of people without a break that seems longer than this was most likely broken off, and is left out (assumed)."""


class StepFit(NamedTuple):
    """A step's time, measured."""

    step: str
    streams: tuple[str, ...]
    """Whose cases these are; all that the step knows where it makes no difference."""
    field: str
    """Of the scenario: `steps.reading.time`."""
    before: float
    """Mean in the scenario so far, minutes."""
    fit: Fit


def fit_steps(known: LogCases, scenario: Scenario, source: str) -> tuple[list[StepFit], list[LogFinding]]:
    """Fits every duration of the scenario that the log tells enough of; and says of the others why not."""
    fits: list[StepFit] = []
    findings: list[LogFinding] = []
    work = _whole_work(known.events, scenario, findings)
    for name, field, streams in _durations(scenario):
        step = scenario.steps[name]
        mine = work[(work["step"] == name) & work["stream"].isin(streams)]
        if not len(mine):
            continue
        at_step = (known.events["step"] == name) & known.events["stream"].isin(streams)
        begun = int((at_step & known.events["start"].notna() & ~known.events["interrupted"]).sum())
        mine = _before_the_end(mine, known.log.end_ms)
        if begun - len(mine) > 0.2 * begun:
            message = f"{field}: {begun - len(mine)} of {begun} began too near the log's end to be told whole; left out"
            findings.append(LogFinding("few", message, begun - len(mine)))
        minutes, part, problem = _minutes(mine, step)
        if problem:
            findings.append(LogFinding("fit", f"{field}: {problem}; left as in the scenario", len(mine)))
            continue
        if len(minutes) < FEWEST:
            message = (
                f"{field}: {len(minutes)} times are too few to fit ({FEWEST} are the least); left as in the scenario"
            )
            findings.append(LogFinding("few", message, len(minutes)))
            continue
        if part == "setup":
            field = f"steps.{name}.setup"
        fit = fit_times(minutes, source)
        fits.append(StepFit(name, streams, field, _mean_before(scenario, name, streams, part), fit))
        coarse = resolution_minutes(minutes)
        if coarse == 1 and fit.kind != "constant" and fit.mean.value < 20:
            message = f"{field}: times were written to the minute, rough for a mean of {fit.mean.value:.1f}"
            findings.append(LogFinding("fit", message, len(minutes)))
        if isinstance(step, Work) and step.per_slide is not None:
            message = (
                f"{field}: the log does not tell slides; the time for each slide is in the whole, and per_slide dropped"
            )
            findings.append(LogFinding("fit", message, len(minutes)))
    return fits, findings


def _before_the_end(work: pd.DataFrame, end_ms: float) -> pd.DataFrame:
    """Work that began so early that even the longest would be over: else the log's end would favour the short."""
    longest = float((work["end"] - work["start"]).max())
    told_whole: pd.DataFrame = work[work["start"] <= end_ms - longest]
    return told_whole


def _durations(scenario: Scenario) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Step, field, and the streams whose cases take that time."""
    for name, step in scenario.steps.items():
        if isinstance(step, Work | Delay):
            rest = list(scenario.arrivals)
            for number, rule in enumerate(step.times):
                covered = [stream for stream in rest if rule.when.covers(stream)]
                rest = [stream for stream in rest if stream not in covered]
                yield name, f"steps.{name}.times.{number}.time", tuple(stream.name for stream in covered)
            yield name, f"steps.{name}.time", tuple(stream.name for stream in rest)


def _mean_before(scenario: Scenario, name: str, streams: tuple[str, ...], part: str) -> float:
    step = scenario.steps[name]
    assert isinstance(step, Work | Delay)
    if part == "setup" and isinstance(step, Work):
        return mean_ms(step.setup) / 60_000
    first = next(stream for stream in scenario.arrivals if stream.name in streams)
    return mean_ms(next((rule.time for rule in step.times if rule.when.covers(first)), step.time)) / 60_000


def _whole_work(events: pd.DataFrame, scenario: Scenario, findings: list[LogFinding]) -> pd.DataFrame:
    """Finished work with column minutes, at speed 1: pieces of interrupted work added up at the line that ended it."""
    ordered = events.sort_values(["case", "item", "step", "start"], kind="stable")
    ordered = ordered[ordered["end"].notna()]
    same = (ordered[["case", "item", "step"]] == ordered[["case", "item", "step"]].shift()).all(axis=1)
    number = (~(same & ordered["interrupted"].shift(fill_value=False))).cumsum()
    speeds = server_names(scenario)
    speed = ordered["resource"].map({name: speed for name, (_, speed) in speeds.items()})
    _unknown_speeds(ordered[speed.isna()], scenario, findings)
    pieces = (ordered["end"] - ordered["start"]) * speed.fillna(1.0) / 60_000
    whole = ordered.assign(minutes=pieces.groupby(number).transform("sum"))
    unfinished = whole["interrupted"].groupby(number).transform("last")
    whole = whole[~whole["interrupted"] & ~unfinished]
    people = {
        name
        for name, step in scenario.steps.items()
        if isinstance(step, Work) and all(scenario.resources[need].kind == "people" for need in step.needs)
    }
    endless = whole["step"].isin(people) & (whole["minutes"] > TOO_LONG_HOURS * 60)
    if endless.any():
        message = (
            f"{int(endless.sum())} pieces of people's work, such as line {whole.loc[endless, 'line'].iloc[0]}, last"
            f" over {TOO_LONG_HOURS:g} hours: broken off, most likely; left out (mark such in a column interrupted)"
        )
        findings.append(LogFinding("order", message, int(endless.sum())))
    return whole[~endless]


def _unknown_speeds(events: pd.DataFrame, scenario: Scenario, findings: list[LogFinding]) -> None:
    """Says so where speeds differ and the log's names are not the scenario's."""
    for name, step in scenario.steps.items():
        if isinstance(step, Work):
            count = int((events["step"] == name).sum())
            speeds = {unit.speed for unit in scenario.resources[step.needs[0]].units}
            if count and speeds != {1.0}:
                message = f"{name}: {count} lines name no {step.needs[0]} of the scenario; taken as work at speed 1"
                findings.append(LogFinding("unknown", message, count))


def _minutes(work: pd.DataFrame, step: object) -> tuple[Floats, str, str]:
    """Minutes to fit, which part of the step they are, and what is in the way."""
    minutes = work["minutes"].to_numpy(np.float64)
    if not isinstance(step, Work) or step.batch is None:
        if isinstance(step, Work) and mean_ms(step.setup):
            return minutes, "time", "set-up and time cannot be told apart" if mean_ms(step.time) else ""
        return minutes, "time", ""
    if step.batch.out == "one-by-one":
        return minutes, "time", "set-up and time cannot be told apart" if mean_ms(step.setup) else ""
    runs = work.groupby(["resource", "start", "end"])["minutes"].agg(["first", "size"])
    lasts, things = runs["first"].to_numpy(np.float64), runs["size"].to_numpy(np.float64)
    if not mean_ms(step.time) and not step.times and step.per_slide is None:
        return lasts, "setup", ""
    if mean_ms(step.setup):
        return lasts, "time", "set-up and time of a run cannot be told apart"
    each = lasts / things
    if np.ptp(each) <= 1e-6 * each.max():
        return each, "time", ""
    return lasts[things == 1], "time", ""
