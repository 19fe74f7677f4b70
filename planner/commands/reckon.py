"""`forrang plan bottleneck` and `sensitivity`: what one unit more does, and which assumptions matter most."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.commands.options import (
    Changes,
    Cluster,
    Days,
    Jobs,
    Json,
    Replications,
    Report,
    ScenarioName,
    Seed,
    end_as,
    may_be_written,
    prepared,
)

if TYPE_CHECKING:
    from planner.experiments.bottleneck import Bottleneck
    from planner.experiments.sensitivity import Sensitivity
    from planner.measures.figures import FigureKey
    from planner.report.page import Section

Pathway = Annotated[str | None, typer.Option(help="Watches this pathway's cases on time instead of all cases'.")]


def bottleneck(
    scenario: ScenarioName,
    replications: Replications = 10,
    pathway: Pathway = None,
    days: Days = None,
    seed: Seed = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    changes: Changes = None,
    report: Report = None,
    *,
    json: Json = False,
) -> None:
    """One person or machine more of each kind: which moves the share on time most.

    --json: {target, tried, verdict}.
    """
    from planner.commands.terminal import RunProgress
    from planner.experiments.bottleneck import bottleneck as find
    from planner.report.sections_reckon import bottleneck_section

    may_be_written(report)
    plan, _ = prepared(scenario, changes, days, quiet=json)
    with RunProgress("replications") as progress:
        found = find(plan, replications, watched(pathway), seed, jobs=jobs, cluster=cluster, on_progress=progress)
    _tell(found, bottleneck_section(found), {"tried": found.tried}, report, json=json)


def sensitivity(
    scenario: ScenarioName,
    replications: Replications = 10,
    pathway: Pathway = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only numbers at such a place, steps.* or costs.*; may be given often.")
    ] = None,
    days: Days = None,
    seed: Seed = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    changes: Changes = None,
    report: Report = None,
    *,
    json: Json = False,
) -> None:
    """Each assumed number a fifth lower and higher: which move the share on time most.

    --json: {target, effects, verdict}.
    """
    from planner.commands.terminal import RunProgress
    from planner.experiments.sensitivity import sensitivity as vary
    from planner.report.sections_reckon import sensitivity_section

    may_be_written(report)
    plan, _ = prepared(scenario, changes, days, quiet=json)
    with RunProgress("replications") as progress:
        found = vary(
            plan, replications, watched(pathway), seed, only=only or (), jobs=jobs, cluster=cluster,
            on_progress=progress,
        )  # fmt: skip
    effects = [
        {
            "path": one.assumption.path, "mark": one.assumption.mark, "source": one.assumption.source,
            "low_value": one.low_value, "high_value": one.high_value, "low": one.low, "high": one.high,
        }
        for one in found.effects
    ]  # fmt: skip
    _tell(found, sensitivity_section(found), {"effects": effects}, report, json=json)


def _tell(
    found: "Bottleneck | Sensitivity",
    section: "Section",
    answers: dict[str, object],
    report: Path | None,
    *,
    json: bool,
) -> None:
    """Writes the page where one is wanted, and says the answer on the terminal or as JSON."""
    from planner.commands.records import as_json
    from planner.commands.terminal import print_line, show_grids, show_sentences
    from planner.report.compose import reckoning_page
    from planner.report.page import write_page

    if report:
        write_page(reckoning_page(found.base, section), report)
    if json:
        about = {"verdict": found.verdict, "interruption": found.interruption, "report": report}
        print_line(as_json({"target": found.target} | answers | about))
    else:
        show_sentences(section.says)
        show_grids(section.grids)
    end_as(found)


def watched(pathway: str | None) -> "FigureKey":
    """The figure that is watched: the share on time."""
    from planner.measures.figures import FigureKey

    return FigureKey("on_time", "pathway", pathway) if pathway else FigureKey("on_time", "all")
