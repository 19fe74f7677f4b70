"""`forrang watch model`: whether the models still see what they saw at first, and whether readers agree with them."""

from typing import TYPE_CHECKING

import typer

from models.showing import Json, local, print_json, print_line, print_table
from worklist.commands.acting import As, acting_person

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from worklist.watching.agreement import WeekRate
    from worklist.watching.model_watch import ModelWatch

watch_commands = typer.Typer(help="Watching the models.", no_args_is_help=True)


@watch_commands.callback()
def watch() -> None:
    """Watching the models."""


@watch_commands.command()
def model(login: As = None, *, json: Json = False) -> None:
    """Sets the last eight weeks against each model's first slides; alarms go to `forrang operations`."""
    from worklist.pathways import load_pathways
    from worklist.store.store import Store
    from worklist.watching.model_watch import watch_models

    store, zone = Store.open(), load_pathways().calendar.zone
    found = watch_models(store, acting_person(store, login), zone)
    if json:
        print_json(found)
        return
    print_line("What became of the slides that arrived")
    _show_rates(found.arrivals, "None arrived.")
    for it in found.models:
        _show_model(it, zone)


def _show_model(it: "ModelWatch", zone: "ZoneInfo") -> None:
    from worklist.watching.drift import REFERENCE_SLIDES

    if it.reference_hash is None:
        print_line(f"{it.model}: {it.gathered} of the {REFERENCE_SLIDES} slides that its reference needs")
    else:
        until = local(it.reference_until_utc, zone)
        first = f"its first {REFERENCE_SLIDES} scored slides here, until {until}"
        print_line(f"{it.model} against {first} ({it.reference_hash[:12]})")
        rows = [
            (one.week, one.group, one.what, one.slides, _number(one.psi, 2), _number(one.adjusted_p, 4), one.level)
            for one in it.shifts
        ]
        print_table(("week of", "group", "of", "slides", "PSI", "p, adjusted", "it is"), rows, "No slide since.")
    _show_rates(it.readings, f"{it.model}: no verdict on a scored slide yet.")


def _show_rates(rates: "tuple[WeekRate, ...]", nothing: str) -> None:
    rows = [
        (it.week, it.rate, f"{it.count} of {it.of}", f"{it.value.low:.0%} to {it.value.high:.0%}", _number(it.p, 4))
        for it in rates
    ]
    print_table(("week of", "slides or verdicts", "how many", "95% interval", "p, higher than before"), rows, nothing)


def _number(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:.{places}f}"
