"""The door: nobody sees a page before they are known, and whoever's sign-in has ended is shown out."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal, cast

import streamlit as st

from ui.access.claims import read_claims
from ui.access.logins import LOGINS
from ui.access.sign_in import NotSignedInError, SignIn, sign_in
from ui.access.visitor import ROLE_COOKIE, Visitor, choose_role, claimed, leave, roles, stand, visitor
from ui.access.visits import cookie_digest
from ui.shell.desk import look
from ui.shell.facts import heading, literal
from ui.shell.kept import keep_in_browser
from ui.shell.language import t
from ui.shell.memory import remember, remembered
from worklist.errors import DirectoryError, NotAllowedError, StoreError
from worklist.people import Actor, Role
from worklist.trail.directory import person, welcome
from worklist.watching.action_times import TIMES

WATCH: Final = "60s"
"""How often an open page asks whether its sign-in goes on. A."""

ROLES: Final[dict[Role, str]] = {
    "pathologist": "Pathologist",
    "coordinator": "Coordinator",
    "manager": "Manager",
    "researcher": "Researcher",
    "admin": "Administrator",
}
"""Roles as the visitor reads them, through `t`."""

Why = Literal["nobody", "idle", "unknown", "no role", "has left"]


@dataclass(frozen=True)
class Refused:
    """Why somebody is not let in, and whom the provider says they are."""

    why: Why
    who: str = ""


def let_in() -> Visitor | None:
    """The visitor; None where none may come in, and then the page says why and how to sign in. Raises StoreError."""
    how = sign_in()
    if how is None:
        return _at_home()
    refused = _ask(how)
    if refused is None:
        _watch(how)
        return visitor()
    leave()
    _show_out(refused)
    return None


def show_who(here: Visitor) -> None:
    """The visitor's name and role, the choice of another role of theirs, and the way out."""
    if here.local:
        keep_in_browser(ROLE_COOKIE, here.actor.role)
    label = f"{literal(here.name)} · {t(ROLES[here.actor.role])}"
    told = f"{label} · {t('local')}" if here.local else label
    with st.popover(told, width="stretch", key=f"who as {here.actor.role}"):  # another key: it closes after the choice
        mine = roles()
        if len(mine) > 1:
            chosen = st.radio(
                t("You act as"), mine, mine.index(here.actor.role), format_func=lambda it: t(ROLES[it]), key="act as"
            )
            if chosen != here.actor.role:
                choose_role(chosen)
                st.rerun()
        if here.local:
            st.caption(
                t(
                    "Local mode: nobody signs in. The app answers to this machine alone, and whoever uses it here acts"
                    " as {account}.",
                    account=literal(here.actor.name),
                )
            )
        elif st.button(t("Sign out"), key="leave", width="stretch"):
            LOGINS.end(cookie_digest(st.context.cookies))
            leave()
            st.logout()


def _at_home() -> Visitor:
    here = visitor()
    if remembered("welcomed", None) is None:
        welcome(look().store, here.actor, here.name, roles())
        remember("welcomed", here.actor.name)
    return here


def _ask(how: SignIn) -> Refused | None:
    """Lets somebody in, or says why not; asked anew whenever the whole page is drawn."""
    user = st.user.to_dict()
    if user.get("is_logged_in") is not True:
        return Refused("nobody")
    if read_claims(cast("dict[str, object]", user), how) is None:
        return Refused("unknown", str(user.get("sub", "?")))
    found = claimed(how)
    if found is None or not LOGINS.goes_on(cookie_digest(st.context.cookies), how.idle_minutes * 60):
        return Refused("idle")
    store = look().store
    known = person(store, found.login)
    if known is not None and not known.active:
        return Refused("has left", found.login)
    held: tuple[Role, ...] = found.roles
    if not how.roles:
        held = (known.role,) if known is not None else ()
    if not held:
        return Refused("no role" if how.roles else "unknown", found.login)
    try:
        visitor()
    except NotSignedInError:
        actor = Actor(found.login, held[0], f"app {st.context.ip_address or ''}".strip())
        try:
            with TIMES.timed("login"):
                welcome(store, actor, found.name, held)
        except (NotAllowedError, DirectoryError):
            return Refused("unknown", found.login)
    stand(found.login, found.name, held)
    return None


@st.fragment(run_every=WATCH)
def _watch(how: SignIn) -> None:
    """On an open page: where the sign-in ended, the whole page is drawn anew, which shows its visitor out."""
    with suppress(StoreError):  # the page itself says that the store is away
        if _ask(how) is not None:
            st.rerun(scope="app")


def words(refused: Refused) -> tuple[str, str]:
    """What the page at the door says: its title, and what to do."""
    told = {
        "nobody": (t("Sign in"), t("Forrang is for people who work here. Sign in with your hospital's account.")),
        "idle": (
            t("Your sign-in has ended"),
            t("You did nothing here for a while, or your sign-in ran out. What you had done is kept. Sign in again."),
        ),
        "unknown": (
            t("You have no access yet"),
            t("You are signed in as {who}, whom this list does not know. Ask its administrator.", who=refused.who),
        ),
        "no role": (
            t("You have no access yet"),
            t("You are signed in as {who}, in no group that has a role here. Ask whoever grants it.", who=refused.who),
        ),
        "has left": (
            t("You have no access any more"),
            t("{who} is marked as having left. If that is wrong, ask the list's administrator.", who=refused.who),
        ),
    }
    return told[refused.why]


def _show_out(refused: Refused) -> None:
    title, text = words(refused)
    st.html(heading(title, text))
    if refused.who:
        if st.button(t("Sign in as somebody else"), key="other"):
            st.logout()
    elif st.button(t("Sign in"), type="primary", key="sign in"):
        st.login()
