"""`forrang plan optimise`: the cheapest rosters, people and machines that keep a target, at a stated confidence."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    changes_of,
    end_as,
    hand_out,
    may_be_written,
    prepared,
    write_new,
)
from planner.errors import ScenarioError

if TYPE_CHECKING:
    from planner.optimising.search_space import Space
    from planner.scenario.scenario import Scenario

ALL = "all"


def optimise(
    scenario: ScenarioName,
    target: Annotated[float, typer.Option(help="Share of cases that shall be on time.", min=0, max=1)] = 0.9,
    confidence: Annotated[float, typer.Option(help="How sure that it is.", min=0.5, max=0.999)] = 0.95,
    pathway: Annotated[
        list[str] | None,
        typer.Option(
            help="Whose cases; may be given often. The cancer pathways together if left out; “all”: everybody's."
        ),
    ] = None,
    choice: Annotated[
        list[str] | None,
        typer.Option(
            help="A scenario whose way of doing things the plan may take over, such as region-digital-second-opinion; "
            "may be given often. If left out: the ready variants of a ready scenario."
        ),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this may be changed, to these values: resources.scanner.units.0.count=[3,4,5]; may be given "
            "often. If left out: more of whoever is busy, fewer of whoever is not, and other rosters for people."
        ),
    ] = None,
    trials: Annotated[int, typer.Option(help="Plans that the search tries.", min=1)] = 48,
    confirmations: Annotated[int, typer.Option(help="Replications on fresh seeds.", min=2)] = 20,
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
    from planner.experiments.wording import ON_TIME
    from planner.optimising.optimise import Budget
    from planner.optimising.optimise import optimise as search
    from planner.report.compose import reckoning_page
    from planner.report.sections_optimise import optimise_section
    from planner.report.story import cancer_pathways
    from planner.scenario.load import change, dump_scenario

    may_be_written(out, report)
    plan, _ = prepared(scenario, changes, days, quiet=json)
    names = () if pathway == [ALL] else tuple(pathway or cancer_pathways(plan))
    space = [*_space(plan, vary or ()), *_choices(scenario, choice)]
    with RunProgress("simulations") as progress:
        found = search(
            plan,
            target=target,
            measure=names or ON_TIME,
            confidence=confidence,
            space=space,
            budget=Budget(trials, confirmations, minutes),
            jobs=jobs,
            seed=seed,
            on_progress=progress,
        )
    if out:
        write_new(out, dump_scenario(change(plan, found.best.changes)))
        note(f"the plan as a scenario: {out}")
    section = optimise_section(found)
    kept = None
    if found.experiment:
        made = found.experiment
        kept = hand_out(made, (lambda: reckoning_page(made, section)) if report else None, report, keep=keep)
    if json:
        fields = (
            "target", "confidence", "reached", "sure", "verdict", "best", "simpler", "today", "runners_up", "front",
            "cost_change", "on_time_change", "seeds", "spent", "interruption",
        )  # fmt: skip
        files = {"kept": kept, "report": report, "out": out}
        print_line(as_json({name: getattr(found, name) for name in fields} | files))
    else:
        show_sentences(section.says)
        show_grids([grid for grid in section.grids if not grid.folded])
    end_as(found)


def _space(plan: "Scenario", texts: Sequence[str]) -> "Space":
    """What `--vary` names, or else what is found."""
    from planner.optimising.search_space import derive
    from planner.optimising.search_space import vary as knob

    if not texts:
        return derive(plan)
    found = []
    for path, values in changes_of(texts).items():
        if not isinstance(values, list) or not values:
            raise ScenarioError(f"--vary {path}: give its values as a list, such as {path}=[3,4,5]")
        found.append(knob(plan, path, values))
    return tuple(found)


def _choices(scenario: str, names: Sequence[str] | None) -> "Space":
    """Named scenarios as choices; or else ready variants that do more than change people, machines and hours."""
    from planner.optimising.search_space import choice_of
    from planner.scenario.load import load_scenario, ready_variants

    base = load_scenario(scenario)
    if names is not None:
        return tuple(choice_of(base, load_scenario(name)) for name in names)
    found = [choice_of(base, load_scenario(name)) for name in ready_variants(scenario)]
    return tuple(knob for knob in found if not all(path.startswith("resources.") for path in knob.options[1].changes))
