"""Who the visitor is: by sign-in where the site has one, else by the local mode of a single machine."""

from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from models.account import account_name
from ui.access.visits import VISITS, Visit, cookie_digest
from ui.shell.memory import remembered
from worklist.people import Act, Actor, Role, may


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


def visitor() -> Visitor:
    """Whoever looks at the page that is being drawn."""
    role: Role = remembered("role", "pathologist")  # type: ignore[assignment]
    account = account_name()
    here = Visitor(Actor(account, role, f"app {st.context.ip_address or ''}".strip()), account, local=True)
    context = get_script_run_ctx()
    if context is not None:
        VISITS.note(Visit(context.session_id, here.actor, cookie_digest(st.context.cookies)))
    return here
