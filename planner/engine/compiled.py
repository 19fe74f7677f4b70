"""A scenario compiled: its tables, and the names of what their rows stand for."""

from dataclasses import dataclass

from planner.engine.tables import Tables
from planner.scenario.scenario import Scenario


@dataclass(frozen=True)
class Station:
    """One line: a step, at one site or anywhere (""), for one subspecialty or all ("")."""

    step: str
    site: str
    subspecialty: str

    @property
    def label(self) -> str:
        """Name for people: `reading breast @ herlev`."""
        where = f" @ {self.site}" if self.site else ""
        return " ".join(filter(None, (self.step, self.subspecialty))) + where


@dataclass(frozen=True)
class Group:
    """A resource at one site."""

    resource: str
    site: str

    @property
    def label(self) -> str:
        """Name for people: `scanner @ herlev`."""
        return f"{self.resource} @ {self.site}"


@dataclass(frozen=True)
class Server:
    """One person or machine: the `number`-th of unit `unit` of a resource."""

    resource: str
    unit: int
    number: int


@dataclass(frozen=True, eq=False)
class Compiled:
    """What the engines and the measures need of a scenario. Rows of `tables` are named by the tuples, in order.

    Two are equal only if they are the same object: what is made ready for one is kept by it.
    """

    scenario: Scenario
    tables: Tables
    steps: tuple[str, ...]
    stages: tuple[str, ...]
    streams: tuple[str, ...]
    sites: tuple[str, ...]
    stations: tuple[Station, ...]
    groups: tuple[Group, ...]
    servers: tuple[Server, ...]
