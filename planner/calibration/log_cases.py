"""An event log held against a scenario: each case's stream, each line's step, and when cases were signed out."""

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from planner.calibration.csv_table import SHOWN, LogFinding
from planner.calibration.event_log import KINDS, EventLog
from planner.errors import EventLogError
from planner.scenario.process import END, AiScore, Delay, Join, Work
from planner.scenario.scenario import Scenario


@dataclass(frozen=True)
class LogCases:
    """A log in a scenario's words."""

    log: EventLog
    events: pd.DataFrame
    """The log's events at known steps of cases of known streams; with column stream."""
    cases: pd.DataFrame
    """The log's cases of known streams; signed_out told or concluded (nan: open)."""
    findings: tuple[LogFinding, ...]


def match(log: EventLog, scenario: Scenario) -> LogCases:
    """Finds stream and step for everything in the log; what has none is left out and listed.

    Raises EventLogError where no case has a stream, or no line a step.
    """
    findings: list[LogFinding] = []
    streams = _streams(log, scenario, findings)
    cases = log.cases.assign(stream=streams)[streams != ""]
    if not len(cases):
        known = ", ".join(stream.name for stream in scenario.arrivals)
        raise EventLogError(
            f"{log.name}: no case belongs to a stream of {scenario.name!r}; give a column stream ({known}), or columns"
            " site, specimen, pathway and subspecialty in the scenario's names."
            f" {'; '.join(one.message for one in findings)}"
        )
    known_step = _known_steps(log, scenario, findings)
    if not known_step.any():
        raise EventLogError(
            f"{log.name}: no line's step is a step of {scenario.name!r}; its steps are {', '.join(_timed(scenario))}"
        )
    events = log.events[known_step & log.events["case"].isin(cases.index)]
    events = events.assign(stream=events["case"].map(cases["stream"]))
    cases = cases.assign(signed_out=_signed_out(cases, events, scenario, findings))
    return LogCases(log, events, cases, tuple(findings))


def _timed(scenario: Scenario) -> list[str]:
    return [name for name, step in scenario.steps.items() if isinstance(step, Work | Delay)]


def stream_of_kind(kind: tuple[str, ...], scenario: Scenario) -> str:
    """The stream that a case is of; "" where none or several fit.

    kind: what is told of it, in the order of KINDS, "" for nothing; a stream's name settles it.
    """
    name, *rest = kind
    if name:
        return name if any(stream.name == name for stream in scenario.arrivals) else ""
    fitting = [
        stream.name
        for stream in scenario.arrivals
        if all(not word or word == getattr(stream, field) for word, field in zip(rest, KINDS[1:], strict=True))
    ]
    return fitting[0] if len(fitting) == 1 else ""


def _streams(log: EventLog, scenario: Scenario, findings: list[LogFinding]) -> "pd.Series[str]":
    """By case: its stream, "" where none or several fit."""
    told = log.cases[list(KINDS)]
    by_kind = {kind: stream_of_kind(kind, scenario) for kind in set(told.itertuples(index=False, name=None))}
    found = pd.Series(
        [by_kind[kind] for kind in told.itertuples(index=False, name=None)], index=log.cases.index, dtype=object
    )
    strange = told[found == ""].value_counts()
    if len(strange):
        kinds = ["/".join(filter(None, kind)) or "nothing told" for kind in strange.index[:SHOWN].tolist()]
        message = f"{int(strange.sum())} cases belong to no one stream and are left out: {', '.join(kinds)}"
        findings.append(LogFinding("unknown", message, int(strange.sum())))
    return found


def _known_steps(log: EventLog, scenario: Scenario, findings: list[LogFinding]) -> "pd.Series[bool]":
    known = _timed(scenario)
    for name, count in log.events.loc[~log.events["step"].isin(known), "step"].value_counts().items():
        close = get_close_matches(str(name), known, 1)
        hint = (
            f"; do you mean {close[0]!r}?" if close else "; a step that takes no time" if name in scenario.steps else ""
        )
        findings.append(
            LogFinding("unknown", f"{count} lines with unknown step {name!r} are left out{hint}", int(count))
        )
    unseen = [name for name in known if not (log.events["step"] == name).any()]
    if unseen:
        findings.append(
            LogFinding("few", f"no line has step {', '.join(unseen)}: left as in the scenario", len(unseen))
        )
    return log.events["step"].isin(known)


def _signed_out(
    cases: pd.DataFrame, events: pd.DataFrame, scenario: Scenario, findings: list[LogFinding]
) -> "pd.Series[float]":
    """When each case was signed out: as told; where the log never tells, the end of a last event that may lead out."""
    if cases["signed_out"].notna().any():
        return cases["signed_out"]
    out = _ways_out(scenario)
    last = (
        events.sort_values(["end"], na_position="last", kind="stable")
        .groupby("case", sort=False)
        .tail(1)
        .set_index("case")
    )
    ended = last["end"].where(last["step"].isin(out) & ~last["interrupted"])
    message = "column signed_out: not told; taken to be the end of the last event at " + ", ".join(sorted(out))
    findings.append(LogFinding("received", message, len(cases)))
    return ended.reindex(cases.index)


def _ways_out(scenario: Scenario) -> set[str]:
    """Timed steps after which a case may be signed out, joins and the like in between."""
    out = {END}
    for _ in scenario.steps:
        silent = {name: step for name, step in scenario.steps.items() if isinstance(step, Join | AiScore)}
        out |= {name for name, step in silent.items() if any(way.to in out for way in step.next)}
    return {
        name
        for name, step in scenario.steps.items()
        if isinstance(step, Work | Delay) and any(way.to in out for way in step.next)
    }


def open_at(known: LogCases, scenario: Scenario, at_ms: float) -> pd.DataFrame:
    """Cases that were received and not signed out at a moment (ms UTC), with the step where they were; oldest first.

    Columns received, stream, step, started (ms UTC where the work at the step was in hand, else nan). A case whose
    parts are at several steps counts at the first of them in the scenario. Cases of which the log tells nothing more
    are left out.
    """
    cases = known.cases
    still = cases[(cases["received"] < at_ms) & ~(cases["signed_out"] <= at_ms)]
    events = known.events[known.events["case"].isin(still.index)]
    order = {name: number for number, name in enumerate(scenario.steps)}
    events = events.assign(place=events["step"].map(order), came=events[["queued", "start"]].min(axis=1))
    ahead = events[~(events["end"] <= at_ms)]
    here = ahead[ahead["came"] <= at_ms]
    later = ahead.sort_values("came", kind="stable").groupby("case")["place"].first()
    place = here.groupby("case")["place"].min().reindex(still.index).fillna(later.reindex(still.index))
    at_place = here[here["place"] == here["case"].map(place)]
    in_hand = at_place["start"].where(at_place["start"] <= at_ms)
    started = in_hand.groupby(at_place["case"]).agg(lambda starts: starts.max(skipna=False))
    found = still.assign(place=place, started=started.reindex(still.index))[place.notna()]
    steps = np.array(list(scenario.steps))
    return found.assign(step=steps[found["place"].astype(int)])[["received", "stream", "step", "started"]]
