"""A day in a small department, told in minutes: what a test lets come, and what the reference engine made of it."""

from dataclasses import dataclass
from typing import Any

from planner.engine.compile import compile_scenario
from planner.engine.compiled import Compiled
from planner.engine.futures import draw_futures
from planner.engine.reference import simulate_reference
from planner.engine.tables import Futures, Outcome
from planner.scenario.scenario import Scenario

MINUTE = 60_000
WORDS = ("stay", "start", "end", "leave", "interrupted")


@dataclass(frozen=True)
class Day:
    """A scenario played once by the reference, with its trace."""

    compiled: Compiled
    futures: Futures
    outcome: Outcome

    def story(self, step: str, *words: str) -> list[tuple[float, str]]:
        """(minutes, word) of what happened at a step, of these words if any are given."""
        return [
            (row[0] / MINUTE, WORDS[row[1]])
            for row in self.outcome.trace.tolist()
            if row[2] == self.compiled.steps.index(step) and (not words or WORDS[row[1]] in words)
        ]

    def cases(self, word: str, step: str) -> list[int]:
        """Cases by number in the order in which that happened to them at a step."""
        numbers = {int(key.astype("int64")): number for number, key in enumerate(self.futures.case_key)}
        rows = self.outcome.trace.tolist()
        return [numbers[row[4]] for row in rows if row[2] == self.compiled.steps.index(step) and WORDS[row[1]] == word]

    @property
    def done(self) -> list[float]:
        """Minutes of sign-out by case; of the open ones a negative number."""
        return [ms / MINUTE for ms in self.outcome.case_done.tolist()]

    def wait(self, stage: str) -> list[float]:
        """Minutes waited in a stage by case, on the way that decided."""
        return [row[self.compiled.stages.index(stage)] / MINUTE for row in self.outcome.case_wait.tolist()]

    def work(self, stage: str) -> list[float]:
        """Minutes worked in a stage by case, on the way that decided."""
        return [row[self.compiled.stages.index(stage)] / MINUTE for row in self.outcome.case_work.tolist()]

    def busy(self, resource: str) -> float:
        """Minutes worked by a resource."""
        return self._sum(self.outcome.group_busy, resource)

    def overtime(self, resource: str) -> float:
        """Minutes of overtime of a resource."""
        return self._sum(self.outcome.group_overtime, resource)

    def _sum(self, table: Any, resource: str) -> float:
        rows = [row for row, group in enumerate(self.compiled.groups) if group.resource == resource]
        return float(table[rows].sum()) / MINUTE


def a_day(
    steps: dict[str, Any], came: dict[str, list[float]] | list[float], resources: dict[str, Any], **more: Any
) -> Day:
    """Plays a scenario of one day: `came` are minutes of arrival, of one stream or by stream.

    Streams carry the pathway of their name where there is one.
    """
    streams = came if isinstance(came, dict) else {"routine": came}
    pathways = more.pop("pathways", {"routine": {}, "urgent": {"priority": 1}})
    about = more.pop("streams", {})
    scenario = Scenario.model_validate(
        {
            "name": "a-day",
            "country": None,
            "time_zone": "UTC",
            "days": 1,
            "warm_up_days": 0,
            "follow_up_days": 0,
            "pathways": pathways,
            "arrivals": [
                {
                    "name": name,
                    "pathway": name if name in pathways else "routine",
                    "replay_hours": [minute / 60 for minute in minutes],
                    **about.get(name, {}),
                }
                for name, minutes in streams.items()
            ],
            "resources": resources,
            "steps": steps,
            **more,
        }
    )
    compiled = compile_scenario(scenario)
    futures = draw_futures(compiled, seed=1, replication=0)
    return Day(compiled, futures, simulate_reference(compiled.tables, futures, scenario.max_events, trace=True))


def minutes(value: float) -> dict[str, Any]:
    """Exactly so many minutes."""
    return {"kind": "constant", "value": value}


def people(count: int = 1, **resource: Any) -> dict[str, Any]:
    """So many alike."""
    roster = resource.pop("roster", "always")
    return {"units": [{"count": count, "roster": roster}], **resource}
