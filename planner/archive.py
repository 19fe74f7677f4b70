"""Every run is kept: a folder with its scenario, seed, version and figures, to be read, rerun and cloned."""

import errno
import json
import math
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import structlog

from planner.errors import RunError
from planner.measures.figures import FigureKey
from planner.replications.long_tables import curves_table, figures_table, summaries_of
from planner.replications.replicate import Experiment, OnProgress, Precision, replicate
from planner.scenario.load import dump_scenario, load_scenario, scenario_hash

log = structlog.get_logger(__name__)

SCENARIO, RUN, FIGURES, CURVES, REPORT = "scenario.yaml", "run.json", "figures.parquet", "curves.parquet", "report.html"
PARTIAL = ".partial-"
"""Begins the name of a folder that is being written; one left behind by a killed process is no run."""
_HEADLINES = (
    FigureKey("on_time", "all"),
    FigureKey("turnaround", "all", "", "p50"),
    FigureKey("turnaround", "all", "", "p90"),
    FigureKey("backlog", "all", "", "mean"),
    FigureKey("cost", "all"),
)


@dataclass(frozen=True)
class KeptRun:
    """A kept run as the list shows it."""

    id: str
    """Name of its folder."""
    folder: Path
    scenario: str
    scenario_hash: str
    seed: int
    replications: int
    software: str
    """Version of Forrang that made it."""
    finished: datetime | None
    headlines: dict[str, float]
    """A few figures' means by name; those with no value are left out."""


@dataclass(frozen=True)
class Rerun:
    """A kept run done again."""

    kept: Experiment
    experiment: Experiment
    compared: int
    """Replications that both have: fewer than were kept where the rerun was interrupted."""
    different: tuple[FigureKey, ...]
    """Figures that are not the same to the last bit in every replication."""

    @property
    def verdict(self) -> str:
        """Whether the figures are the same, in a sentence."""
        if not self.different:
            return f"All figures of {self.compared} replications are the same again."
        why = (
            f": it was made by Forrang {self.kept.software}, and this is {self.experiment.software}"
            if self.kept.software != self.experiment.software
            else ", though the version is the same: the kept files or the program were changed"
        )
        return f"{len(self.different)} figures differ{why}."


def plans_folder() -> Path:
    """Where runs are kept: `$FORRANG_HOME/plans`, by default `~/.forrang/plans`."""
    return Path(os.environ.get("FORRANG_HOME") or "~/.forrang").expanduser().absolute() / "plans"


def keep(experiment: Experiment, report: str | None = None, plans: Path | None = None) -> KeptRun:
    """Keeps a run, whole or not at all; `report` is its HTML. Raises RunError where it cannot be written."""
    plans = plans or plans_folder()
    when = experiment.finished or datetime.now(UTC)
    name = re.sub(r"[^\w-]+", "-", experiment.scenario.name).strip("-")[:60] or "scenario"
    wanted = f"{when.astimezone(UTC):%Y-%m-%dT%H%M%SZ}-{name}-{experiment.scenario_hash[:8]}"
    try:
        plans.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=plans))
        try:
            _write(experiment, report, partial)
            partial.chmod(0o755)
            return _described(_move(partial, plans, wanted))
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise RunError(
            f"{plans}: the run cannot be kept ({error}); make room, or set FORRANG_HOME to another folder"
        ) from error


def runs(plans: Path | None = None) -> list[KeptRun]:
    """The kept runs, the newest first; what cannot be read is passed over, and said in the log."""
    folder = plans or plans_folder()
    found = [path for path in folder.glob("*") if not path.name.startswith(PARTIAL) and (path / RUN).is_file()]
    kept = []
    for path in sorted(found, key=lambda path: path.name, reverse=True):
        try:
            kept.append(_described(path))
        except RunError as error:
            log.warning("a kept run is passed over", reason=str(error))
    return kept


def find_run(run_id: str, plans: Path | None = None) -> KeptRun:
    """The kept run with this id, or the only one whose id begins or ends so. Raises RunError."""
    kept = runs(plans)
    alike = [run for run in kept if run.id == run_id] or [
        run for run in kept if run.id.startswith(run_id) or run.id.endswith(run_id)
    ]
    if len(alike) == 1:
        return alike[0]
    if alike:
        raise RunError(f"run {run_id!r} could be {' or '.join(run.id for run in alike[:5])}; give more of the name")
    there = ", ".join(run.id for run in kept[:5]) or "none yet"
    raise RunError(f"no kept run {run_id!r} in {plans or plans_folder()}; the newest are: {there}")


