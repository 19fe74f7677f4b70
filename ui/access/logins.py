"""How long a sign-in lasts: until the provider's token runs out, or its person has done nothing for a while.

What a page does by itself is no act of a person's: see `ui.access.guard`, which tells them apart. A sign-in that has
ended stays so, whatever its cookie says; only a new one opens the door.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

FORGET_S: Final = 2 * 24 * 3600.0
"""How long an ended sign-in is remembered: longer than any provider's token is good."""


class Logins:
    """The sign-ins of this server by the digest of their cookie; safe to use from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._lock = Lock()

    def act(self, cookie: str, idle_s: float) -> None:
        """Its person did something: too late where they had done nothing for longer than `idle_s`.

        A cookie that no page has read is passed over: whoever made it up shall not fill this table.
        """
        with self._lock:
            known = cookie in self._last
        if known and self.goes_on(cookie, idle_s):
            with self._lock:
                self._last[cookie] = self._clock()

    def goes_on(self, cookie: str, idle_s: float) -> bool:
        """Whether a sign-in has not ended by idleness or by hand; one that is not known yet begins now.

        Asked only where the cookie's signature was found good.
        """
        now = self._clock()
        with self._lock:
            if cookie in self._ended:
                return False
            if now - self._last.setdefault(cookie, now) <= idle_s:
                return True
            self._end(cookie, now)
            return False

    def end(self, cookie: str) -> None:
        """Its person signed out."""
        with self._lock:
            self._end(cookie, self._clock())

    def _end(self, cookie: str, now: float) -> None:
        self._last.pop(cookie, None)
        self._ended = {name: at for name, at in self._ended.items() if now - at < FORGET_S} | {cookie: now}


LOGINS: Final = Logins()
"""Those of this process."""
