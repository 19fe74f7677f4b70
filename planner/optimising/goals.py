"""What a plan shall reach: the share on time of all cases, of some pathways together, or any other share on time."""

import math
from dataclasses import dataclass

from planner.errors import PlannerError
from planner.experiments.wording import ON_TIME, named
from planner.measures.figures import FigureKey, Summary
from planner.scenario.scenario import Scenario


@dataclass(frozen=True)
class Goal:
    """A share on time that can be looked up in a replication."""

    key: FigureKey = ON_TIME
    pathways: tuple[str, ...] = ()
    """Instead of the key: these pathways' cases together."""

    def of(self, summary: Summary) -> float:
        """The share, 0 to 1; nan where no such case has been decided."""
        if not self.pathways:
            return summary.figures.get(self.key, math.nan)
        met, decided = (
            sum(summary.figures.get(FigureKey("cases", "pathway", name, detail), 0.0) for name in self.pathways)
            for detail in ("on_time", "decided")
        )
        return met / decided if decided else math.nan

    def named(self, scenario: Scenario) -> str:
        """`of the cases of Cancer pathway, breast on time`: what stands behind `90%`."""
        if not self.pathways:
            return "of all cases on time" if self.key == ON_TIME else f"of {named(self.key)}"
        titles = [scenario.pathways[name].title or name for name in self.pathways]
        if len(titles) == 1:
            return f"of the cases of {titles[0]} on time"
        kinds = list(dict.fromkeys(title.split(",")[0] for title in titles))
        return f"of the cases of {len(titles)} pathways on time ({', '.join(kinds)})"


def goal_of(scenario: Scenario, measure: "FigureKey | str | tuple[str, ...]") -> Goal:
    """The goal that a share on time, a pathway or several of them (none: all cases) stand for. Raises PlannerError."""
    if isinstance(measure, FigureKey):
        if measure.measure != "on_time":
            raise PlannerError(f"{named(measure)} cannot be the goal of a plan; a share on time can")
        return Goal(measure)
    names = (measure,) if isinstance(measure, str) else measure
    for name in names:
        if name not in scenario.pathways:
            raise PlannerError(f"there is no pathway {name!r}; there are {', '.join(scenario.pathways)}")
    return Goal(pathways=names)
