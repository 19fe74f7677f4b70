"""The cases of one replication as a table, a row each: for Parquet, and for whoever wants to reckon for himself."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.engine.compiled import Compiled
from planner.engine.tables import HOUR_MS, Futures, Outcome
from planner.measures.cohort import AI_ANSWERS, MET, MISSED, NO_PROMISE, timed_stages, verdicts, window_of

STREAM_COLUMNS = ("site", "pathway", "subspecialty", "specimen")


def case_records(compiled: Compiled, futures: Futures, outcome: Outcome, replication: int) -> pd.DataFrame:
    """Every case, those of warm-up, follow-up and backlog too, in the order in which they appeared.

    replication, case: numbers from 0. measured: whether the figures count it. stream, site (where received), pathway,
    subspecialty, specimen. received, deadline, signed_out: UTC, missing where there is none. on_time: missing without
    a deadline, or where the case is open and not yet due. ai: flagged, unflagged, unscored or failed. diseased.
    slides and, by stage of the way that decided, hours `wait STAGE` and `work STAGE`: missing while the case is open.
    """
    scenario = compiled.scenario
    window = window_of(scenario)
    done = outcome.case_done >= 0
    verdict = verdicts(futures, outcome)
    start = round(datetime.combine(scenario.start, time(), ZoneInfo(scenario.time_zone)).timestamp() * 1000)

    def utc(elapsed: npt.NDArray[np.int64], known: npt.NDArray[np.bool_]) -> pd.DatetimeIndex:
        moments = (np.where(known, elapsed, 0) + start).astype("datetime64[ms]")
        return pd.DatetimeIndex(np.where(known, moments, np.datetime64("NaT", "ms"))).tz_localize("UTC")

    def of_stream(texts: list[str]) -> "pd.Categorical[str]":
        names = list(dict.fromkeys(texts))
        codes = np.array([names.index(text) for text in texts], np.int64)[futures.case_stream]
        return pd.Categorical.from_codes(codes, pd.Index(names))

    on_time = pd.Series(verdict == MET, dtype="boolean").where((verdict == MET) | (verdict == MISSED))
    columns = {
        "replication": np.full(len(done), replication),
        "case": np.arange(len(done)),
        "measured": (futures.case_received >= window.start) & (futures.case_received < window.end),
        "stream": of_stream(list(compiled.streams)),
        **{name: of_stream([getattr(stream, name) for stream in scenario.arrivals]) for name in STREAM_COLUMNS},
        "received": utc(futures.case_received, np.ones(len(done), np.bool_)),
        "deadline": utc(futures.case_deadline, verdict != NO_PROMISE),
        "signed_out": utc(outcome.case_done, done),
        "on_time": on_time,
        "ai": pd.Categorical.from_codes(futures.case_ai, pd.Index(AI_ANSWERS)),
        "diseased": futures.case_diseased == 1,
        "slides": pd.Series(outcome.case_slides, dtype="Int64").where(done),
    }
    for what, of_case in (("wait", outcome.case_wait), ("work", outcome.case_work)):
        for place, stage in timed_stages(compiled):
            columns[f"{what} {stage}"] = np.where(done, of_case[:, place] / HOUR_MS, np.nan)
    return pd.DataFrame(columns)
