"""A run as the report sees it: its figures looked up, pooled over pathways, and said."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from planner.measures.figures import OVER, FigureKey, Summary
from planner.measures.intervals import Estimate, estimate
from planner.measures.overload import Growth, growth, without_means
from planner.replications.replicate import Experiment
from planner.report.words import Say, between
from planner.scenario.load_balance import busiest
from planner.scenario.scenario import Scenario

NO_ESTIMATE = Estimate(float("nan"), float("nan"), float("nan"), 0)
CANCER = ("cancer", "kræft", "kraeft")
"""A pathway with one of these in its name or title is a cancer pathway."""


@dataclass(frozen=True)
class Told:
    """One run of a scenario, and its figures looked up and said."""

    experiment: Experiment

    @property
    def scenario(self) -> Scenario:
        """What was simulated."""
        return self.experiment.scenario

    @cached_property
    def summaries(self) -> Sequence[Summary]:
        """The replications that came to their end."""
        return [summary for summary in self.experiment.summaries if summary.figures]

    @cached_property
    def growth(self) -> Growth:
        """Whether more comes in than can be done."""
        return growth(self.experiment.summaries, offered=busiest(self.scenario))

    @cached_property
    def figures(self) -> dict[FigureKey, Estimate]:
        """Every figure with its interval; without the means that do not exist where the backlog grows."""
        found = self.experiment.estimates
        return without_means(found) if self.growth.growing else found

    def get(self, measure: str, by: str = "all", group: str = "", detail: str = "") -> Estimate:
        """A figure; all nan where there is none."""
        return _possible(measure, self.figures.get(FigureKey(measure, by, group, detail), NO_ESTIMATE))

    def place(self, label: str) -> str:
        """A station's or resource's name for people: `Scanners at Herlev`; without the site where there is only one."""
        name, _, site = label.partition(" @ ")
        resource = self.scenario.resources.get(name)
        shown = _short(resource.title) if resource and resource.title else name
        if not site or len(self.scenario.sites) == 1:
            return shown
        return f"{shown} at {_short(self.scenario.sites[site].title) or site}"

    def said(self, say: Say, measure: str, by: str = "all", group: str = "", detail: str = "") -> str:
        """A figure in words with its interval; `over 12 days` where cases that are still open hide it."""
        found, bound = self.get(measure, by, group, detail), self.get(measure, by, group, detail + OVER)
        if np.isnan(found.mean) and not np.isnan(bound.mean):
            return f"over {say(bound.mean)}"
        return between(found, say)

    def groups(self, measure: str, by: str, detail: str = "") -> list[str]:
        """Groups that have the figure, in its own order."""
        return [key.group for key in self.figures if key[:2] == (measure, by) and key.detail == detail]

    def pathway(self, name: str) -> str:
        """A pathway's title, or its name where it has none."""
        return self.scenario.pathways[name].title or name

    @property
    def title(self) -> str:
        """The scenario's title, or its name where it has none."""
        return self.scenario.title or self.scenario.name

    def target(self, name: str) -> float:
        """The share of its cases that a pathway promises to have on time."""
        return self.scenario.pathways[name].target

    @cached_property
    def promised(self) -> list[str]:
        """Pathways that have cases with a deadline."""
        return [
            name for name in self.groups("on_time", "pathway") if np.isfinite(self.get("on_time", "pathway", name).mean)
        ]

    @cached_property
    def cancer(self) -> list[str]:
        """Those of them that are cancer pathways."""
        known = cancer_pathways(self.scenario)
        return [name for name in self.promised if name in known]

    def on_time(self, names: Sequence[str]) -> Estimate:
        """Share on time of all cases of these pathways together."""
        return _possible("on_time", estimate([_share_of_all(summary, names) for summary in self.summaries]))

    def on_time_gain(self, base: "Told", names: Sequence[str]) -> Estimate:
        """How much larger that share is than in another run of the same replications; paired."""
        before = {summary.replication: _share_of_all(summary, names) for summary in base.summaries}
        pairs = [(one, before[one.replication]) for one in self.summaries if one.replication in before]
        return estimate([_share_of_all(one, names) - share for one, share in pairs])

    def met_per_week(self, names: Sequence[str]) -> Estimate:
        """Cases of these pathways that are answered on time, a week."""
        return self._per_week(names, "on_time")

    def cases_per_week(self, names: Sequence[str]) -> Estimate:
        """Cases of these pathways that come in, a week."""
        return self._per_week(names, "")

    def _per_week(self, names: Sequence[str], detail: str) -> Estimate:
        weeks = self.scenario.days / 7
        return estimate([sum(_of(one, "cases", name, detail) for name in names) / weeks for one in self.summaries])

    def week(self, name: str) -> dict[str, npt.NDArray[np.float64]]:
        """`queue_week`, `busy_week` or `rostered_week`, meaned over the replications: (168,) each."""
        weeks: list[dict[str, npt.NDArray[np.float64]]] = [getattr(summary, name) for summary in self.summaries]
        return {key: np.mean([week[key] for week in weeks], axis=0) for key in weeks[0]}


def cancer_pathways(scenario: Scenario) -> list[str]:
    """Names of the pathways that say in their name or title that they are cancer pathways."""
    return [
        name
        for name, pathway in scenario.pathways.items()
        if any(word in f"{name} {pathway.title}".casefold() for word in CANCER)
    ]


def plan_names(runs: Sequence[Told]) -> list[str]:
    """The runs' titles, without what all of them begin with: `Today`, `Two more scanners`."""
    parts = [run.title.split(", ") for run in runs]
    while len(parts) > 1 and all(len(one) > 1 and one[0] == parts[0][0] for one in parts):
        parts = [one[1:] for one in parts]
    names = [", ".join(one) for one in parts]
    return [f"{name[:1].upper()}{name[1:]}" for name in names]


def _short(title: str) -> str:
    """A title without what it says in brackets."""
    return title.split(" (")[0]


def _possible(measure: str, found: Estimate) -> Estimate:
    """The interval cut to what can be: nothing but growth is below zero, and no share of cases is above one."""
    if measure == "backlog":
        return found
    most = 1.0 if measure in ("on_time", "undecided", "unfinished") else float("inf")
    return Estimate(found.mean, float(np.clip(found.low, 0, most)), float(np.clip(found.high, 0, most)), found.n)


def _of(summary: Summary, measure: str, pathway: str, detail: str = "") -> float:
    return summary.figures.get(FigureKey(measure, "pathway", pathway, detail), float("nan"))


def _share_of_all(summary: Summary, names: Sequence[str]) -> float:
    """Cases on time of those that are decided."""
    met, decided = (sum(_of(summary, "cases", name, detail) for name in names) for detail in ("on_time", "decided"))
    return met / decided if decided else float("nan")
