"""What every page needs at hand: the store, the rules of the list, and the open cases, read anew each time."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

import streamlit as st

from worklist.errors import StoreError, UnknownCaseError
from worklist.priority.page import ListPage, Wanted, find_place, first_page, list_page
from worklist.priority.policy import Policy
from worklist.priority.rank import RankedCase
from worklist.settings import Settings
from worklist.site import site_policy
from worklist.store.overview import Alike, newest_act, overview
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

    @cached_property
    def alike(self) -> Sequence[Alike]:
        """All open cases, counted by kind; what is overdue, as of a few seconds ago."""
        return _alike(self.store.url, newest_act(self.store), self.store, self.now_utc)

    def rule(self, *, use_ai: bool) -> Policy:
        """The site's policy, or its clinical order where somebody turned the AI off."""
        return self.policy if use_ai else self.policy.without_ai()

    def ranked(self, count: int | None = None, *, use_ai: bool = True) -> list[RankedCase]:
        """The first `count` open cases, or all, in the order that `worklist.priority` gives them."""
        return first_page(self.store, self.now_utc, self.rule(use_ai=use_ai), count)

    def list_page(self, wanted: Wanted, count: int, offset: int, *, use_ai: bool) -> ListPage:
        """A part of what is wanted of the open cases, with their places on the whole list."""
        return list_page(self.store, self.now_utc, self.rule(use_ai=use_ai), wanted, count, offset)

    def place(self, accession_number: str, *, use_ai: bool) -> RankedCase | None:
        """One case's place on the list; None where it is not open any more."""
        try:
            return find_place(self.store, accession_number, self.now_utc, self.rule(use_ai=use_ai))
        except UnknownCaseError:
            return None

    def signed_out(self) -> SignedOut:
        """The latest of the signed-out cases; they are read when they are asked for, since they only grow."""
        return self.store.signed_out(LATEST)


def look() -> Desk:
    """The list as it is now. Raises StoreError."""
    settings = Settings()
    store = _store(settings.store_url)
    with suppress(StoreError):  # what was counted is kept for later; the list matters more
        TIMES.keep(store)
    return Desk(store, site_policy(settings), store.now())


@st.cache_resource(show_spinner=False, ttl=5, max_entries=4)
def _alike(url: str, newest: int, _store: Store, _now_utc: datetime) -> Sequence[Alike]:  # noqa: ARG001
    """Counted once for all visitors, until somebody changes a case."""
    return tuple(overview(_store, _now_utc))


@st.cache_resource(show_spinner=False, on_release=Store.close)
def _store(url: str) -> Store:
    return Store.open(url)
