"""What every page needs at hand: the store, the rules of the list, and the open cases, read anew each time."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import streamlit as st

from worklist.cases import Case
from worklist.errors import StoreError
from worklist.priority.policy import Policy
from worklist.priority.rank import RankedCase, rank
from worklist.settings import Settings
from worklist.site import site_policy
from worklist.store.store import SignedOut, Store
from worklist.watching.action_times import TIMES

LATEST: Final = 200
"""How many signed-out cases a page shows: more than a day's, and few enough to be read in a moment. A."""


@dataclass(frozen=True)
class Desk:
    """One look at the list."""

    store: Store
    policy: Policy
    now_utc: datetime
    cases: tuple[Case, ...]
    """The open cases."""

    def ranked(self, *, use_ai: bool = True) -> list[RankedCase]:
        """The open cases in the order that `worklist.priority` gives them."""
        return rank(self.cases, self.now_utc, self.policy.model_copy(update={"use_ai": use_ai}))

    def signed_out(self) -> SignedOut:
        """The latest of the signed-out cases; they are read when they are asked for, since they only grow."""
        return self.store.signed_out(LATEST)


def look() -> Desk:
    """The list as it is now. Raises StoreError."""
    settings = Settings()
    store = _store(settings.store_url)
    with suppress(StoreError):  # what was counted is kept for later; the list matters more
        TIMES.keep(store)
    return Desk(store, site_policy(settings), store.now(), tuple(store.cases()))


@st.cache_resource(show_spinner=False, on_release=Store.close)
def _store(url: str) -> Store:
    return Store.open(url)
