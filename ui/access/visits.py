"""The visits that go on: each open page's session, who is at it in which role, and by which sign-in.

Routes ask here, on every request, what Streamlit tells to pages alone. A visit lives while its page is connected.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final

from streamlit import runtime
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from worklist.people import Actor

NO_COOKIE: Final = ""
"""In the local mode, which has no sign-in."""


@dataclass(frozen=True)
class Visit:
    """Somebody at an open page."""

    session: str
    """Streamlit's id of it; whoever knows it could go on with the visit, so it is never shown."""
    actor: Actor
    cookie: str
    """Digest of the sign-in; empty in the local mode."""


def is_connected(session: str) -> bool:
    """Whether a browser has that session's page open."""
    return runtime.exists() and runtime.get_instance().is_active_session(session)


class Visits:
    """All visits of this server; safe to use from any thread."""

    def __init__(self, connected: Callable[[str], bool] = is_connected) -> None:
        self._connected = connected
        self._all: dict[str, Visit] = {}
        self._lock = Lock()

    def note(self, visit: Visit) -> None:
        """Somebody is at this session's page, in this role; what was known of the session before is void."""
        with self._lock:
            if visit.session not in self._all:
                self._all = {name: it for name, it in self._all.items() if self._connected(name)}
            self._all[visit.session] = visit

    def end(self, session: str) -> None:
        """Nobody is signed in at this session's page any more."""
        with self._lock:
            self._all.pop(session, None)

    def find(self, session: str) -> Visit | None:
        """Who is at that page now; None where nobody is."""
        with self._lock:
            found = self._all.get(session)
        return found if found is not None and self._connected(session) else None


VISITS: Final = Visits()
"""Those of this process."""


def cookie_digest(cookies: Mapping[str, str]) -> str:
    """A digest of whom a sign-in's cookie names and since when; empty where there is none whose signature is good.

    Of what was signed, not of the cookies: whoever copies them may leave some out and add others.
    """
    secret = get_cookie_secret()

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        return None if value is None else decode_signed_value(secret, name, value.encode("latin-1", "replace"))

    content = get_cookie_with_chunks(signed, USER_COOKIE_NAME)
    return hashlib.sha256(content).hexdigest() if content else NO_COOKIE


def same_sign_in(visit: Visit, cookies: Mapping[str, str]) -> bool:
    """Whether a request comes with the sign-in of that visit; always so in the local mode."""
    return visit.cookie == NO_COOKIE or hmac.compare_digest(visit.cookie, cookie_digest(cookies))
