"""Kept runs: whole or not at all, read back bit for bit, done again with the same figures, cloned for editing."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner import archive
from planner.archive import FIGURES, REPORT, RUN, SCENARIO, clone, find_run, keep, load_run, rerun, runs
from planner.errors import RunError
from planner.measures.figures import FigureKey
from planner.replications.replicate import Experiment, Precision, replicate
from planner.scenario.load import change, load_scenario
from tests.support.planner_scenarios import single_queue, small_lab

WHEN = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return replicate(small_lab(days=3, warm_up_days=0, follow_up_days=4), 2, jobs=1, now=lambda: WHEN)


def text_of(experiment: Experiment) -> str:
    """Everything in it, in a form in which nan equals nan."""
    with np.printoptions(threshold=10**9):
        return repr(dataclasses.asdict(experiment))


def test_a_kept_run_is_read_back_bit_for_bit(tmp_path: Path, experiment: Experiment) -> None:
    kept = keep(experiment, "<html>", tmp_path)
    assert kept.id == f"2026-03-02T101500Z-small-lab-test-{experiment.scenario_hash[:8]}"
    assert (kept.folder / REPORT).read_text() == "<html>"
    assert text_of(load_run(kept.id, tmp_path)) == text_of(experiment)


def test_a_run_with_a_precision_an_interruption_and_a_stop_is_read_back_too(tmp_path: Path) -> None:
    endless = single_queue(days=30).model_copy(update={"max_events": 1000})
    odd = dataclasses.replace(
        replicate(endless, 2, jobs=1),
        interruption="it was interrupted",
        wanted=9,
        precision=Precision(FigureKey("on_time", "all"), 0.01, 50),
        started=None,
        finished=None,
    )
    assert text_of(load_run(keep(odd, plans=tmp_path).id, tmp_path)) == text_of(odd)


def test_figures_are_a_long_table_that_anybody_can_read(tmp_path: Path, experiment: Experiment) -> None:
    table = pd.read_parquet(keep(experiment, plans=tmp_path).folder / FIGURES)
    assert list(table.columns) == ["replication", "measure", "by", "group", "detail", "value"]
    slides = table[(table.measure == "slides") & (table.replication == 1)]
    assert slides.value.tolist() == [experiment.summaries[1].figures[FigureKey("slides", "all")]]


def test_runs_of_the_same_second_stand_side_by_side_the_newest_first(tmp_path: Path, experiment: Experiment) -> None:
    first, second = keep(experiment, plans=tmp_path), keep(experiment, plans=tmp_path)
    later = keep(dataclasses.replace(experiment, finished=WHEN.replace(year=2027)), plans=tmp_path)
    assert second.id == f"{first.id}-2"
    assert [run.id for run in runs(tmp_path)] == [later.id, second.id, first.id]
    assert runs(tmp_path)[0].headlines["cost"] == pytest.approx(experiment.estimates[FigureKey("cost", "all")].mean)


def test_a_write_that_fails_leaves_nothing_behind(
    tmp_path: Path, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(archive, "curves_table", full)
    with pytest.raises(RunError, match="No space left on device"):
        keep(experiment, plans=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_and_what_is_broken_are_passed_over(tmp_path: Path, experiment: Experiment) -> None:
    kept = keep(experiment, plans=tmp_path)
    (tmp_path / ".partial-x").mkdir()
    (tmp_path / ".partial-x" / RUN).write_text("{}")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / RUN).write_text("{")
    (tmp_path / "empty").mkdir()
    assert [run.id for run in runs(tmp_path)] == [kept.id]


def test_a_run_is_found_by_part_of_its_name(tmp_path: Path, experiment: Experiment) -> None:
    kept = keep(experiment, plans=tmp_path)
    assert find_run(experiment.scenario_hash[:8], tmp_path) == kept
    assert find_run("2026-03-02", tmp_path) == kept
    keep(experiment, plans=tmp_path)
    with pytest.raises(RunError, match="could be"):
        find_run("2026-03-02", tmp_path)
    with pytest.raises(RunError, match=r"no kept run 'x'.*the newest are: 2026"):
        find_run("x", tmp_path)


def test_a_rerun_gives_the_same_figures(tmp_path: Path, experiment: Experiment) -> None:
    again = rerun(keep(experiment, plans=tmp_path).id, tmp_path, jobs=1)
    assert again.different == ()
    assert again.verdict == "All figures of 2 replications are the same again."


def test_a_rerun_by_another_version_says_so_where_figures_differ(tmp_path: Path, experiment: Experiment) -> None:
    kept = keep(experiment, plans=tmp_path)
    about = json.loads((kept.folder / RUN).read_text())
    (kept.folder / RUN).write_text(json.dumps(about | {"software": "0.0.1"}))
    table = pd.read_parquet(kept.folder / FIGURES)
    table.loc[table.measure == "slides", "value"] += 1
    table.to_parquet(kept.folder / FIGURES)
    again = rerun(kept.id, tmp_path, jobs=1)
    assert again.different == (FigureKey("slides", "all"),)
    assert "1 figures differ: it was made by Forrang 0.0.1" in again.verdict


def test_a_kept_scenario_that_was_edited_is_not_rerun(tmp_path: Path, experiment: Experiment) -> None:
    kept = keep(experiment, plans=tmp_path)
    scenario = (kept.folder / SCENARIO).read_text()
    (kept.folder / SCENARIO).write_text(scenario.replace("days: 3\n", "days: 4\n", 1))
    with pytest.raises(RunError, match="was changed since"):
        rerun(kept.id, tmp_path, jobs=1)


def test_a_clone_is_the_scenario_and_overwrites_nothing(tmp_path: Path, experiment: Experiment) -> None:
    kept = keep(experiment, plans=tmp_path / "plans")
    copy = clone(kept.id, tmp_path / "mine.yaml", tmp_path / "plans")
    assert load_scenario(copy) == experiment.scenario
    with pytest.raises(RunError, match="is there already"):
        clone(kept.id, copy, tmp_path / "plans")


def test_runs_are_kept_in_the_home_folder(
    tmp_path: Path, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "hjem"))
    assert runs() == []
    assert keep(experiment).folder.parent == tmp_path / "hjem" / "plans"
    assert len(runs()) == 1


def test_a_name_with_odd_letters_makes_no_odd_folder(tmp_path: Path) -> None:
    odd = change(single_queue(days=1), {"name": "../Århus / nat: 2"})
    kept = keep(replicate(odd, 1, jobs=1, now=lambda: WHEN), plans=tmp_path)
    assert kept.folder.parent == tmp_path
    assert kept.id.startswith("2026-03-02T101500Z-Århus-nat-2-")
    assert load_run(kept.id, tmp_path).scenario.name == "../Århus / nat: 2"
