"""What every page needs at hand: the store, the rules of the list, and the list itself, read anew each time."""

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from worklist.cases import Case
from worklist.policy import Policy
from worklist.priority import RankedCase, rank
from worklist.settings import Settings
from worklist.site import site_policy
from worklist.store import Store


@dataclass(frozen=True)
class Desk:
    """One look at the list."""

    store: Store
    policy: Policy
    now_utc: datetime
    cases: tuple[Case, ...]
    """Every case, the signed-out ones among them."""

    def ranked(self, *, use_ai: bool = True) -> list[RankedCase]:
        """The open cases in the order that `worklist.priority` gives them."""
        return rank(self.cases, self.now_utc, self.policy.model_copy(update={"use_ai": use_ai}))

    def signed_out(self) -> list[Case]:
        """The signed-out cases, the latest first."""
        done = [case for case in self.cases if case.signed_out_utc is not None]
        return sorted(done, key=lambda case: (case.signed_out_utc, case.accession_number), reverse=True)


def look() -> Desk:
    """The list as it is now. Raises StoreError."""
    settings = Settings()
    store = _store(settings.store_url)
    return Desk(store, site_policy(settings), store.now(), tuple(store.cases(include_signed_out=True)))


@st.cache_resource(show_spinner=False, on_release=Store.close)
def _store(url: str) -> Store:
    return Store.open(url)
