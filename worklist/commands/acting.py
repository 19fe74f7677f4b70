"""Who acts on the command line: the person behind the account, or another one who is named with --as."""

from typing import TYPE_CHECKING, Annotated

import typer

from models.account import account_name
from worklist.errors import NotAllowedError
from worklist.people import Actor

if TYPE_CHECKING:
    from worklist.store.store import Store

As = Annotated[
    str | None,
    typer.Option("--as", metavar="LOGIN", help="The person who acts; the account's own if left out."),
]


def acting_person(store: "Store", login: str | None) -> Actor:
    """The person of that login, in the role that the store has for them; the trail tells the account too.

    An account that is a person's own speaks for nobody else. Raises NotAllowedError there, and where the store knows
    no such person, or one who has left.
    """
    from worklist.trail.directory import person

    account = account_name()
    wanted = (login or account).strip()
    if wanted != account and person(store, account) is not None:
        raise NotAllowedError(f"this account is {account}'s own: leave out --as, or use an account of {wanted}'s")
    found = person(store, wanted)
    if found is None or not found.active:
        why = "is not among the people of this list" if found is None else "does not work here any more"
        raise NotAllowedError(
            f"{wanted} {why}; name somebody who is with --as, or have an admin add them: "
            "`forrang people add`, whose first one is an admin"
        )
    return Actor(found.login, found.role, f"command line of {account}")


def acting_account(store: "Store") -> Actor:
    """Whoever runs a command that machines run too: the account's person, else the system, for its own acts alone.

    Raises NotAllowedError where that person has left.
    """
    from worklist.trail.directory import person

    account = account_name()
    if person(store, account) is None:
        return Actor(account, "system", "command line")
    return acting_person(store, account)
