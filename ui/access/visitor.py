"""Who the visitor is: by sign-in where the site has one, else by the local mode of a single machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from models.account import account_name
from ui.access.claims import Claimed, read_claims
from ui.access.logins import LOGINS
from ui.access.sign_in import NotSignedInError, SignIn, sign_in
from ui.access.visits import NO_COOKIE, VISITS, Visit, cookie_digest
from ui.shell.desk import look
from ui.shell.memory import remember, remembered
from worklist.errors import StoreError
from worklist.people import Act, Actor, Role, may
from worklist.trail.directory import PERSON_ROLES, person


@dataclass(frozen=True)
class Visitor:
    """Somebody at a page, for as long as it is drawn."""

    actor: Actor
    """As the store and the audit trail know them."""
    name: str
    """As people say it."""
    local: bool
    """Whether this is the local mode: one person, this machine only, the role chosen by hand."""

    def may(self, act: Act) -> bool:
        """Whether their role may do it."""
        return may(self.actor, act)

    @property
    def login_and_role(self) -> tuple[str, Role]:
        """Whose what was chosen or done here is; the same person in another role begins anew."""
        return self.actor.name, self.actor.role


@dataclass(frozen=True)
class Standing:
    """Who is at this page and which roles they may have, as it was found when they came in."""

    login: str
    name: str
    roles: tuple[Role, ...]


_STANDING = "standing"
_ROLE = "role"
ROLE_COOKIE = "forrang_role"
"""Where a browser keeps the role that was chosen in it; only the local mode, in which anybody may choose, reads it."""


def visitor() -> Visitor:
    """Whoever looks at the page that is being drawn. Raises NotSignedInError where nobody may any more."""
    how = sign_in()
    standing = _local() if how is None else _signed_in(how)
    wanted = remembered(_ROLE, None if how is not None else st.context.cookies.get(ROLE_COOKIE))
    role = next((it for it in standing.roles if it == wanted), standing.roles[0])
    actor = Actor(standing.login, role, f"app {st.context.ip_address or ''}".strip())
    if (context := get_script_run_ctx()) is not None:
        VISITS.note(Visit(context.session_id, actor, cookie_digest(st.context.cookies) if how else NO_COOKIE))
    return Visitor(actor, standing.name, local=how is None)


def roles() -> tuple[Role, ...]:
    """Those that the visitor may have, once they were let in."""
    standing = remembered(_STANDING, None)
    return standing.roles if isinstance(standing, Standing) else ()


def choose_role(role: Role) -> None:
    """For the rest of this visit; one that is not the visitor's is not taken."""
    remember(_ROLE, role)


def stand(login: str, name: str, roles: Sequence[Role]) -> None:
    """Somebody was let in at this page, with those roles."""
    remember(_STANDING, Standing(login, name, tuple(roles)))


def leave() -> None:
    """Nobody is at this page any more: its passes are void, and nothing can be done at it."""
    remember(_STANDING, None)
    if (context := get_script_run_ctx()) is not None:
        VISITS.end(context.session_id)


def claimed(how: SignIn) -> Claimed | None:
    """Whoever is signed in in this browser, by a token that has not run out; None where nobody is."""
    user = cast("dict[str, object]", st.user.to_dict())
    if user.get("is_logged_in") is not True:
        return None
    found = read_claims(user, how)
    return found if found is not None and datetime.now(UTC) < found.expires_utc else None


def _signed_in(how: SignIn) -> Standing:
    standing, now = remembered(_STANDING, None), claimed(how)
    cookie = cookie_digest(st.context.cookies)
    fresh = cookie != NO_COOKIE and LOGINS.goes_on(cookie, how.idle_minutes * 60)
    if not isinstance(standing, Standing) or now is None or now.login != standing.login or not fresh:
        leave()
        raise NotSignedInError("nobody is signed in here any more: load the page again and sign in")
    return standing


def _local() -> Standing:
    standing = remembered(_STANDING, None)
    if isinstance(standing, Standing):
        return standing
    account = account_name()
    try:
        login = account if person(look().store, account) is not None else f"{account}@local"
    except StoreError:
        return Standing(f"{account}@local", account, PERSON_ROLES)
    stand(login, account, PERSON_ROLES)
    return _local()
