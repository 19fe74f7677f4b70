"""`forrang plan calibrate`, `forecast`, `workforce`: a log measured, today's cases foreseen, the years ahead."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.commands.options import Changes, Jobs, Json, ScenarioName, Seed, may_be_written, prepared, write_new
from planner.errors import PlannerError

if TYPE_CHECKING:
    from planner.calibration.csv_table import LogFinding
    from planner.scenario.scenario import Scenario

MOST_CASES = 40
"""Open cases that the terminal lists; --json has all."""


def calibrate(
    log: Annotated[Path, typer.Argument(help="Event log, CSV: case, step, start, end, resource.", show_default=False)],
    scenario: ScenarioName,
    out: Annotated[Path | None, typer.Option(help="Writes the measured scenario to this file.")] = None,
    held_out_weeks: Annotated[
        int, typer.Option(help="Fits without the log's last weeks too, and foresees them; 0: not.", min=0)
    ] = 2,
    replications: Annotated[int, typer.Option(help="How often the held-out weeks are simulated.", min=2)] = 40,
    seed: Seed = None,
    jobs: Jobs = None,
    *,
    json: Json = False,
) -> None:
    """Measures arrivals and service times from an event log, says how well they fit, and puts them to the test.

    --json: {streams, steps, findings, back_test, out}. Exit status 0 also where the back-test falls short.
    """
    from planner.calibration.back_test import back_test
    from planner.calibration.calibrate import calibrate as fit
    from planner.calibration.event_log import read_event_log
    from planner.commands.records import as_json
    from planner.commands.terminal import note, print_line, show_grids, show_sentences
    from planner.report.tables_ahead import arrival_grid, back_test_grid, step_grid
    from planner.scenario.load import dump_scenario

    may_be_written(out)
    plan, _ = prepared(scenario, None, quiet=json)
    events = read_event_log(log, plan.time_zone)
    found = fit(events, plan)
    if out:
        write_new(out, dump_scenario(found.scenario))
        note(f"measured scenario: {out}")
    test = None
    if held_out_weeks:
        note(f"foreseeing the last {held_out_weeks} weeks from those before ...")
        test = back_test(events, plan, held_out_weeks, replications, seed, jobs=jobs)
    if json:
        tested = {"verdict": test.verdict, "holds": test.holds, "checks": test.checks} if test else None
        record = {"streams": found.streams, "steps": found.steps, "findings": found.findings}
        print_line(as_json(record | {"back_test": tested, "out": out}))
        return
    _show_findings(found.findings)
    show_grids([arrival_grid(found), step_grid(found), *([back_test_grid(test)] if test else [])])
    if test:
        show_sentences([test.verdict])


def forecast(
    scenario: ScenarioName,
    open_cases: Annotated[Path, typer.Argument(help="Open cases, CSV: case, step, received.", show_default=False)],
    now: Annotated[str, typer.Option(help="ISO time the list is of; now if left out.")] = "",
    replications: Annotated[int, typer.Option(help="How often the days ahead are simulated.", min=1)] = 200,
    days: Annotated[int, typer.Option(help="How far to look ahead.", min=1)] = 28,
    seed: Seed = None,
    jobs: Jobs = None,
    changes: Changes = None,
    *,
    json: Json = False,
) -> None:
    """Foresees today's open cases: which will miss their deadline, and when the list clears.

    --json: {now, until, replications, seed, expected_misses {value, low, high}, clears [10%, 50%, 90%], cases,
    findings}; a null time is later than was looked ahead.
    """
    from planner.ahead.forecast import forecast as foresee
    from planner.ahead.open_cases import read_open_cases
    from planner.commands.records import as_json
    from planner.commands.terminal import print_line, show_grids, show_sentences
    from planner.report.tables_ahead import forecast_grid, forecast_sentences

    plan, _ = prepared(scenario, changes, quiet=json)
    moment = _moment(now, plan)
    found = foresee(
        plan, read_open_cases(open_cases, plan, moment), moment, replications, seed, days=days, jobs=jobs
    )  # fmt: skip
    if json:
        fields = ("now", "until", "replications", "seed", "expected_misses", "clears", "cases", "findings")
        print_line(as_json({name: getattr(found, name) for name in fields}))
        return
    _show_findings(found.findings)
    show_sentences(forecast_sentences(found))
    show_grids([forecast_grid(found, MOST_CASES)])


def workforce(
    scenario: ScenarioName,
    plan: Annotated[Path | None, typer.Option(help="YAML file with assumptions that differ from the usual.")] = None,
    years: Annotated[int, typer.Option(help="How many years ahead.", min=1, max=50)] = 10,
    replications: Annotated[int, typer.Option(help="How often the years are simulated.", min=1)] = 1000,
    seed: Seed = None,
    changes: Changes = None,
    *,
    json: Json = False,
) -> None:
    """Years ahead: retirement, recruitment, training and growth, and when capacity falls below demand.

    --json: {resource, years, by_subspecialty, short_from, recruits_needed, assumptions, replications, seed}.
    """
    from planner.ahead.workforce import workforce as follow
    from planner.ahead.workforce_plan import WorkforcePlan, load_workforce_plan
    from planner.commands.records import as_json
    from planner.commands.terminal import print_line, show_grids, show_sentences
    from planner.report.tables_ahead import plan_grid, workforce_grids, workforce_sentences

    department, _ = prepared(scenario, changes, quiet=True)
    found = follow(department, load_workforce_plan(plan) if plan else WorkforcePlan(), years, replications, seed)
    if json:
        fields = ("years", "by_subspecialty", "short_from", "recruits_needed", "replications", "seed")
        record = {"resource": found.plan.resource} | {name: getattr(found, name) for name in fields}
        print_line(as_json(record | {"assumptions": dict(found.plan.assumptions())}))
        return
    show_sentences(workforce_sentences(found))
    show_grids([*workforce_grids(found), plan_grid(found.plan)])


def _show_findings(findings: tuple["LogFinding", ...]) -> None:
    from planner.commands.terminal import note

    for finding in findings:
        note(f"{finding.message}{f' ({finding.count} times)' if finding.count > 1 else ''}")


def _moment(text: str, scenario: "Scenario") -> datetime:
    """A time; local to the scenario where it names no zone. Raises PlannerError."""
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(scenario.time_zone)
    if not text:
        return datetime.now(zone)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise PlannerError(f"--now {text}: write an ISO time such as 2026-03-02T08:15") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
