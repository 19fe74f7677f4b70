"""An event log read: who worked on what from when to when, and what is to be said against the file.

One line a piece of work: columns case, step, start, end, resource. Better with these, any of them, too:
queued (or arrived): when it joined the line; without it waits are reckoned from the end of the step before
received, signed_out: of the case; without them the first and the last event of the case stand in
stream, or site, specimen, pathway, subspecialty: what case it is, in the scenario's names
item: which block or slide of the case; without it two lines alike in all columns are one line written twice
interrupted: yes where the work was broken off and goes on in a later line of the same item and step

A line without `end` is work in hand; a line without `start` too (it has `queued`) waits. Times are ISO, local where
they name no zone.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from planner.calibration.csv_table import LogFinding, Sieve, read_table, times_ms

REQUIRED = ("case", "step", "start", "end")
KINDS = ("stream", "site", "specimen", "pathway", "subspecialty")
OPTIONAL = ("resource", "queued", "received", "signed_out", *KINDS, "item", "interrupted")
OTHER_NAMES = {
    "accession": "case",
    "accession_number": "case",
    "case_id": "case",
    "arrived": "queued",
    "activity": "step",
}
_TRUE = ("1", "yes", "true", "y", "x")


@dataclass(frozen=True)
class EventLog:
    """What happened, as far as the file tells."""

    name: str
    """The file's name."""
    time_zone: str
    events: pd.DataFrame
    """Columns line, case, item, step, resource; queued, start, end (ms UTC since 1970, nan: not told); interrupted."""
    cases: pd.DataFrame
    """By case, in order of receipt: received, signed_out (ms UTC), and what kind of case it is ("" where not told)."""
    findings: tuple[LogFinding, ...]

    @property
    def first_day(self) -> date:
        """Local day of the first receipt."""
        return self.local(float(self.cases["received"].min())).date()

    @property
    def last_day(self) -> date:
        """Local day of the last receipt."""
        return self.local(float(self.cases["received"].max())).date()

    @property
    def end_ms(self) -> float:
        """The last moment that the log knows of."""
        return float(max(self.cases["received"].max(), np.nanmax(self.events[["queued", "start", "end"]].to_numpy())))

    @property
    def period(self) -> str:
        """For sources: `cases.csv, received 2026-01-05 to 2026-03-29`."""
        return f"{self.name}, received {self.first_day} to {self.last_day}"

    def local(self, ms: float) -> datetime:
        """A moment in the log's time zone."""
        return datetime.fromtimestamp(ms / 1000, ZoneInfo(self.time_zone))


def read_event_log(path: str | Path, time_zone: str = "Europe/Copenhagen") -> EventLog:
    """Reads an event log; lines that cannot be used are left out and listed.

    Raises EventLogError where the file has no readable line or lacks a column.
    """
    table = read_table(path, REQUIRED, OPTIONAL, OTHER_NAMES)
    sieve = Sieve(path, table)
    wrong_times = {}
    for column in ("queued", "start", "end", "received", "signed_out"):
        table[column], wrong_times[column] = times_ms(table[column].astype(str), time_zone)
    table["interrupted"] = table["interrupted"].str.lower().isin(_TRUE)
    sieve.drop((table["line"] < 0).to_numpy(), "unreadable", "all", "more or fewer cells than the header has")
    for column in ("case", "step"):
        sieve.drop((table[column] == "").to_numpy(), "gap", column, "empty")
    for column in ("start", "end"):
        sieve.drop(wrong_times[column], "unreadable", column, "not an ISO time such as 2026-03-02T08:15")
    start, end, queued = (table[column].to_numpy() for column in ("start", "end", "queued"))
    sieve.drop(np.isnan(start) & ~np.isnan(end), "gap", "start", "empty, though there is an end")
    sieve.drop(np.isnan(start) & np.isnan(queued), "gap", "start", "empty, and no queued either")
    sieve.drop(end < start, "order", "end", "before start")
    written = [column for column in table.columns if column != "line"]
    sieve.drop(table.duplicated(written).to_numpy(), "duplicate", "all", "the same as an earlier line")
    for column in ("queued", "received", "signed_out"):
        sieve.note(wrong_times[column] & sieve.good, "unreadable", f"{column}: not an ISO time; taken as empty")
    late = (queued > start) & sieve.good
    sieve.note(late, "order", "queued: after start; taken as empty")
    table.loc[late, "queued"] = np.nan
    good = sieve.passed()
    cases, more = _cases(good)
    if len(cases) == 1:
        more.append(LogFinding("few", f"one case only ({cases.index[0]}): nothing about rates can be learnt from it"))
    events = good[["line", "case", "item", "step", "resource", "queued", "start", "end", "interrupted"]]
    return EventLog(Path(path).name, time_zone, events.reset_index(drop=True), cases, (*sieve.findings, *more))


def _cases(events: pd.DataFrame) -> tuple[pd.DataFrame, list[LogFinding]]:
    """What the lines say of each case, the first word counting; and where they contradict each other."""
    findings = []
    by_case = events.groupby("case", sort=False)
    seen = events[["queued", "start"]].min(axis=1).groupby(events["case"], sort=False).min()
    cases = by_case[["received", "signed_out"]].first()
    for column in KINDS:
        told = events[events[column] != ""].groupby("case", sort=False)[column]
        cases[column] = told.first().reindex(cases.index).fillna("")
        several = told.nunique() > 1
        if several.any():
            count, example = int(several.sum()), several[several].index[0]
            message = f"column {column}: {count} cases have several, such as {example}; the first counts"
            findings.append(LogFinding("conflict", message, count))
    unknown = cases["received"].isna()
    if unknown.any():
        message = f"column received: not told for {int(unknown.sum())} cases; taken to be their first event"
        findings.append(LogFinding("received", message, int(unknown.sum())))
    early = cases["received"] > seen
    if early.any():
        count, example = int(early.sum()), early[early].index[0]
        message = f"column received: {count} cases, such as {example}, have events before it; taken to be the first"
        findings.append(LogFinding("received", message, count))
    cases["received"] = cases["received"].where(~(unknown | early), seen)
    return cases.sort_values("received", kind="stable"), findings
