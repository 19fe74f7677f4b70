"""What the planner's commands share: options, reading a scenario with changes, handing out what came of it.

Nothing that is slow to load is loaded here before a command runs: `forrang --help` reads this file too.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from planner.errors import RunError, ScenarioError

if TYPE_CHECKING:
    from planner.replications.replicate import Experiment
    from planner.report.page import Page
    from planner.scenario.check import Finding
    from planner.scenario.scenario import Scenario

FAILED = 1
INTERRUPTED = 130
MOST_FINDINGS = 5
"""Warnings that a run shows; `check` shows all."""

ScenarioName = Annotated[
    str, typer.Argument(help="A ready scenario's name (forrang plan scenarios), or a YAML file.", show_default=False)
]
Replications = Annotated[int, typer.Option(help="How often the time is simulated, each time with other luck.", min=1)]
Seed = Annotated[int | None, typer.Option(help="Everything random comes from it; the scenario's if left out.", min=0)]
Days = Annotated[int | None, typer.Option(help="Days that are measured; the scenario's if left out.", min=1)]
Jobs = Annotated[int | None, typer.Option(help="Processes; all cores if left out.", min=1)]
Cluster = Annotated[str | None, typer.Option(help="Dask scheduler that does it instead: tcp://ADDRESS:PORT.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="A change, such as resources.scanner.units.0.count=6. May be given often."),
]
Report = Annotated[Path | None, typer.Option(help="Writes a page for people, HTML, to this file.")]
Keep = Annotated[bool, typer.Option("--keep/--no-keep", help="Whether the run is kept (forrang plan runs).")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout; docs/planner.md names its fields.")]


def prepared(
    name: str, changes: Sequence[str] | None, days: int | None = None, *, quiet: bool = False
) -> tuple["Scenario", tuple["Finding", ...]]:
    """The scenario with its changes, and what its check says; warnings go to stderr. Raises ScenarioError."""
    from planner.commands.terminal import note
    from planner.scenario.check import check
    from planner.scenario.load import change, load_scenario

    wanted = changes_of(changes or []) | ({} if days is None else {"days": days})
    plan = load_scenario(name)
    plan = change(plan, wanted) if wanted else plan
    findings = check(plan)
    warnings = [] if quiet else [finding for finding in findings if finding.level == "warning"]
    for finding in warnings[:MOST_FINDINGS]:
        note(f"warning: {sentence(finding)}")
    if len(warnings) > MOST_FINDINGS:
        note(f"and {len(warnings) - MOST_FINDINGS} more warnings: forrang plan check {name}")
    return plan, findings


def sentence(finding: "Finding") -> str:
    """`resources.scanner: utilisation 0.97 ...`."""
    return f"{finding.field}: {finding.message}"


def changes_of(texts: Sequence[str]) -> dict[str, object]:
    """`path=value` texts as changes; values are read as YAML. Raises ScenarioError."""
    import yaml

    found: dict[str, object] = {}
    for text in texts:
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            raise ScenarioError(f"{text!r} is no change: write path=value, such as resources.scanner.units.0.count=6")
        try:
            found[path.strip()] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise ScenarioError(f"{text!r} is no change: its value cannot be read: {error}") from error
    return found


def may_be_written(*files: Path | None) -> None:
    """Says so before a long run where a file has no folder to go to. Raises RunError."""
    for file in files:
        if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
            raise RunError(f"{file}: cannot be written there; name a file in a folder that is there")


def hand_out(
    experiment: "Experiment", make_page: Callable[[], "Page"] | None, report: Path | None, *, keep: bool
) -> str | None:
    """Writes the report, keeps the run with it, and says on stderr where they are. Returns the kept run's id."""
    from planner.archive import keep as keep_run
    from planner.commands.terminal import note
    from planner.report.page import render, write_html

    html = render(make_page()) if make_page else None
    if html is not None and report is not None:
        write_html(html, report)
        note(f"report: {report}")
    if not keep:
        return None
    kept = keep_run(experiment, html)
    note(f"kept: {kept.folder}")
    return kept.id


def write_new(file: Path, text: str) -> None:
    """Writes a file that is not there yet. Raises RunError."""
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(text)
    except FileExistsError as error:
        raise RunError(f"{file} is there already; choose another name") from error
    except OSError as error:
        raise RunError(f"{file} cannot be written: {error.strerror}") from error


class MayEndEarly(Protocol):
    """An experiment of any kind."""

    @property
    def interruption(self) -> str:
        """Why it ended early, or ""."""
        ...


def end_as(*experiments: MayEndEarly) -> None:
    """Ends with the status of an interruption, or of a failure that left replications out; else returns."""
    from planner.replications.replicate import BY_HAND

    reasons = {experiment.interruption for experiment in experiments} - {""}
    if reasons:
        raise typer.Exit(INTERRUPTED if reasons == {BY_HAND} else FAILED)
