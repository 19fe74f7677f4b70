"""Passes for routes: what a page hands to the browser so that it may fetch one case's pictures.

Streamlit's sign-in does not guard routes. A pass is a random word that means nothing outside this process; it is good
for one case, in the role in which it was given, while the page that it was given to is open, and not for long.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from starlette.requests import Request
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.access.logins import LOGINS
from ui.access.sign_in import sign_in
from ui.access.visitor import Visitor
from ui.access.visits import VISITS, Visits, cookie_digest, same_sign_in
from worklist.people import Actor, may

LIFE_S: Final = 15 * 60.0
"""How long a pass that nobody uses is good; each use begins it anew. A."""

HEADER: Final = "x-forrang-pass"
"""The only way to bring a pass: addresses stand in the logs of proxies."""


@dataclass(frozen=True)
class Pass:
    """What a request may see: one case, as this person."""

    actor: Actor
    accession_number: str


@dataclass(frozen=True)
class _Given:
    session: str
    what: Pass


class Passes:
    """All passes that are good; safe to use from any thread."""

    def __init__(self, visits: Visits, clock: Callable[[], float] = time.monotonic) -> None:
        self._visits = visits
        self._clock = clock
        self._words: dict[_Given, str] = {}
        self._given: dict[str, tuple[_Given, float]] = {}
        self._lock = Lock()

    def issue(self, session: str, actor: Actor, accession_number: str) -> str:
        """The pass of that page for that case: the one that it has, so that the browser keeps what it fetched."""
        given = _Given(session, Pass(actor, accession_number))
        with self._lock:
            self._forget_old()
            word = self._words.setdefault(given, secrets.token_urlsafe(32))
            self._given[word] = (given, self._clock())
            return word

    def check(self, request: Request) -> Pass | None:
        """What the request may see; None where it brings no pass, or one that is not good any more."""
        word = request.headers.get(HEADER, "")
        with self._lock:
            given, used = self._given.get(word, (None, 0.0))
        if given is None or self._clock() - used > LIFE_S:
            return None
        visit = self._visits.find(given.session)
        if visit is None or visit.actor != given.what.actor or not same_sign_in(visit, request.cookies):
            return None
        if not may(visit.actor, "see case"):
            return None
        with self._lock:
            if word in self._given:
                self._given[word] = (given, self._clock())
        return given.what

    def _forget_old(self) -> None:
        now = self._clock()
        for word, (given, used) in list(self._given.items()):
            if now - used > LIFE_S:
                del self._given[word]
                self._words.pop(given, None)


PASSES: Final = Passes(VISITS)
"""Those of this process."""


def issue_pass(visitor: Visitor, accession_number: str) -> str:
    """A pass for that case, for the page that is being drawn; it travels in a header, never in an address."""
    context = get_script_run_ctx()
    return PASSES.issue(context.session_id if context else "", visitor.actor, accession_number)


def check_pass(request: Request) -> Pass | None:
    """What a request may see, by the pass in its header (`x-forrang-pass`)."""
    found, how = PASSES.check(request), sign_in()
    if found is None or how is None:
        return found
    cookie, idle_s = cookie_digest(request.cookies), how.idle_minutes * 60.0
    if not LOGINS.goes_on(cookie, idle_s):
        return None
    LOGINS.act(cookie, idle_s)
    return found
