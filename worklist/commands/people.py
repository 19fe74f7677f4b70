"""`forrang people` and `forrang sites`: who works here, in which role, and where."""

from typing import Annotated

import typer

from models.account import account_name
from models.showing import Json, print_json, print_line, print_table
from worklist.commands.acting import As, acting_person

people_commands = typer.Typer(help="Who works here, and in which role.", no_args_is_help=True)
sites_commands = typer.Typer(help="Hospitals and laboratories.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="Their login; best the account's name on this machine.")]
Name = Annotated[str, typer.Option(help="Their name.")]
RoleName = Annotated[str, typer.Option(help="pathologist, coordinator, manager, researcher or admin.")]
SiteCode = Annotated[str, typer.Option(help="Code of their site.")]
Code = Annotated[str, typer.Argument(help="Its code, as messages and files write it.")]


@people_commands.command("add")
def add_person(login: Login, name: Name, role: RoleName, site: SiteCode = "", as_login: As = None) -> None:
    """Adds somebody; for an admin. While there is no admin, whoever runs this may add the first one."""
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.trail import directory

    store = Store.open(Settings().store_url)
    if role == "admin" and not directory.has_admin(store):
        added = directory.add_first_admin(store, account_name(), login, name)
        print_line(f"{added.login} is the first admin")
        return
    added = directory.add_person(store, acting_person(store, as_login), login, name, role, site)
    print_line(f"{added.login} is added as {added.role}")


@people_commands.command("list")
def list_people(*, json: Json = False) -> None:
    """Lists all people, also those who have left."""
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.trail.directory import people

    found = people(Store.open(Settings().store_url))
    if json:
        print_json(found)
        return
    rows = [(it.login, it.name, it.role, it.site, "yes" if it.active else "has left") for it in found]
    nothing = "Nobody yet: add the first admin with `forrang people add LOGIN --name NAME --role admin`."
    print_table(("login", "name", "role", "site", "works here"), rows, nothing)


@people_commands.command("change")
def change_person(
    login: Login,
    name: Annotated[str | None, typer.Option(help="A new name.")] = None,
    role: Annotated[str | None, typer.Option(help="A new role.")] = None,
    site: Annotated[str | None, typer.Option(help="Code of a new site; '' for none.")] = None,
    *,
    back: Annotated[bool, typer.Option("--back", help="They work here again.")] = False,
    as_login: As = None,
) -> None:
    """Changes somebody's name, role or site; for an admin."""
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.trail.directory import change_person as change

    store = Store.open(Settings().store_url)
    active = True if back else None
    changed = change(store, acting_person(store, as_login), login, name=name, role=role, site=site, active=active)
    print_line(f"{changed.login} is {changed.name}, {changed.role}{f', of {changed.site}' if changed.site else ''}")


@people_commands.command()
def deactivate(login: Login, as_login: As = None) -> None:
    """Marks somebody who has left: they may do nothing more, and what they did stays on the trail; for an admin."""
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.trail.directory import change_person as change

    store = Store.open(Settings().store_url)
    changed = change(store, acting_person(store, as_login), login, active=False)
    print_line(f"{changed.login} does not work here any more")


@sites_commands.command("add")
def add_site(
    code: Code,
    name: Annotated[str, typer.Option(help="Its name.")],
    region: Annotated[str, typer.Option(help="Its region.")] = "",
    as_login: As = None,
) -> None:
    """Adds a site; for an admin."""
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.trail.directory import add_site as add

    store = Store.open(Settings().store_url)
    added = add(store, acting_person(store, as_login), code, name, region)
    print_line(f"{added.code} is added: {added.name}")


@sites_commands.command("change")
def change_site(
    code: Code,
    *,
    active: Annotated[bool, typer.Option("--open/--closed", help="Whether it sends or reads cases.")],
    as_login: As = None,
) -> None:
    """Closes a site, or opens it again; for an admin."""
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.trail.directory import change_site as change

    store = Store.open(Settings().store_url)
    changed = change(store, acting_person(store, as_login), code, active=active)
    print_line(f"{changed.code} is {'open' if changed.active else 'closed'}")


@sites_commands.command("list")
def list_sites(*, json: Json = False) -> None:
    """Lists all sites."""
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.trail.directory import sites

    found = sites(Store.open(Settings().store_url))
    if json:
        print_json(found)
        return
    rows = [(it.code, it.name, it.region, "yes" if it.active else "closed") for it in found]
    print_table(
        ("code", "name", "region", "open"), rows, "No site yet: add one with `forrang sites add CODE --name NAME`."
    )
