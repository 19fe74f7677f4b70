"""`forrang plan optimise`: the cheapest rosters, people and machines that keep a target, at a stated confidence."""

from pathlib import Path
from typing import Annotated

import typer

from planner.commands.options import (
    Changes,
    Days,
    Jobs,
    Json,
    Keep,
    Report,
    ScenarioName,
    Seed,
    end_as,
    hand_out,
    may_be_written,
    prepared,
    write_new,
)


def optimise(
    scenario: ScenarioName,
    target: Annotated[float, typer.Option(help="Share of cases that shall be on time.", min=0, max=1)] = 0.9,
    confidence: Annotated[float, typer.Option(help="How sure that it is.", min=0.5, max=0.999)] = 0.95,
    pathway: Annotated[
        list[str] | None,
        typer.Option(help="Whose cases; may be given often. The cancer pathways together if left out."),
    ] = None,
    minutes: Annotated[float, typer.Option(help="Time after which only the confirmation is begun.", min=0.1)] = 9.0,
    days: Days = None,
    seed: Seed = None,
    jobs: Jobs = None,
    changes: Changes = None,
    out: Annotated[Path | None, typer.Option(help="Writes the plan as a scenario to this file.")] = None,
    report: Report = None,
    *,
    keep: Keep = True,
    json: Json = False,
) -> None:
    """Looks for the cheapest plan that keeps a target, and confirms it on fresh seeds.

    Exit status 0 also where no plan reaches the target: the answer says so. --json: {target, confidence, reached, sure,
    verdict, best, today, runners_up, front: {words, changes, cost, on_time, state}, cost_change, on_time_change, ...}.
    """
    from planner.commands.records import as_json
    from planner.commands.terminal import RunProgress, note, print_line, show_grids, show_sentences
    from planner.experiments.optimise import Budget
    from planner.experiments.optimise import optimise as search
    from planner.experiments.wording import ON_TIME
    from planner.report.compose import reckoning_page
    from planner.report.page import write_page
    from planner.report.sections_optimise import optimise_section
    from planner.report.story import cancer_pathways
    from planner.scenario.load import change, dump_scenario

    may_be_written(out, report)
    plan, _ = prepared(scenario, changes, days, quiet=json)
    names = tuple(pathway or cancer_pathways(plan))
    with RunProgress("simulations") as progress:
        found = search(
            plan,
            target=target,
            measure=names or ON_TIME,
            confidence=confidence,
            budget=Budget(minutes=minutes),
            jobs=jobs,
            seed=seed,
            on_progress=progress,
        )
    if out:
        write_new(out, dump_scenario(change(plan, found.best.changes)))
        note(f"the plan as a scenario: {out}")
    section = optimise_section(found)
    if report and found.experiment:
        write_page(reckoning_page(found.experiment, section), report)
        note(f"report: {report}")
    kept = hand_out(found.experiment, None, None, keep=keep) if found.experiment else None
    if json:
        fields = (
            "target", "confidence", "reached", "sure", "verdict", "best", "today", "runners_up", "front", "cost_change",
            "on_time_change", "seeds", "spent", "interruption",
        )  # fmt: skip
        print_line(as_json({name: getattr(found, name) for name in fields} | {"kept": kept, "out": out}))
    else:
        show_sentences(section.says)
        show_grids(section.grids)
    end_as(found)
