"""A simulation that starts among open cases: each at its step, as old as it is, and not before now.

Those in work go on to the next step when their work should be over (begun, plus its mean time); the others line up
now, oldest first.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from planner.calendar import calendar_of
from planner.engine.tables import NO_DEADLINE, Futures, Ints
from planner.scenario.lines import time_of
from planner.scenario.load import change
from planner.scenario.process import END, Delay, Work
from planner.scenario.process_map import shares
from planner.scenario.quantities import mean_ms
from planner.scenario.scenario import Scenario

_HOUR = 3_600_000
_GROUP = ["stream", "step", "flagged", "site"]


class OpenStart(NamedTuple):
    """n open cases, in the order in which they were given. Times are ms from the simulation's start."""

    scenario: Scenario
    """With the cases as its backlog, and no warm-up."""
    now: int
    place: Ints
    """Which case of the backlog each is."""
    received: Ints
    release: Ints
    """When it appears: now, or when the work in hand should be over."""
    due: Ints

    def begin(self, drawn: Futures) -> tuple[Futures, Ints]:
        """One replication's inputs from now on, of drawn ones; and the row of each open case in them."""
        many = len(self.place)
        columns = {name: getattr(drawn, name).copy() for name in Futures._fields if name.startswith("case_")}
        for name, values in (("received", self.received), ("release", self.release), ("deadline", self.due)):
            columns[f"case_{name}"][self.place] = values
        kept = np.flatnonzero((np.arange(len(drawn.case_release)) < many) | (drawn.case_release >= self.now))
        order = kept[np.lexsort((columns["case_received"][kept], columns["case_release"][kept]))]
        rows = np.empty(len(drawn.case_release), np.int64)
        rows[order] = np.arange(len(order))
        return drawn._replace(**{name: column[order] for name, column in columns.items()}), rows[self.place]


def open_start(scenario: Scenario, cases: pd.DataFrame, begin_ms: int, now_ms: int) -> OpenStart:
    """Open cases put into a scenario that begins at `begin_ms`, the midnight before `now_ms` (both ms UTC).

    cases: columns received, started (ms UTC; nan: not in work), stream, step, and flagged (yes, no or ""), site ("":
    the stream's); and due (ms UTC; nan: by the stream's pathway) where cases have deadlines of their own.
    """
    streams = {stream.name: stream for stream in scenario.arrivals}
    received = (cases["received"] - begin_ms).to_numpy().astype(np.int64)
    release = np.full(len(cases), now_ms - begin_ms)
    steps = cases["step"].to_list()
    for row, (name, started) in enumerate(zip(cases["stream"], cases["started"], strict=True)):
        stream = streams[name]
        step = scenario.steps[steps[row]]
        to = max(shares(scenario, steps[row], stream), key=lambda way: way[1])[0]
        if not np.isnan(started) and isinstance(step, Work | Delay) and to != END:
            lasts = mean_ms(time_of(step, stream)) + (mean_ms(step.setup) if isinstance(step, Work) else 0.0)
            release[row] = max(release[row], int(started - begin_ms + lasts))
            steps[row] = to
    grouped = cases.assign(step=steps, row=np.arange(len(cases))).groupby(_GROUP, sort=False)["row"]
    backlog: list[dict[str, object]] = []
    order: list[int] = []
    for (name, step_name, flagged, site), rows in grouped:
        ages = np.maximum(0, -received[rows]) / _HOUR
        order += rows.to_list()
        said = {"yes": True, "no": False}.get(str(flagged))
        entry = {"stream": name, "step": step_name, "count": len(rows), "received_hours_ago": ages.tolist()}
        backlog.append({**entry, "flagged": said, "site": site or None})
    place = np.empty(len(cases), np.int64)
    place[order] = np.arange(len(cases))
    started_with = change(scenario, {"backlog": backlog, "warm_up_days": 0})
    due = due_of(started_with, cases["stream"], received)
    if "due" in cases:
        own = cases["due"].notna().to_numpy()
        due[own] = (cases["due"][own] - begin_ms).to_numpy().astype(np.int64)
    return OpenStart(started_with, now_ms - begin_ms, place, received, release, due)


def due_of(scenario: Scenario, streams: "pd.Series[str]", received: Ints) -> Ints:
    """When cases are due, by their streams' pathways: ms from the start, as is `received`; or NO_DEADLINE."""
    calendar = calendar_of(scenario)
    due = np.full(len(received), NO_DEADLINE)
    for stream in scenario.arrivals:
        deadline = scenario.pathways[stream.pathway].deadline_for(stream)
        mine = (streams == stream.name).to_numpy()
        if deadline is not None and mine.any():
            due[mine] = calendar.due(deadline, received[mine])
    return due
