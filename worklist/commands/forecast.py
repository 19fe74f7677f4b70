"""`forrang forecast`: which open cases will miss their deadline."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from models.showing import Json, local, print_json, print_line, print_table
from worklist.commands.acting import As, acting_person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worklist.kept_forecasts import KeptForecast

MOST_CASES = 40
"""Cases that the terminal lists; --json has all."""


def register(commands: typer.Typer) -> None:
    """Puts the command among the others."""
    commands.command("forecast")(forecast)


def forecast(
    scenario: Annotated[
        str, typer.Option(help="The department: a ready scenario's name, or a YAML file.")
    ] = "small-lab",
    replications: Annotated[int, typer.Option(help="How often the days ahead are simulated.", min=1)] = 200,
    seed: Annotated[
        int | None, typer.Option(help="Everything random comes from it; the scenario's own if left out.")
    ] = None,
    reading_step: Annotated[str, typer.Option(help="Where cases with slides wait in the scenario.")] = "reading",
    login: As = None,
    *,
    kept: Annotated[bool, typer.Option("--kept", help="Show the forecast that is kept, and make no new one.")] = False,
    json: Json = False,
) -> None:
    """Foresees which open cases miss their deadline, and keeps it with its time.

    The order of the list stays as it is, unless its policy says that a forecast raises cases.
    """
    from planner.scenario.load import load_scenario
    from worklist.kept_forecasts import kept_forecasts
    from worklist.store.store import Store

    store = Store.open()
    actor = acting_person(store, login)
    if kept:
        store.saw(actor, "see list", details={"what": "forecast"})
        found = kept_forecasts(store)
        if json:
            print_json(found)
        else:
            _show(found, store.now())
        return
    from worklist.forecast import refresh_forecast  # slow to load

    made = refresh_forecast(
        store, actor, load_scenario(scenario), replications=replications, seed=seed, reading_step=reading_step
    )
    if json:
        print_json(made)
        return
    late = made.expected_late
    print_line(
        f"{made.scenario} ({made.scenario_hash[:12]}), {made.replications} futures, seed {made.seed}: of"
        f" {len(made.cases)} open cases {late.value:.1f} will be late; {late.low:.0f} to {late.high:.0f} in 8 of 10"
    )
    _show(made.cases, made.made_utc)
    rows = [(it.pathway, it.specimen_kind, it.site, it.cases, it.stream) for it in made.taken_for]
    print_table(("pathway", "specimen", "site", "cases", "taken for the scenario's stream"), rows, "")


def _show(found: "Sequence[KeptForecast]", now_utc: datetime) -> None:
    from worklist.pathways import load_pathways

    zone = load_pathways().calendar.zone
    rows = [
        (it.accession_number, local(it.deadline_utc, zone), f"{it.late_probability:.0%}", _age(now_utc - it.made_utc))
        for it in found[:MOST_CASES]
    ]
    print_table(("case", "due", "will be late", "foreseen"), rows, "No forecast is kept: run `forrang forecast`.")
    if len(found) > MOST_CASES:
        print_line(f"and {len(found) - MOST_CASES} less likely ones; --json has all")


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return "now" if minutes < 1 else f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"
