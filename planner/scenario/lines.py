"""Where work lines up, who may take it, and how long it takes: what the process map says of one stream."""

from typing import NamedTuple

from planner.scenario.demand import Stream
from planner.scenario.process import Delay, Split, Work
from planner.scenario.process_map import ProcessMap
from planner.scenario.quantities import Count, Duration
from planner.scenario.resources import Unit
from planner.scenario.scenario import Scenario

OTHER_SITE = 100
"""Added to a unit's rank at the lines of other sites: it takes those of its own first."""


class Line(NamedTuple):
    """One line: a step, at one site or anywhere (""), for one subspecialty or all ("")."""

    step: str
    site: str
    subspecialty: str


def work_steps(scenario: Scenario) -> dict[str, Work]:
    """The steps at which somebody works, in order."""
    return {name: step for name, step in scenario.steps.items() if isinstance(step, Work)}


def line_of(name: str, step: Work, site: str, stream: Stream) -> Line:
    """The line that a thing of this stream joins at a step, being at a site."""
    return Line(name, "" if step.anywhere else site, stream.subspecialty if step.by_subspecialty else "")


def lines(scenario: Scenario, found: ProcessMap) -> list[Line]:
    """The lines that things can come to: in order of steps, sites, and subspecialties as the streams name them."""
    streams = {stream.name: stream for stream in scenario.arrivals}
    sites = ["", *scenario.sites]
    subspecialties = ["", *dict.fromkeys(stream.subspecialty for stream in scenario.arrivals)]
    return [
        line
        for name, step in work_steps(scenario).items()
        for line in sorted(
            {line_of(name, step, site, streams[stream]) for site, stream in found.streams_at(name)},
            key=lambda line: (sites.index(line.site), subspecialties.index(line.subspecialty)),
        )
    ]


def rank_of(unit: Unit, site: str, subspecialty: str) -> int | None:
    """How near a line is to a unit's own work, 0 the nearest; None if not for it. "" is any site, any subspecialty."""
    elsewhere = site not in ("", unit.site)
    if elsewhere and not unit.remote:
        return None
    if not subspecialty or not unit.skills:
        return OTHER_SITE * elsewhere
    return unit.skills.index(subspecialty) + OTHER_SITE * elsewhere if subspecialty in unit.skills else None


def time_of(step: Work | Delay, stream: Stream) -> Duration:
    """How long the step takes for this stream's cases."""
    return next((rule.time for rule in step.times if rule.when.covers(stream)), step.time)


def count_of(scenario: Scenario, step: Split, stream: Stream) -> Count:
    """Into how many the step splits a thing of this stream's cases."""
    specimen = scenario.specimens[stream.specimen]
    usual = {
        "specimen": specimen.specimens_per_case,
        "block": specimen.blocks_per_specimen,
        "slide": specimen.slides_per_block,
    }
    return step.count or usual[step.into]
