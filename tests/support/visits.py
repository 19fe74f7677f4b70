"""An open page for tests of routes: a visit with its pass, without a browser."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from ui.access import visits
from ui.access.passes import PASSES
from ui.access.visits import NO_COOKIE, VISITS, Visit
from worklist.people import Actor

PAGE = "a page of the tests"


def signed_in(whom: str) -> dict[str, str]:
    """The cookies of somebody who signed in, signed as the app signs them."""
    content = json.dumps({"sub": whom, "is_logged_in": True})
    return {USER_COOKIE_NAME: create_signed_value(get_cookie_secret(), USER_COOKIE_NAME, content).decode("latin-1")}


@contextmanager
def open_page(actor: Actor, *, cookie: str = NO_COOKIE, session: str = PAGE) -> Iterator[str]:
    """While it goes on, that person has a page open; the page's session is given."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(VISITS, "_connected", lambda name: name == session or visits.is_connected(name))
        VISITS.note(Visit(session, actor, cookie))
        yield session
        VISITS.end(session)


def pass_for(actor: Actor, accession_number: str, session: str = PAGE) -> str:
    """The pass of that page for that case."""
    return PASSES.issue(session, actor, accession_number)
