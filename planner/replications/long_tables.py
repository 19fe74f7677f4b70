"""Replications as long tables and back: a row a figure, a row a curve, for Parquet files and own analyses."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.measures.figures import FigureKey, Summary

WEEK_CURVES = ("queue_week", "busy_week", "rostered_week")
COUNTS = "turnaround_counts"
OPEN = "open_by_day"


def figures_table(summaries: Iterable[Summary]) -> pd.DataFrame:
    """Columns replication, measure, by, group, detail, value: a row for each figure of each replication."""
    rows = [(one.replication, *key, value) for one in summaries for key, value in one.figures.items()]
    table = pd.DataFrame(rows, columns=["replication", *FigureKey._fields, "value"])
    return table.astype({"replication": "int64", "value": "float64"})


def curves_table(summaries: Iterable[Summary]) -> pd.DataFrame:
    """Columns replication, curve, name, values: queues and servers by hour of the week, turnarounds, open by day."""
    rows = [
        (one.replication, curve, name, values.tolist()) for one in summaries for curve, name, values in _curves(one)
    ]
    return pd.DataFrame(rows, columns=["replication", "curve", "name", "values"]).astype({"replication": "int64"})


def summaries_of(
    replications: Sequence[dict[str, int]], figures: pd.DataFrame, curves: pd.DataFrame
) -> tuple[Summary, ...]:
    """The summaries that the two tables were made of; `replications` has each one's replication, status and events."""
    figures_by = dict(iter(figures.groupby("replication", sort=False)))
    curves_by = dict(iter(curves.groupby("replication", sort=False)))
    return tuple(
        _summary(
            about,
            figures_by.get(about["replication"], figures[:0]),
            curves_by.get(about["replication"], curves[:0]),
        )
        for about in replications
    )


def _curves(summary: Summary) -> Iterator[tuple[str, str, npt.NDArray[Any]]]:
    for curve in (*WEEK_CURVES, COUNTS):
        for name, values in getattr(summary, curve).items():
            yield curve, name, values
    yield OPEN, "", summary.open_by_day


def _summary(about: dict[str, int], figures: pd.DataFrame, curves: pd.DataFrame) -> Summary:
    keys = zip(*(figures[field] for field in FigureKey._fields), strict=True)
    found: dict[str, dict[str, npt.NDArray[np.float64]]] = {curve: {} for curve in (*WEEK_CURVES, COUNTS, OPEN)}
    for curve, name, values in zip(curves["curve"], curves["name"], curves["values"], strict=True):
        found[curve][name] = np.asarray(values, np.float64)
    return Summary(
        **about,
        figures=dict(zip(map(FigureKey._make, keys), figures["value"].tolist(), strict=True)),
        queue_week=found["queue_week"],
        busy_week=found["busy_week"],
        rostered_week=found["rostered_week"],
        open_by_day=found[OPEN][""],
        turnaround_counts={name: counts.astype(np.int64) for name, counts in found[COUNTS].items()},
    )
