"""`forrang store`: what the list holds, backup, and restore."""

from pathlib import Path
from typing import Annotated

import typer

from models.showing import Json, print_json, print_line, print_table
from worklist.commands.acting import acting_account

store_commands = typer.Typer(help="The store: what it holds, backup, restore.", no_args_is_help=True)


@store_commands.command()
def info(*, json: Json = False) -> None:
    """Shows where the list is kept, in which schema, and how much each table holds."""
    from worklist.settings import Settings
    from worklist.store.inventory import take_inventory
    from worklist.store.store import Store

    found = take_inventory(Store.open(Settings().store_url))
    if json:
        print_json(found)
        return
    mode = f", journal mode {found.journal_mode}" if found.journal_mode else ""
    print_line(f"{found.url}\n{found.database}{mode}; schema {found.revision}; {found.bytes / 2**20:.1f} MiB")
    print_line(f"audit trail: {found.audit_number} rows, head {found.audit_number}:{found.audit_hash}")
    print_table(("table", "rows"), found.rows.items(), "")


@store_commands.command()
def backup(file: Annotated[Path, typer.Argument(help="Where the backup goes, such as list-2026-11-18.zip.")]) -> None:
    """Writes the whole list to one file while others go on working. It replaces no file."""
    from worklist.settings import Settings
    from worklist.store.backup import back_up
    from worklist.store.store import Store

    settings = Settings()
    store = Store.open(settings.store_url)
    made = back_up(store, file, acting_account(store))
    print_line(f"{file}: {made.rows} rows, audit trail up to {made.audit_number}:{made.audit_hash}")
    print_line(f"Not in it, so keep them apart: {settings.home_folder}/site.key and the results of slides.")


@store_commands.command()
def restore(file: Annotated[Path, typer.Argument(help="A backup, from SQLite or from PostgreSQL.")]) -> None:
    """Reads a backup into the empty store that FORRANG_HOME or FORRANG_DATABASE_URL names, whole or not at all."""
    from worklist.people import command_line
    from worklist.settings import Settings
    from worklist.store.backup import restore as restore_backup

    read = restore_backup(file, Settings().store_url, command_line())
    print_line(
        f"{read.rows} rows of {read.made_utc:%Y-%m-%d %H:%M} UTC are back; check them with: forrang audit verify"
    )
