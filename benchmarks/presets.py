"""What each ready policy does to the on-time share and to waits, for flagged cases and for all others.

    python -m benchmarks.presets [--replications 5]

The planner simulates its ready scenario `small-lab` and says which cases come when to be read, what the AI answers and
how long each takes to read. A reading room then works through these same cases once for every policy: whoever is free
reads the first case of the list, as `worklist.priority` orders it at that moment. So the rule that is tried is the
list's own, and not the planner's `order: ai`, which gives flagged cases a head start by the clock, knows no deadline
and protects nobody. Reading is what is compared; immunostains and second readings are left out.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from heapq import heapify, heappop, heappush
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.conditions import as_text, conditions, write_results
from planner.engine.compile import compile_scenario
from planner.engine.compiled import Compiled
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.measures.intervals import Estimate, estimate
from planner.measures.records import case_records
from planner.scenario.load import change, load_scenario
from worklist.calendar import WorkingCalendar, working_time
from worklist.priority.order import Standing, in_order
from worklist.priority.policy import Policy, load_policy

SEED: Final = 20_261_122
PARTS: Final = ("forrang", "numpy", "pandas")
CALENDAR: Final = WorkingCalendar()
POLICIES: Final = ("clinical-only", "ai-raised", "forecast-raised")
"""`shadow` is the order of clinical-only, by a test of its own."""
AI: Final = {
    "sensitivity": 0.95,
    "false_positive_fraction": 0.1,
    "unscored": 0.1,
    "failed": 0.01,
    "source": "Assumed; replace by your model's own figures",
}
PREVALENCE: Final = {"biopsy-cancer": 0.4, "biopsy-routine": 0.1, "resection-cancer": 0.8, "resection-routine": 0.1}
"""Share of diseased cases by stream. A."""
READERS: Final = (0.9, 0.9, 0.54)
"""The chance that each of the three is there on a working day: absence and a part-time post, as in the scenario. A."""
SESSIONS: Final = ((time(10), time(12)), (time(12, 30), time(15)))
"""Half an hour less a day than in the scenario, so that there is a queue to put in order. A."""
SITUATIONS: Final = {"usual weeks": range(0), "with two short weeks": range(30, 44)}
"""Days from the start on which each reader is there half as often, such as holidays: what long queues come from. A."""
BEFORE_READING: Final = (
    *("reception", "fixation", "cut-up", "processing", "microtomy", "staining", "scanning", "quality-check"),
)
DAYS: Final = 60
GROUPS: Final = ("all", "flagged", "others", "diseased, not flagged")
BUCKET_HOURS: Final = 4


@dataclass(frozen=True)
class Arriving:
    """A case that comes to be read."""

    standing: Standing
    ready_utc: datetime
    minutes: float
    """That its reading takes."""
    diseased: bool
    measured: bool


@dataclass(frozen=True)
class Read:
    """A case that was read."""

    case: Arriving
    begun_utc: datetime
    done_utc: datetime

    @property
    def on_time(self) -> bool:
        """Whether it was read by its deadline."""
        return self.done_utc <= self.case.standing.deadline_utc

    @property
    def wait_hours(self) -> float:
        """Working hours between its coming to be read and its reading."""
        return working_time(self.case.ready_utc, self.begun_utc, CALENDAR).total_seconds() / 3600


Found = dict[tuple[str, str], list[dict[str, float]]]
"""Figures of each replication, by situation and policy."""
Chance = Callable[[Standing, datetime], float | None]
"""The forecast chance that a case is late; None where there is no forecast."""


def main() -> None:
    """Simulates, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=5)
    replications = parser.parse_args().replications
    about = conditions("benchmarks.presets", PARTS)
    lab = _lab()
    found: Found = {(situation, name): [] for situation in SITUATIONS for name in POLICIES}
    for situation, short in SITUATIONS.items():
        seen = read_all(_cases(lab, replications), _shifts(replications, short), load_policy(POLICIES[0], CALENDAR))
        forecast = partial(_chance, _late_shares(seen))
        for replication in range(replications):
            cases, shifts = _cases(lab, replication), _shifts(replication, short)
            for name in POLICIES:
                policy = load_policy(name, CALENDAR)
                read = read_all(cases, shifts, policy, forecast if policy.uses_forecast else None)
                found[situation, name].append(figures(read))
    table = _table(found, replications, as_text(about))
    print(table)
    write_results(
        "presets",
        table,
        {"conditions": about.model_dump(), "figures": {", ".join(key): runs for key, runs in found.items()}},
    )


