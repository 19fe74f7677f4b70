"""`forrang plan run` and `compare`: scenarios simulated, and the answer as words, tables, JSON, HTML and Parquet."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.commands.options import (
    Changes,
    Cluster,
    Days,
    Jobs,
    Json,
    Keep,
    Replications,
    Report,
    ScenarioName,
    Seed,
    end_as,
    hand_out,
    may_be_written,
    prepared,
    sentence,
)
from planner.errors import ScenarioError

if TYPE_CHECKING:
    from planner.replications.replicate import Experiment


def run(
    scenario: ScenarioName,
    replications: Replications = 20,
    days: Days = None,
    seed: Seed = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    precision: Annotated[
        float | None, typer.Option(help="Goes on until the share on time is known to ± this, such as 0.01.", min=1e-6)
    ] = None,
    changes: Changes = None,
    report: Report = None,
    records: Annotated[Path | None, typer.Option(help="Writes every case, a row each, to this Parquet file.")] = None,
    *,
    keep: Keep = True,
    json: Json = False,
) -> None:
    """Simulates a scenario: who is on time, where it is held up, what it costs, each with its interval.

    Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted (what was finished is shown).
    """
    from planner.commands.case_file import write_cases
    from planner.commands.records import as_json, run_record
    from planner.commands.terminal import RunProgress, note, print_line, show_grids, show_sentences
    from planner.measures.figures import FigureKey
    from planner.replications.replicate import Precision, replicate
    from planner.report.compose import main_grids, run_page
    from planner.report.headline import headline
    from planner.report.story import Told

    may_be_written(report, records)
    plan, findings = prepared(scenario, changes, days, quiet=json)
    goal = Precision(FigureKey("on_time", "all"), precision) if precision else None
    with RunProgress("replications") as progress:
        done = replicate(plan, replications, seed, jobs=jobs, cluster=cluster, precision=goal, on_progress=progress)
    twin = _without_ai(done, jobs, cluster) if report else None
    page = (lambda: run_page(done, [sentence(finding) for finding in findings], twin)) if report else None
    kept = hand_out(done, page, report, keep=keep)
    if records:
        with RunProgress("replications written") as progress:
            write_cases(done, records, progress)
        note(f"cases: {records}")
    told = Told(done)
    if json:
        files = {"kept": kept, "report": report, "records": records}
        print_line(as_json(run_record(done, headline(told), findings) | files))
    else:
        show_sentences([plan.title or plan.name], style="bold")
        show_sentences(headline(told))
        show_grids(main_grids(told))
        show_sentences(done.notes)
    end_as(done)


def compare(
    base: ScenarioName,
    variants: Annotated[list[str] | None, typer.Argument(help="Scenarios to compare it with.")] = None,
    replications: Replications = 20,
    days: Days = None,
    seed: Seed = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    changed: Annotated[
        list[str] | None,
        typer.Option("--with", help="Compares with the base so changed: resources.scanner.units.0.count=6."),
    ] = None,
    changes: Changes = None,
    report: Report = None,
    *,
    keep: Keep = True,
    json: Json = False,
) -> None:
    """Compares scenarios on the same cases: what differs, how surely, and why. --set changes all of them alike."""
    from planner.commands.records import as_json, comparison_record
    from planner.commands.terminal import RunProgress, note, print_line, show_grids, show_sentences
    from planner.experiments.compare import compare as compare_runs
    from planner.replications.replicate import replicate_all
    from planner.report.compose import compare_page
    from planner.report.sections_compare import compare_headline, plans_section
    from planner.report.story import Told, plan_names
    from planner.scenario.load import change

    may_be_written(report)
    plan, findings = prepared(base, changes, days, quiet=json)
    plans = [plan, *(prepared(name, changes, days, quiet=json)[0] for name in variants or [])]
    if changed:
        varied, _ = prepared(base, [*(changes or []), *changed], days, quiet=json)
        names = {"name": f"{plan.name}-changed", "title": f"{plan.title or plan.name}, changed"}
        plans.append(change(varied, names))
    if len(plans) < 2:
        raise ScenarioError("compare: name a second scenario, or a change of the first: --with path=value")
    with RunProgress("replications") as progress:
        runs = replicate_all(plans, replications, seed, jobs=jobs, cluster=cluster, on_progress=progress)
    begun = [one for one in runs if one.summaries]
    comparison = compare_runs(begun[0], begun[1:])
    page = (lambda: compare_page(comparison, [sentence(finding) for finding in findings])) if report else None
    kept = [hand_out(begun[0], page, report, keep=keep), *(hand_out(one, None, None, keep=keep) for one in begun[1:])]
    if json:
        print_line(as_json(comparison_record(comparison) | {"kept": kept, "report": report}))
    else:
        told = [Told(one) for one in begun]
        show_sentences(compare_headline(told))
        show_grids(plans_section(told).grids)
        for title, against in zip(plan_names(told)[1:], comparison.others, strict=True):
            show_sentences([f"{title}: why"], style="bold")
            show_sentences(against.verdict)
    if len(begun) < len(runs):
        note("not begun when it ended: " + ", ".join(one.scenario.name for one in runs if not one.summaries))
    end_as(*runs)


def _without_ai(done: "Experiment", jobs: int | None, cluster: str | None) -> "Experiment | None":
    """The same replications with the AI's word not heeded; none where it has no say, or the run was cut short."""
    from planner.commands.terminal import RunProgress
    from planner.measures.ai_effect import without_ai
    from planner.replications.replicate import replicate

    twin = without_ai(done.scenario)
    if done.scenario.ai is None or twin == done.scenario or done.interrupted:
        return None
    with RunProgress("replications without AI, to compare") as progress:
        return replicate(twin, len(done.summaries), done.seed, jobs=jobs, cluster=cluster, on_progress=progress)
