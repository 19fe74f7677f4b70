"""`forrang plan scenarios`, `new`, `check` and `schema`: the scenarios themselves, before anything runs."""

import json as json_text
import re
from pathlib import Path
from typing import Annotated

import typer

from planner.commands.options import Changes, Json, ScenarioName, prepared, write_new


def scenarios(*, json: Json = False) -> None:
    """Lists the ready scenarios. --json: an object of name to title."""
    from planner.commands.terminal import print_line, show_grids
    from planner.report.page import Grid
    from planner.scenario.load import ready_scenarios

    ready = ready_scenarios()
    if json:
        print_line(json_text.dumps(dict(ready), ensure_ascii=False))
    else:
        show_grids([Grid("Ready scenarios", ("name", "what it is"), list(ready.items()))])


def new(
    name: Annotated[str, typer.Argument(help="Name of the new scenario.")],
    start: Annotated[
        str, typer.Option("--from", help="Ready scenario, or file, that it begins with.")
    ] = "region-hovedstaden",
    out: Annotated[Path | None, typer.Option(help="File to write; NAME.yaml if left out.")] = None,
) -> None:
    """Writes a scenario file to edit: a copy of a ready one, comments and sources included."""
    from planner.commands.terminal import note, print_line
    from planner.scenario.load import READY, load_scenario

    load_scenario(start)
    ready = READY / f"{start}.yaml"
    text = renamed((ready if ready.is_file() else Path(start)).read_text("utf-8-sig"), name, f"{name}, from {start}")
    file = out or Path(f"{name}.yaml")
    write_new(file, text)
    print_line(str(file))
    note(f"edit it, then: forrang plan run {file}")


def renamed(text: str, name: str, title: str) -> str:
    """A scenario's YAML with another name and title, the rest of the text as it was."""
    for field, value in (("title", title), ("name", name)):
        line = f"{field}: {json_text.dumps(value, ensure_ascii=False)}"
        found = re.search(rf"^ *({field}: .*)$", text, re.MULTILINE)
        text = f"{text[: found.start(1)]}{line}{text[found.end(1) :]}" if found else f"{line}\n{text}"
    return text


def check(scenario: ScenarioName, changes: Changes = None, *, json: Json = False) -> None:
    """Says whether a scenario can run, and what may spoil its answer. --json: [{field, message, level}]."""
    from planner.commands.records import plain
    from planner.commands.terminal import print_line, show_sentences

    plan, findings = prepared(scenario, changes, quiet=True)
    if json:
        print_line(json_text.dumps(plain(findings), ensure_ascii=False))
        return
    show_sentences([f"{finding.level}: {finding.field}: {finding.message}" for finding in findings])
    cases = sum(stream.per_week.value for stream in plan.arrivals if stream.per_week)
    show_sentences([f"{plan.name} can run: {len(plan.steps)} steps, {cases:,.0f} cases a week, {plan.days} days."])


def schema() -> None:
    """Prints the JSON Schema of scenario files, for editors that complete and check them."""
    from planner.commands.terminal import print_line
    from planner.scenario.load import json_schema

    print_line(json_text.dumps(json_schema(), indent=2, ensure_ascii=False))