def read_all(
    cases: Sequence[Arriving],
    shifts: Iterable[tuple[datetime, datetime, int]],
    policy: Policy,
    chance: Chance | None = None,
) -> list[Read]:
    """Has all cases read in these shifts (start, end, reader), each time the first of the list by the policy."""
    free = [(start, number, end) for number, (start, end, _) in enumerate(shifts)]
    heapify(free)
    coming = sorted(cases, key=lambda it: it.ready_utc, reverse=True)
    there: dict[int, Arriving] = {}
    read = []
    while free and (coming or there):
        now, shift, end = heappop(free)
        while coming and coming[-1].ready_utc <= now:
            it = coming.pop()
            there[it.standing.case_id] = it
        if not there:
            if coming and coming[-1].ready_utc < end:
                heappush(free, (coming[-1].ready_utc, shift, end))
            continue
        case = there.pop(_first(there.values(), now, policy, chance))
        done = now + timedelta(minutes=case.minutes)
        read.append(Read(case, now, done))
        if done < end:
            heappush(free, (done, shift, end))
    return read


def _first(there: Iterable[Arriving], now: datetime, policy: Policy, chance: Chance | None) -> int:
    """Which case the list has first."""
    standings = sorted(
        (it.standing for it in there),
        key=lambda it: (it.deadline_utc, it.urgency, it.received_utc, it.accession_number),
    )
    placed = (
        Standing(
            place,
            it.case_id,
            it.accession_number,
            it.deadline_utc,
            it.urgency,
            it.received_utc,
            it.flag_score,
            chance(it, now) if chance else None,
        )
        for place, it in enumerate(standings, start=1)
    )
    order = in_order(placed, now, policy)
    return next(order).standing.case_id


def figures(read: Sequence[Read]) -> dict[str, float]:
    """On-time shares in %, mean, 95th percentile and longest wait in working hours, by group; of the counted cases."""
    told: dict[str, float] = {}
    for group in GROUPS:
        of_group = [it for it in read if it.case.measured and _is_of(it.case, group)]
        waits = np.array([it.wait_hours for it in of_group])
        told[f"{group}: cases"] = len(of_group)
        told[f"{group}: on time"] = 100 * float(np.mean([it.on_time for it in of_group]))
        told[f"{group}: mean wait"] = float(waits.mean())
        told[f"{group}: 95% wait"] = float(np.percentile(waits, 95))
        told[f"{group}: longest wait"] = float(waits.max())
    return told


def _is_of(case: Arriving, group: str) -> bool:
    flagged = case.standing.flag_score is not None
    return {"all": True, "flagged": flagged, "others": not flagged}.get(group, case.diseased and not flagged)


def _lab() -> Compiled:
    changes: dict[str, object] = {"ai": AI, "days": DAYS}
    changes |= {f"arrivals.{name}.prevalence": {"value": share} for name, share in PREVALENCE.items()}
    return compile_scenario(change(load_scenario("small-lab"), changes))


def _cases(lab: Compiled, replication: int) -> list[Arriving]:
    futures = draw_futures(lab, SEED, replication)
    table = case_records(lab, futures, simulate(lab, futures), replication).dropna(subset=["wait reading"])
    before = table[[f"{what} {stage}" for what in ("wait", "work") for stage in BEFORE_READING]].sum(axis=1)
    rng = np.random.default_rng([SEED, replication])
    scores = np.where(table["diseased"], rng.uniform(0.7, 1, len(table)), rng.uniform(0.5, 0.9, len(table)))
    rows = zip(table.itertuples(), before, scores, table["work reading"], strict=True)
    return [_arriving(row, hours, float(score), 60 * work) for row, hours, score, work in rows]


