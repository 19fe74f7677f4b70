"""`forrang models ...`: the models that are here, which of them is in use, and how another one comes into use."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.showing import Json, print_json, print_line, print_table
from training.commands.model_files import (
    By,
    calibrate_model,
    card_of_model,
    export_model,
    hand,
    import_model,
    say_where,
)

if TYPE_CHECKING:
    from models.in_use import Gate

models_commands = typer.Typer(help="The models that score slides, and which of them is in use.", no_args_is_help=True)
models_commands.command("import")(import_model)
models_commands.command("export")(export_model)
models_commands.command("calibrate")(calibrate_model)
models_commands.command("card")(card_of_model)

ModelName = Annotated[str, typer.Argument(help="A model's name, name@version, or folder.")]
Why = Annotated[str, typer.Option(help="Why; it stays on record.")]


@models_commands.command("list")
def list_models(*, json: Json = False) -> None:
    """The models that are here, and which of them is in use."""
    from training.shipping.overview import overview

    lines = overview()
    if json:
        for line in lines:
            manifest = line.model.manifest.model_dump(mode="json")
            print_json({**manifest, "state": line.state, "bundled": line.bundled, "folder": line.model.folder})
        return
    rows = [
        (m.label, line.state, f"{m.positive}, {m.tile_px} px at {m.mpp:g} um", line.what_is_known, line.whence)
        for line in lines
        for m in [line.model.manifest]
    ]
    print_table(("model", "state", "says", "known", "from"), rows, "No model is here; import one.")


@models_commands.command("show")
def show_model(model: ModelName, *, json: Json = False) -> None:
    """A model's card: what it says, how well, what it was shown, and what it is not for. --json: its manifest."""
    from models.registry import find_model
    from training.shipping.card import write_card

    found = find_model(model)
    if json:
        print_json(found.manifest.model_dump(mode="json"))
        return
    print_line(write_card(found.manifest))
    say_where(found)


@models_commands.command("promote")
def promote_model(
    model: ModelName,
    tiles: Annotated[Path, typer.Option(help="Labelled tiles: Parquet with png, patient, label and split.")],
    split: Annotated[str, typer.Option(help="Which split to judge on; not one that it learned from.")] = "test",
    margin: Annotated[float, typer.Option(help="How much AUC less is still not worse.", min=0, max=0.5)] = 0.01,
    ece_limit: Annotated[float, typer.Option(help="Largest calibration error.", min=0, max=1)] = 0.05,
    against: Annotated[str | None, typer.Option(help="Held against this one, not the one in use.")] = None,
    override: Annotated[str | None, typer.Option(help="Reason to do it although a gate says no.")] = None,
    why: Why = "",
    by: By = None,
    *,
    json: Json = False,
) -> None:
    """Puts a model into use under its name, if it passes every gate. Exit status 1: a gate says no."""
    from models.registry import find_model
    from training.shipping.gates import Limits
    from training.shipping.promotion import judge, put_into_use

    found = find_model(model)
    gates = judge(found, tiles, split, Limits(margin=margin, ece=ece_limit), against)
    if not json:
        _show_gates(gates)
    refused = any(not gate.passed for gate in gates)
    if json and refused and not override:
        print_json({"model": found.manifest.label, "promoted": False, "gates": [gate.model_dump() for gate in gates]})
    shelved = put_into_use(found, gates, hand(by, why), override)
    if json:
        print_json({"model": shelved.manifest.label, "promoted": True, "gates": [gate.model_dump() for gate in gates]})
    else:
        print_line(f"{shelved.manifest.label} is in use for {shelved.manifest.name!r}: {shelved.folder}")


@models_commands.command("rollback")
def roll_back(name: Annotated[str, typer.Argument(help="The model's name.")], why: Why = "", by: By = None) -> None:
    """Puts the version before the one in use into use again."""
    from training.shipping.promotion import roll_back as back

    print_line(f"{back(name, hand(by, why)).manifest.label} is in use again for {name!r}")


@models_commands.command("shadow")
def shadow_model(
    model: ModelName,
    why: Why = "",
    by: By = None,
    *,
    end: Annotated[bool, typer.Option("--end", help="It no longer runs in the shadow.")] = False,
) -> None:
    """Records that a version is tried beside the one in use: score with `forrang score --model name@version`."""
    from models.registry import find_model
    from training.shipping.promotion import shadow

    found = find_model(model)
    shadow(found, hand(by, why), end=end)
    print_line(f"{found.manifest.label} {'no longer runs' if end else 'runs'} in the shadow of {found.manifest.name!r}")


@models_commands.command("history")
def show_history(
    name: Annotated[str | None, typer.Argument(help="A model's name; all of them if left out.")] = None,
    *,
    json: Json = False,
) -> None:
    """What was imported, promoted, overridden and rolled back, when, by whom and why."""
    from training.shipping.overview import history

    entries = history(name)
    if json:
        for entry in entries:
            print_json(entry.model_dump(mode="json"))
        return
    rows = [
        (
            f"{entry.at_utc:%Y-%m-%d %H:%M} UTC",
            f"{entry.name}@{entry.version}",
            f"{entry.act}, overridden" if entry.overridden else entry.act,
            entry.by,
            "; ".join(
                [entry.why, *(f"refused by {gate.name}: {gate.said}" for gate in entry.gates if not gate.passed)]
            ),
        )
        for entry in entries
    ]
    print_table(("when", "model", "act", "by", "why"), rows, "Nothing is on record yet.")


def _show_gates(gates: "tuple[Gate, ...]") -> None:
    rows = [("passed" if gate.passed else "REFUSED", gate.name, gate.said) for gate in gates]
    print_table(("", "gate", "found"), rows, "")
