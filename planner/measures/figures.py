"""The figures of one replication: a flat table from key to number, so that any two runs can be compared key by key."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

OVER = "_over"
"""Ends the detail of a lower bound: where open cases hide `p90`, `p90_over` says what it is over."""


class FigureKey(NamedTuple):
    """What a figure is about: `FigureKey("on_time", "pathway", "cancer-breast")`.

    measure          by                       detail
    on_time          all, pathway, ...        share of the decided cases that met their deadline
    undecided        all, pathway, ...        share of those with a deadline that were open and not yet due at the end
    turnaround       all, pathway, ...        hours: mean, p50, p90, p95, max; nan where open cases hide it: p90_over
    unfinished       all, pathway, ...        share of the cohort still open at the end
    stage_wait       stage, pathway-stage     hours a signed-out case: mean, p90; nan where over 1% are unfinished
    stage_work       stage, pathway-stage     likewise; group: `reading`, `cancer-breast: reading`
    wait             all, ai                  hours waited in all: mean, p90, max; open cases hide it likewise
    cases            all, pathway, ...        cases of the cohort; on_time: those that met it; decided: of how many
    utilisation      resource                 busy hours / rostered hours, over 1 with overtime; `scanner @ herlev`
    overtime         resource                 hours a week, of people
    queue            station                  mean, max (of hourly means)
    backlog          all                      open cases: mean, start, end, growth_per_day, growth_share (of arrivals)
    slides           all                      a week
    storage          all                      terabytes more a year, at this rate
    trips            all                      a week
    cost             item and all             currency a week; groups people, overtime, machines, transport, storage
    cost_per_on_time all                      currency for each case on time

    `by` for cases: all (group ""), pathway, subspecialty, site, specimen, ai. AI groups, where the scenario has an AI:
    flagged, unflagged, unscored, failed, true-positive, false-positive, false-negative, true-negative, diseased,
    not-diseased.
    """

    measure: str
    by: str
    group: str = ""
    detail: str = ""


Figures = dict[FigureKey, float]


@dataclass(frozen=True)
class Summary:
    """One replication, boiled down to what reports and comparisons need; small enough to send between machines."""

    replication: int
    status: int
    """planner.engine.tables.DONE, or why the run stopped."""
    events: int
    figures: Figures
    queue_week: dict[str, npt.NDArray[np.float64]]
    """Station to mean things in the line by hour of the local week, Monday 00 first: (168,)."""
    busy_week: dict[str, npt.NDArray[np.float64]]
    """Resource at site to mean busy servers by hour of the local week: (168,)."""
    rostered_week: dict[str, npt.NDArray[np.float64]]
    """The same of servers on shift."""
    open_by_day: npt.NDArray[np.float64]
    """Mean open cases of each simulated day, warm-up and follow-up included."""
    turnaround_counts: dict[str, npt.NDArray[np.int64]]
    """Pathway, and "" for all, to signed-out cases by whole hours of turnaround, 0 to 1,000 and more: (1001,)."""