def load_run(run_id: str, plans: Path | None = None) -> Experiment:
    """A kept run as it was, every figure and curve. Raises RunError, and ScenarioError where its scenario is broken."""
    folder = find_run(run_id, plans).folder
    about = _about(folder)
    try:
        summaries = summaries_of(
            about["replications"], pd.read_parquet(folder / FIGURES), pd.read_parquet(folder / CURVES)
        )
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"{folder.name}: its figures cannot be read ({error}); run its {SCENARIO} again") from error
    precision = about["precision"]
    return Experiment(
        load_scenario(folder / SCENARIO),
        about["scenario_hash"],
        about["seed"],
        about["software"],
        about["engine"],
        about["wanted"],
        summaries,
        about["interruption"],
        precision and Precision(FigureKey(*precision["key"]), precision["half_width"], precision["at_most"]),
        _moment(about["started"]),
        _moment(about["finished"]),
    )


def rerun(
    run_id: str,
    plans: Path | None = None,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    on_progress: OnProgress | None = None,
) -> Rerun:
    """Does a kept run again and compares all figures. Raises as `load_run` and `replicate`."""
    kept = load_run(run_id, plans)
    if scenario_hash(kept.scenario) != kept.scenario_hash:
        raise RunError(f"{run_id}: its {SCENARIO} was changed since; copy it with clone, and run the copy")
    count = max((summary.replication for summary in kept.summaries), default=0) + 1
    again = replicate(kept.scenario, count, kept.seed, jobs=jobs, cluster=cluster, on_progress=on_progress)
    now = {summary.replication: summary.figures for summary in again.summaries}
    pairs = [(summary.figures, now[summary.replication]) for summary in kept.summaries if summary.replication in now]
    different = {
        key
        for before, after in pairs
        for key in before.keys() | after.keys()
        if not _same(before.get(key), after.get(key))
    }
    return Rerun(kept, again, len(pairs), tuple(sorted(different)))


def clone(run_id: str, to: Path, plans: Path | None = None) -> Path:
    """Copies a kept run's scenario to a new file, to be edited. Raises RunError where the file is there already."""
    source = find_run(run_id, plans).folder / SCENARIO
    try:
        with to.open("x", encoding="utf-8") as target:
            target.write(source.read_text("utf-8"))
    except FileExistsError as error:
        raise RunError(f"{to} is there already; choose another name") from error
    except OSError as error:
        raise RunError(f"{to} cannot be written: {error}") from error
    return to


def _write(experiment: Experiment, report: str | None, folder: Path) -> None:
    headlines = {
        "_".join(filter(None, (key.measure, key.detail))): experiment.estimates[key].mean
        for key in _HEADLINES
        if key in experiment.estimates and math.isfinite(experiment.estimates[key].mean)
    }
    precision = experiment.precision
    about = {
        "scenario": experiment.scenario.name,
        "scenario_hash": experiment.scenario_hash,
        "seed": experiment.seed,
        "software": experiment.software,
        "engine": experiment.engine,
        "started": experiment.started and experiment.started.isoformat(),
        "finished": experiment.finished and experiment.finished.isoformat(),
        "wanted": experiment.wanted,
        "interruption": experiment.interruption,
        "precision": precision
        and {"key": precision.key, "half_width": precision.half_width, "at_most": precision.at_most},
        "replications": [
            {"replication": summary.replication, "status": summary.status, "events": summary.events}
            for summary in experiment.summaries
        ],
        "headlines": headlines,
        "notes": experiment.notes,
    }
    (folder / SCENARIO).write_text(dump_scenario(experiment.scenario), "utf-8")
    (folder / RUN).write_text(json.dumps(about, indent=2), "utf-8")
    figures_table(experiment.summaries).to_parquet(folder / FIGURES, index=False)
    curves_table(experiment.summaries).to_parquet(folder / CURVES, index=False)
    if report is not None:
        (folder / REPORT).write_text(report, "utf-8")


def _move(partial: Path, plans: Path, wanted: str) -> Path:
    """Gives the finished folder its name; another run of the same second gets a number."""
    for number in range(1, 1_000):
        try:
            return partial.rename(plans / (wanted if number == 1 else f"{wanted}-{number}"))
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
    raise RunError(f"{plans}: {wanted} and 999 others are there already")


def _described(folder: Path) -> KeptRun:
    about = _about(folder)
    return KeptRun(
        folder.name,
        folder,
        about["scenario"],
        about["scenario_hash"],
        about["seed"],
        len(about["replications"]),
        about["software"],
        _moment(about["finished"]),
        about["headlines"],
    )


def _about(folder: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads((folder / RUN).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{folder}: {RUN} cannot be read ({error}); remove the folder") from error
    return about


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _same(before: float | None, after: float | None) -> bool:
    return before == after or (before is not None and after is not None and math.isnan(before) and math.isnan(after))
