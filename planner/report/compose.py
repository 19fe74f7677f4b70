"""Puts a report together from what was computed: which sections, in what order, under what headline."""

from collections.abc import Sequence
from dataclasses import replace

from planner.experiments.compare import Comparison
from planner.replications.replicate import Experiment
from planner.report.headline import headline
from planner.report.page import Grid, Page, Section
from planner.report.sections_about import about_sections
from planner.report.sections_ai import ai_sections
from planner.report.sections_cases import (
    HOURS_BY_STAGE,
    ON_TIME_BY_PATHWAY,
    on_time_section,
    stages_section,
    turnaround_section,
)
from planner.report.sections_compare import compare_headline, compare_section, plans_section
from planner.report.sections_house import backlog_section, cost_section, queues_section, resources_section
from planner.report.story import Told, plan_names


def run_page(experiment: Experiment, findings: Sequence[str] = (), without_ai: Experiment | None = None) -> Page:
    """The report of one run. `without_ai`: the same replications, the AI's word not heeded."""
    run = Told(experiment)
    sections = run_sections(run, Told(without_ai) if without_ai else None)
    return Page(
        run.scenario.title or run.scenario.name,
        subtitle(experiment),
        headline(run),
        [*sections, *about_sections(experiment, findings)],
        FOOT,
    )


def compare_page(comparison: Comparison, findings: Sequence[str] = ()) -> Page:
    """The report of a comparison: the plans side by side, each against the base, and the base in full."""
    base = Told(comparison.base)
    runs = [base, *(Told(against.other) for against in comparison.others)]
    first, *others = plan_names(runs)
    between = [
        compare_section(base, against, (first, other), place)
        for place, (other, against) in enumerate(zip(others, comparison.others, strict=True))
    ]
    return Page(
        f"{len(runs)} plans compared",
        subtitle(comparison.base),
        compare_headline(runs),
        [plans_section(runs), *between, *run_sections(base, None), *about_sections(comparison.base, findings)],
        FOOT,
    )


def run_sections(run: Told, without_ai: Told | None) -> list[Section]:
    """All that one run has to say, cases first; nothing where no replication came to its end."""
    if not run.summaries:
        return []
    before = (on_time_section, turnaround_section)
    after = (stages_section, queues_section, resources_section, backlog_section, cost_section)
    return [
        *(section for part in before for section in part(run)),
        *ai_sections(run, without_ai),
        *(section for part in after for section in part(run)),
    ]


def reckoning_page(base: Experiment, section: Section) -> Page:
    """The report of a bottleneck or a sensitivity analysis: its answer, then the base that it varied."""
    run = Told(base)
    return Page(
        f"{section.title}: {run.scenario.title or run.scenario.name}",
        subtitle(base),
        section.says,
        [replace(section, says=()), *run_sections(run, None), *about_sections(base, ())],
        FOOT,
    )


def main_grids(run: Told) -> list[Grid]:
    """The tables that a terminal shows of a run, with the columns that matter most."""
    if not run.summaries:
        return []
    parts = (on_time_section(run), iter(ai_sections(run, None)), stages_section(run), resources_section(run))
    grids = [next(iter(section.grids)) for part in (*parts, cost_section(run)) for section in part]
    shown = {HOURS_BY_STAGE: (0, 1, 3), ON_TIME_BY_PATHWAY: (0, 1, 2, 3, 5)}
    return [grid.columns(*shown[grid.caption]) if grid.caption in shown else grid for grid in grids]


FOOT = "Made by Forrang. Research and operations software: not for clinical use."


def subtitle(experiment: Experiment) -> str:
    """What kind of report, of when."""
    scenario = experiment.scenario
    count = len(experiment.summaries)
    return (
        f"Forrang planner · {scenario.days} simulated days from {scenario.start:%-d %B %Y} · "
        f"{count} replication{'s' if count != 1 else ''}"
    )
