"""A list of open cases read: what the worklist, or a laboratory system, has on its table now.

One line a case: columns case (or accession number), step, received; and stream, or as many of site, specimen, pathway
and subspecialty as tell it. Any of these, too: started (when the work at that step began, if it is in hand), flagged
(yes or no, what the AI said), at_site (where the case is, if not where it was received). Times are ISO, local where
they name no zone.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from planner.calibration.csv_table import LogFinding, Sieve, read_table, times_ms
from planner.calibration.event_log import KINDS
from planner.calibration.log_cases import stream_of_kind
from planner.scenario.process import Delay, Work
from planner.scenario.scenario import Scenario

REQUIRED = ("case", "step", "received")
OLDEST_MS = 10 * 366 * 86_400_000
"""An open case older than this is taken for a slip of the pen."""
OPTIONAL = ("started", "flagged", "at_site", *KINDS)
OTHER_NAMES = {"accession": "case", "accession_number": "case", "case_id": "case", "stage": "step"}
_YES, _NO = ("yes", "true", "1", "y", "flagged"), ("no", "false", "0", "n", "unflagged")


@dataclass(frozen=True)
class OpenCases:
    """Open cases in a scenario's words."""

    name: str
    """The file's name."""
    cases: pd.DataFrame
    """Columns case, stream, step; received, started (ms UTC; nan: not in hand); flagged (yes, no or ""), site."""
    findings: tuple[LogFinding, ...]


def read_open_cases(path: str | Path, scenario: Scenario, now: datetime) -> OpenCases:
    """Reads a list of open cases; lines that cannot be used are left out and listed.

    now: with its time zone; what was received later is left out. Raises EventLogError where no line is left.
    """
    table = read_table(path, REQUIRED, OPTIONAL, OTHER_NAMES)
    sieve = Sieve(path, table)
    sieve.drop((table["line"] < 0).to_numpy(), "unreadable", "all", "more or fewer cells than the header has")
    for column in REQUIRED:
        sieve.drop((table[column] == "").to_numpy(), "gap", column, "empty")
    received, wrong = times_ms(table["received"].astype(str), scenario.time_zone)
    started, wrong_start = times_ms(table["started"].astype(str), scenario.time_zone)
    sieve.drop(wrong, "unreadable", "received", "not an ISO time such as 2026-03-02T08:15")
    sieve.drop(received < now.timestamp() * 1000 - OLDEST_MS, "order", "received", "more than ten years ago")
    sieve.drop(
        received > now.timestamp() * 1000, "order", "received", f"after now, {now.isoformat(timespec='minutes')}"
    )
    sieve.note(
        (wrong_start | (started > now.timestamp() * 1000)) & sieve.good,
        "unreadable",
        "started: not a time before now; taken as empty",
    )
    sieve.drop(table.duplicated("case").to_numpy(), "duplicate", "case", "a case that is there already")
    timed = [name for name, step in scenario.steps.items() if isinstance(step, Work | Delay)]
    sieve.drop(
        (~table["step"].isin(timed)).to_numpy(),
        "unknown",
        "step",
        f"no step of the scenario; there are {', '.join(timed)}",
    )
    sites = list(scenario.sites)
    sieve.drop(
        (~table["at_site"].isin(["", *sites])).to_numpy(),
        "unknown",
        "at_site",
        f"no site; there are {', '.join(sites)}",
    )
    flagged = table["flagged"].str.lower()
    told = np.select([flagged.isin(_YES), flagged.isin(_NO)], ["yes", "no"], "")
    sieve.note(
        (told == "") & (flagged != "").to_numpy() & sieve.good,
        "unreadable",
        "flagged: neither yes nor no; taken as empty",
    )
    kinds = {
        kind: stream_of_kind(kind, scenario) for kind in set(table[list(KINDS)].itertuples(index=False, name=None))
    }
    streams = [kinds[kind] for kind in table[list(KINDS)].itertuples(index=False, name=None)]
    names = ", ".join(stream.name for stream in scenario.arrivals)
    sieve.drop(
        np.array([not stream for stream in streams]), "unknown", "stream", f"fits no one stream; there are {names}"
    )
    table = table.assign(stream=streams, received=received, flagged=told, site=table["at_site"])
    table["started"] = np.where(started <= now.timestamp() * 1000, started, np.nan)
    sieve.table = table
    good = sieve.passed()[["case", "stream", "step", "received", "started", "flagged", "site"]]
    return OpenCases(Path(path).name, good.reset_index(drop=True), tuple(sieve.findings))
