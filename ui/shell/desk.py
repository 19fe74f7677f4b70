"""What every page needs at hand: the store, the rules of the list, and the open cases, read anew each time."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import streamlit as st

from worklist.errors import StoreError, UnknownCaseError
from worklist.pathways import load_pathways
from worklist.priority.chosen import Wanted
from worklist.priority.open_list import ListPage, OpenList
from worklist.priority.page import first_page
from worklist.priority.policy import Policy, load_policy
from worklist.priority.rank import RankedCase
from worklist.settings import Settings, settings_now
from worklist.store.overview import Alike
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
    open_list: OpenList
    """Of that store."""

    @cached_property
    def alike(self) -> Sequence[Alike]:
        """All open cases, counted by kind."""
        return self.open_list.alike(self.now_utc)

    def rule(self, *, use_ai: bool) -> Policy:
        """The site's policy, or its clinical order where somebody turned the AI off."""
        return self.policy if use_ai else self.policy.without_ai()

    def ranked(self, count: int | None = None, *, use_ai: bool = True) -> list[RankedCase]:
        """The first `count` open cases, or all, in the order that `worklist.priority` gives them."""
        return first_page(self.store, self.now_utc, self.rule(use_ai=use_ai), count)

    def list_page(self, wanted: Wanted, count: int, offset: int, *, use_ai: bool) -> ListPage:
        """A part of what is wanted of the open cases, with their places on the whole list."""
        return self.open_list.page(self.now_utc, self.rule(use_ai=use_ai), wanted, count, offset)

    def place(self, accession_number: str, *, use_ai: bool) -> RankedCase | None:
        """One case's place on the list; None where it is not open any more."""
        try:
            return self.open_list.place(accession_number, self.now_utc, self.rule(use_ai=use_ai))
        except UnknownCaseError:
            return None

    def signed_out(self) -> SignedOut:
        """The latest of the signed-out cases; they are read when they are asked for, since they only grow."""
        return self.store.signed_out(LATEST)


def look() -> Desk:
    """The list as it is now. Raises StoreError."""
    settings = settings_now()
    store, open_list = _store(settings.store_url)
    with suppress(StoreError):  # what was counted is kept for later; the list matters more
        TIMES.keep(store)
    return Desk(store, _policy(settings), store.now(), open_list)


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept[0].close())
def _store(url: str) -> tuple[Store, OpenList]:
    """One for all visitors."""
    store = Store.open(url)
    return store, OpenList(store)


def _policy(settings: Settings) -> Policy:
    files = (Path(it) for it in (settings.policy, settings.pathways) if it is not None)
    return _policy_of(settings.policy, settings.pathways, tuple(it.stat().st_mtime_ns for it in files if it.is_file()))


@lru_cache(maxsize=4)
def _policy_of(policy: str, pathways: Path | None, _changed_ns: tuple[int, ...]) -> Policy:
    """Read anew only where a file of the site's own was changed: every look asks, and reading takes some 20 ms."""
    return load_policy(policy, load_pathways(pathways).calendar)
