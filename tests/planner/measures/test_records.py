"""The cases as a table: what Parquet gives back is what happened, in UTC, with nothing made up for open cases."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.engine.tables import AI_FLAGGED
from planner.measures.figures import FigureKey
from planner.measures.records import case_records
from planner.measures.summary import summarise
from tests.support.planner_outcomes import Fate, hand_made
from tests.support.planner_scenarios import single_queue, small_lab


def test_times_are_utc_and_what_is_not_known_is_missing() -> None:
    scenario = single_queue(days=2, warm_up_days=1).model_copy(update={"time_zone": "Europe/Copenhagen"})
    fates = [
        Fate(-3, 2, due=1, slides=7),
        Fate(24, 30, due=31, worked=2, ai=AI_FLAGGED, diseased=True, slides=4),
        Fate(25, None, due=26),
        Fate(26, None, due=9999),
        Fate(27, 28),
    ]
    table = case_records(*hand_made(scenario, fates), 5)
    assert table["received"].iloc[0] == pd.Timestamp("2026-01-04T20:00Z")
    assert table["signed_out"].iloc[1] == pd.Timestamp("2026-01-06T05:00Z")
    assert table["deadline"].iloc[1] == pd.Timestamp("2026-01-06T06:00Z")
    assert table["deadline"].isna().tolist() == [False] * 4 + [True]
    assert table["signed_out"].isna().tolist() == [False, False, True, True, False]
    assert table["on_time"].astype(object).tolist() == [False, True, False, pd.NA, pd.NA]
    assert table["measured"].tolist() == [False, True, True, True, True]
    assert table["ai"].tolist() == ["unscored", "flagged", "unscored", "unscored", "unscored"]
    assert table["diseased"].tolist() == [False, True, False, False, False]
    assert table["slides"].iloc[1] == 4
    assert table["slides"].isna().tolist() == table["work read"].isna().tolist() == [False, False, True, True, False]
    assert (table["wait read"].iloc[1], table["work read"].iloc[1]) == (4, 2)
    assert set(table["replication"]) == {5}


def test_the_table_of_a_real_run_agrees_with_its_figures(tmp_path: Path) -> None:
    scenario = small_lab(days=7)
    compiled = compile_scenario(scenario)
    futures = draw_futures(compiled, 1, 0)
    outcome = simulate(compiled, futures, "reference")
    figures = summarise(compiled, futures, outcome, 0).figures
    case_records(compiled, futures, outcome, 0).to_parquet(tmp_path / "cases.parquet")
    table = pd.read_parquet(tmp_path / "cases.parquet")
    measured = table[table["measured"]]
    hours = (measured["signed_out"] - measured["received"]).dt.total_seconds() / 3600
    ways = [name for name in table if name.startswith(("wait ", "work "))]
    assert len(ways) == 10
    assert np.allclose(measured[ways].sum(axis=1), hours)
    for pathway, cases in measured.groupby("pathway", observed=True):
        assert figures[FigureKey("cases", "pathway", str(pathway))] == len(cases)
        assert figures[FigureKey("on_time", "pathway", str(pathway))] == pytest.approx(cases["on_time"].mean())
    assert figures[FigureKey("turnaround", "all", "", "mean")] == pytest.approx(hours.mean())
    assert set(measured["specimen"].unique()) == {"biopsy", "resection"}