def _arriving(row: Any, hours: float, score: float, minutes: float) -> Arriving:
    received = pd.Timestamp(row.received).to_pydatetime()
    standing = Standing(
        clinical_place=0,
        case_id=row.case,
        accession_number=f"{row.case:06}",
        deadline_utc=pd.Timestamp(row.deadline).to_pydatetime(),
        urgency=2 if row.pathway == "cancer" else 3,
        received_utc=received,
        flag_score=score if row.ai == "flagged" else None,
    )
    return Arriving(standing, received + timedelta(hours=hours), minutes, bool(row.diseased), bool(row.measured))


def _shifts(replication: int, short: range) -> list[tuple[datetime, datetime, int]]:
    """Who reads when: the same for every policy."""
    rng = np.random.default_rng([SEED, replication, 1])
    start = load_scenario("small-lab").start
    days = ((start + timedelta(days=step), 0.5 if step in short else 1) for step in range(DAYS + 60))
    return [
        (_instant(day, opens), _instant(day, closes), reader)
        for day, share in days
        if CALENDAR.is_working_day(day)
        for reader, chance in enumerate(READERS)
        if rng.random() < chance * share
        for opens, closes in SESSIONS
    ]


def _instant(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, CALENDAR.zone).astimezone(UTC)


def _late_shares(read: Sequence[Read]) -> dict[int, float]:
    """Of the cases that waited with so much time left, the share that was late: what stands in for a forecast.

    Learnt from a replication that is not compared, at noon of each day of a case's wait.
    """
    late: Counter[int] = Counter()
    seen: defaultdict[int, int] = defaultdict(int)
    for it in read:
        moment = it.case.ready_utc
        while moment <= it.begun_utc:
            bucket = _bucket(it.case.standing, moment)
            seen[bucket] += 1
            late[bucket] += not it.on_time
            moment += timedelta(hours=12)
    return {bucket: late[bucket] / count for bucket, count in seen.items()}


def _chance(shares: dict[int, float], it: Standing, now: datetime) -> float | None:
    return shares.get(_bucket(it, now))


def _bucket(it: Standing, now: datetime) -> int:
    return round(working_time(now, it.deadline_utc, CALENDAR) / timedelta(hours=BUCKET_HOURS))


def _table(found: Found, replications: int, footnote: str) -> str:
    lines = [
        "# What each ready policy does, both sides",
        "",
        f"Scenario `small-lab`, {DAYS} days counted, {replications} replications; the same cases and readers for each",
        "policy. Means with 95% t intervals; in brackets the change against clinical-only, on pairs, where it is more",
        "than chance. Waits in working hours, from coming to be read to being read.",
        "",
        "| weeks | policy | group | cases | on time % | mean wait | 95% wait less than | longest wait |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for (situation, name), runs in found.items():
        base = found[situation, POLICIES[0]]
        for group in GROUPS:
            cells = [
                _cell([it[f"{group}: {what}"] for it in runs], [it[f"{group}: {what}"] for it in base])
                for what in ("on time", "mean wait", "95% wait", "longest wait")
            ]
            cases = np.mean([it[f"{group}: cases"] for it in runs])
            lines.append(f"| {situation} | {name} | {group} | {cases:.0f} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", footnote])


def _cell(values: list[float], base: list[float]) -> str:
    change = estimate([after - before for after, before in zip(values, base, strict=True)])
    told = _words(estimate(values))
    return f"{told} ({change.mean:+.1f})" if change.excludes_zero and change.mean else told


def _words(found: Estimate) -> str:
    return f"{found.mean:.1f} ({found.low:.1f} to {found.high:.1f})"


if __name__ == "__main__":
    main()
