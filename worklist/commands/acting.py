"""Who acts on the command line: the person behind the account, or another one who is named with --as."""

import getpass
from typing import TYPE_CHECKING, Annotated, cast

import typer

from worklist.errors import NotAllowedError
from worklist.people import Actor, Role

if TYPE_CHECKING:
    from worklist.store.store import Store

As = Annotated[
    str | None,
    typer.Option("--as", metavar="LOGIN", help="The person who acts; the account's own if left out."),
]


def acting_person(store: "Store", login: str | None) -> Actor:
    """The person of that login, in the role that the store has for them; the trail tells the account too.

    Raises NotAllowedError where the store knows no such person, or one who has left.
    """
    from worklist.store.tables import PersonRow

    account = _account()
    wanted = (login or account).strip()
    with store.reading() as session:
        person = session.get(PersonRow, wanted)
    if person is None or not person.active:
        why = "is not among the people of this list" if person is None else "does not work here any more"
        raise NotAllowedError(f"{wanted} {why}; name somebody who is with --as, or have an admin add them")
    return Actor(person.login, cast("Role", person.role), f"command line of {account}")


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
