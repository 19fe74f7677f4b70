"""The sections on how far to trust it: warnings, assumptions, and what the run was."""

from collections.abc import Sequence

from planner.replications.replicate import Experiment
from planner.report.assumptions import MARKS, counted, known_numbers
from planner.report.page import Grid, Section
from planner.scenario.scenario import Scenario

MOST_UNFOLDED = 12
TRUST = (
    "An interval says how far chance moves a figure, not how wrong an assumption may be: replace the assumptions that "
    "matter with your own measurements first. The question “Which assumptions matter most?” (`forrang plan "
    "sensitivity`) shows which they are."
)
MODEL = (
    "Each figure is a mean over the replications with its 95% confidence interval (Student's t). A simulation is a "
    "model: it shows what follows from the scenario, no more. For planning; not for clinical use."
)


def about_sections(experiment: Experiment, findings: Sequence[str]) -> list[Section]:
    """Warnings (where there are any), assumptions, the run."""
    return [*_findings(findings), *_assumptions(experiment.scenario), _run(experiment)]


def _findings(findings: Sequence[str]) -> list[Section]:
    if not findings:
        return []
    rows = [(str(number), finding) for number, finding in enumerate(findings, 1)]
    return [
        Section(
            "findings",
            "What the check of the scenario noticed",
            ["The scenario runs as it is. These are worth a look before the figures are relied on."],
            grids=[Grid("Findings", ("", "finding"), rows)],
        )
    ]


def _assumptions(scenario: Scenario) -> list[Section]:
    numbers = known_numbers(scenario)
    if not numbers:
        return []
    counts = counted(numbers)
    assumed = [number for number in numbers if number.mark == "assumed"]
    known = [number for number in numbers if number.mark != "assumed"]
    said = ", ".join(f"{count} {MARKS[mark]}" for mark, count in counts.items())
    grids = [
        Grid(
            f"Assumed numbers ({len(assumed)})",
            ("where in the scenario", "value", "note"),
            [(it.path, it.value, it.source) for it in assumed],
            folded=len(assumed) > MOST_UNFOLDED,
        ),
        Grid(
            f"Numbers with a source ({len(known)})",
            ("where in the scenario", "value", "known", "source"),
            [(it.path, it.value, it.mark, it.source) for it in known],
            folded=True,
        ),
    ]
    return [
        Section(
            "assumptions",
            "What is known and what is assumed",
            [f"Of the scenario's {len(numbers)} marked numbers: {said}.", TRUST],
            grids=[grid for grid in grids if grid.rows],
        )
    ]


def _run(experiment: Experiment) -> Section:
    scenario = experiment.scenario
    rows = [
        ("scenario", f"{scenario.title or scenario.name} ({scenario.name})"),
        ("scenario hash", experiment.scenario_hash),
        ("measured", _days(scenario)),
        ("replications", str(len(experiment.summaries))),
        ("seed", str(experiment.seed)),
        ("events", f"{sum(one.events for one in experiment.summaries):,}"),
        ("engine", experiment.engine),
        ("Forrang", experiment.software),
    ]  # fmt: skip
    if experiment.started and experiment.finished:
        took = (experiment.finished - experiment.started).total_seconds()
        rows.append(("run", f"{experiment.started:%Y-%m-%d %H:%M} UTC, {took:,.0f} s"))
    return Section(
        "run",
        "What was run",
        ["The same scenario, seed and version give the same figures again, on any machine."],
        grids=[Grid("The run", ("", ""), rows)],
        notes=[
            *experiment.notes,
            MODEL,
        ],
    )


def _days(scenario: Scenario) -> str:
    return (
        f"{scenario.days} days, after {scenario.warm_up_days} days of warm-up from {scenario.start}, "
        f"then {scenario.follow_up_days} days of follow-up"
    )
