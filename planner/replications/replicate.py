"""Replications of a scenario: the same numbers on any number of processes or machines, none lost when interrupted."""

import math
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from planner.engine.tables import DONE
from planner.errors import ClusterError, PlannerError, RunError
from planner.measures.figures import FigureKey, Summary
from planner.measures.intervals import Estimate, pool, replications_needed
from planner.replications.cluster import run_on_cluster
from planner.replications.places import run_here
from planner.replications.task import Done, Task, software
from planner.scenario.load import scenario_hash
from planner.scenario.scenario import Scenario

OnProgress = Callable[[int, int, str], None]
"""Replications finished, wanted so far, and what goes on ("" when there is nothing to say)."""
BY_HAND = "it was interrupted"
"""Interruption by Ctrl-C, which is no failure."""
FIRST_ROUND = 5
"""Fewer replications say too little of their own spread to plan a next round by."""


@dataclass(frozen=True)
class Precision:
    """Go on until a figure's t interval is no wider than ± `half_width` (in its unit), or `at_most` are done."""

    key: FigureKey
    half_width: float
    at_most: int = 1_000


@dataclass(frozen=True)
class Experiment:
    """A scenario and its replications, with all that is needed to do them again."""

    scenario: Scenario
    scenario_hash: str
    seed: int
    software: str
    """Forrang's version."""
    engine: str
    """kernel or reference."""
    wanted: int
    """Replications that were asked for; with a precision, those it came to."""
    summaries: tuple[Summary, ...]
    """In order of replication; fewer than wanted where interrupted."""
    interruption: str = ""
    """Why it ended early."""
    precision: Precision | None = None
    started: datetime | None = None
    finished: datetime | None = None
    """UTC."""

    @property
    def interrupted(self) -> bool:
        """Whether replications are missing."""
        return bool(self.interruption)

    @cached_property
    def estimates(self) -> dict[FigureKey, Estimate]:
        """Every figure with its interval."""
        return pool(self.summaries)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of its figures must know, in sentences."""
        notes = []
        if self.interruption:
            notes.append(f"{len(self.summaries)} of {self.wanted} replications were finished: {self.interruption}.")
        if len(self.summaries) == 1:
            notes.append("One replication has no interval: its figures may be luck. Ask for more.")
        notes += [
            f"Replication {summary.replication} was stopped after {summary.events:,} events, the scenario's limit: "
            "it has no figures. See whether work goes round in the process without end, or ask for fewer days."
            for summary in self.summaries
            if summary.status != DONE
        ]
        if self.precision:
            notes.append(self._reached(self.precision))
        return tuple(notes)

    def _reached(self, precision: Precision) -> str:
        what = _named(precision.key)
        reached = self.estimates[precision.key].half_width if precision.key in self.estimates else math.nan
        if math.isnan(reached):
            return f"Precision not reached: {what} has no value, most often since cases are still open at the end."
        enough = "reached" if reached <= precision.half_width else "not reached"
        return (
            f"Precision {enough}: {what} is known to ± {reached:.3g} (± {precision.half_width:g} was asked for) "
            f"after {len(self.summaries)} replications."
        )


def replicate(
    scenario: Scenario,
    replications: int,
    seed: int | None = None,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    precision: Precision | None = None,
    on_progress: OnProgress | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Experiment:
    """Replications 0, 1, 2... of a scenario, on `jobs` processes (None: all cores) or on a Dask cluster.

    With a precision, more are added in rounds until it is reached. Ctrl-C keeps what is finished, as does the loss of
    the cluster. Raises ScenarioError, RunError and ClusterError.
    """
    if precision is None:
        return replicate_all(
            [scenario], replications, seed, jobs=jobs, cluster=cluster, on_progress=on_progress, now=now
        )[0]
    _check_precision(precision)
    started = now()
    run = _Run([scenario], seed, jobs, cluster, on_progress)
    wanted = min(max(replications, FIRST_ROUND), precision.at_most)
    while run.extend_to(wanted):
        more = min(_needed(precision, run.finished[0]), precision.at_most, 2 * wanted)
        if more <= wanted:
            break
        wanted = more
    return run.experiments(wanted, started, now(), precision)[0]


def replicate_all(
    scenarios: Sequence[Scenario],
    replications: int,
    seed: int | None = None,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    on_progress: OnProgress | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Experiment]:
    """The same replications of several scenarios, all with one seed (None: that of the first), hence comparable.

    Interrupted, the last may have no summaries. Raises ScenarioError, RunError and ClusterError.
    """
    started = now()
    run = _Run(scenarios, seed, jobs, cluster, on_progress)
    run.extend_to(replications)
    return run.experiments(replications, started, now(), None)


class _Run:
    """Replications as they come in, by scenario."""

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        seed: int | None,
        jobs: int | None,
        cluster: str | None,
        on_progress: OnProgress | None,
    ) -> None:
        if jobs is not None and jobs < 1:
            raise PlannerError(f"jobs: {jobs} processes cannot work; give 1 or more, or nothing for all cores")
        self.scenarios = scenarios
        self.seed = scenarios[0].seed if seed is None else seed
        self.jobs = jobs
        self.cluster = cluster
        self.on_progress = on_progress
        self.texts = [scenario.model_dump_json() for scenario in scenarios]
        self.finished: list[list[Summary]] = [[] for _ in scenarios]
        self.engine = ""
        self.interruption = ""

    def extend_to(self, wanted: int) -> bool:
        """Runs the replications that are missing; whether all of them were finished."""
        if wanted < 1:
            raise PlannerError(f"replications: {wanted} give no figures; ask for 1 or more")
        tasks = [
            Task(place, text, self.seed, replication, software())
            for place, text in enumerate(self.texts)
            for replication in range(len(self.finished[place]), wanted)
        ]
        answers = self._answers(tasks, wanted)
        try:
            self._say(wanted)
            for done in answers:
                self.finished[done.place].append(done.summary)
                self.engine = done.engine
                self._say(wanted)
        except KeyboardInterrupt as stop:
            with suppress(KeyboardInterrupt):
                answers.throw(stop)
            self._keep(stop, BY_HAND)
        except (ClusterError, RunError) as error:
            self._keep(error, str(error))
        return not self.interruption

    def experiments(
        self, wanted: int, started: datetime, finished: datetime, precision: Precision | None
    ) -> list[Experiment]:
        """What has come in, in the scenarios' order."""
        return [
            Experiment(
                scenario,
                scenario_hash(scenario),
                self.seed,
                software(),
                self.engine,
                wanted,
                tuple(sorted(summaries, key=lambda summary: summary.replication)),
                "" if len(summaries) == wanted else self.interruption,
                precision,
                started,
                finished,
            )
            for scenario, summaries in zip(self.scenarios, self.finished, strict=True)
        ]

    def _answers(self, tasks: Sequence[Task], wanted: int) -> Generator[Done]:
        if self.cluster is not None:
            return run_on_cluster(tasks, self.cluster)
        return run_here(tasks, self.jobs, lambda note: self._say(wanted, note))

    def _say(self, wanted: int, note: str = "") -> None:
        if self.on_progress:
            self.on_progress(sum(map(len, self.finished)), wanted * len(self.scenarios), note)

    def _keep(self, stop: BaseException, reason: str) -> None:
        """Keeps what is finished; where that is nothing, there is only the reason to give."""
        if not any(self.finished):
            raise stop
        self.interruption = reason


def _check_precision(precision: Precision) -> None:
    if not precision.half_width > 0:
        raise PlannerError(f"precision: a half width of {precision.half_width} is never reached; give one above 0")
    if precision.at_most < FIRST_ROUND:
        raise PlannerError(
            f"precision: at most {precision.at_most} replications say too little; give {FIRST_ROUND} or more"
        )


def _needed(precision: Precision, summaries: Sequence[Summary]) -> int:
    """Replications that the precision takes, by the spread so far; 0 where the figure has no value."""
    known = pool(summaries)
    if known and precision.key not in known:
        raise PlannerError(f"precision: there is no figure {_named(precision.key)!r} in this scenario's results")
    if not known or math.isnan(known[precision.key].half_width):
        return 0
    values = [summary.figures.get(precision.key, math.nan) for summary in summaries]
    return replications_needed(values, precision.half_width)


def _named(key: FigureKey) -> str:
    return " ".join(filter(None, key))
