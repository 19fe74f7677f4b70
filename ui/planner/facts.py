"""A plan in a few figures, for its card: what comes in, who works, how it is set up, and what its check says."""

from dataclasses import dataclass
from functools import lru_cache

from planner.errors import PlannerError
from planner.scenario.check import Finding, check
from planner.scenario.everyday import Opinion, opinion, units, uses_ai
from planner.scenario.load import read_scenario
from planner.scenario.scenario import Scenario

SCANNER = "scanner"
PATHOLOGIST = "pathologist"


@dataclass(frozen=True)
class Read:
    """A plan's text, understood or not."""

    scenario: Scenario | None
    findings: tuple[Finding, ...]
    problem: str
    """What is wrong with it, in words, a line a field; nothing where it can run."""


@dataclass(frozen=True)
class Figures:
    """What a card shows."""

    title: str
    cases_per_week: float
    people: int
    pathologists: int
    scanners: int
    ai: bool
    opinion: Opinion | None
    warnings: int


@lru_cache(maxsize=64)
def read(text: str, where: str = "plan") -> Read:
    """Reads and checks a plan; the same text is looked at once."""
    try:
        scenario = read_scenario(text, where)
        return Read(scenario, check(scenario), "")
    except PlannerError as error:
        return Read(None, (), str(error))


def figures(of: Read) -> Figures | None:
    """The card's figures; None where the plan cannot run."""
    if of.scenario is None:
        return None
    rows = units(of.scenario)

    def heads(name: str) -> int:
        return sum(row.count for row in rows if row.resource == name)

    return Figures(
        of.scenario.title or of.scenario.name,
        sum(stream.per_week.value for stream in of.scenario.arrivals if stream.per_week),
        sum(row.count for row in rows if row.people),
        heads(PATHOLOGIST),
        heads(SCANNER),
        uses_ai(of.scenario),
        opinion(of.scenario),
        sum(finding.level == "warning" for finding in of.findings),
    )
