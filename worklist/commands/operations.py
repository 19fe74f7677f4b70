"""`forrang operations`: what needs a person's hand, and closing it."""

from typing import Annotated

import typer

from models.showing import Json, local, print_json, print_line, print_table
from worklist.commands.acting import As, acting_person

operations_commands = typer.Typer(help="What happened that needs a person's hand.")


@operations_commands.callback(invoke_without_command=True)
def show(context: typer.Context, login: As = None, *, json: Json = False) -> None:
    """Lists what needs a person's hand, the latest first; what happened again is counted, not listed twice."""
    if context.invoked_subcommand is not None:
        return
    from worklist.pathways import load_pathways
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.watching.operations import open_operations

    settings = Settings()
    store = Store.open(settings.store_url)
    store.saw(acting_person(store, login), "see operations")
    found = open_operations(store)
    if json:
        print_json(found)
        return
    zone = load_pathways(settings.pathways).calendar.zone
    columns = ("id", "kind", "about", "times", "last", "what happened, and what to do")
    rows = [(it.id, it.kind, it.subject, it.times, local(it.last_utc, zone), it.text) for it in found]
    print_table(columns, rows, "Nothing needs a hand.")


@operations_commands.command()
def close(
    operation: Annotated[int, typer.Argument(help="Its id, as `forrang operations` shows it.")], login: As = None
) -> None:
    """Takes an entry off the list once it has been seen to."""
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.watching.operations import close_operation

    store = Store.open(Settings().store_url)
    closed = close_operation(store, acting_person(store, login), operation)
    print_line(f"closed: {closed.kind}, {closed.subject}")
