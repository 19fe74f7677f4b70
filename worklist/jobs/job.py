"""A job, a lease of it, and the rules of leases and retries: pure, no clock and no store.

waiting > leased > done                              its slide has a finding by the model
                 > waiting (retry, not before ...)   reading it failed, or its worker died
                 > dead                              it failed too often: a person has to look
waiting, leased > cancelled                          somebody wants it unread, or another model took over
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal, get_args

JobState = Literal["waiting", "leased", "done", "dead", "cancelled"]
JOB_STATES: Final[tuple[JobState, ...]] = get_args(JobState)
ACTIVE: Final[tuple[JobState, ...]] = ("waiting", "leased")
"""States of a job that will still be done."""

MOST_LOSSES: Final = 10
"""A slide whose workers died this often is given up. A."""


@dataclass(frozen=True)
class Lease:
    """A job that somebody has for a while; the token proves it."""

    job: int
    path: Path
    token: str
    losses: int = 0
    """How many leases of it ended with the death of whoever held them."""
    stamp: str | None = None
    """Of the file as it was before it was read."""

    @property
    def alone(self) -> bool:
        """Whether it is read while no other slide is under way: somebody died over it, and it may be why."""
        return self.losses > 0

    @property
    def worn_out(self) -> bool:
        """Whether so many died over it that nobody else is to try."""
        return self.losses >= MOST_LOSSES


@dataclass(frozen=True)
class Rules:
    """How long things are waited for, in seconds, and how often they are tried. All A."""

    lease_s: float = 120
    """A lease without a heartbeat ends after this."""
    tries: int = 4
    """A slide that failed this often is dead."""
    first_retry_s: float = 30
    longest_retry_s: float = 3600

    @property
    def heartbeat_s(self) -> float:
        """How often a lease is renewed: five heartbeats may be lost before it is."""
        return self.lease_s / 6

    def retry_after(self, attempts: int) -> timedelta:
        """How long a job rests after its `attempts`-th failure: four times as long each time, up to a limit."""
        rest = self.first_retry_s * 4 ** min(attempts - 1, 16)
        return timedelta(seconds=min(rest, self.longest_retry_s))

    def lease_ends(self, now_utc: datetime) -> datetime:
        """When a lease that begins now ends without a heartbeat."""
        return now_utc + timedelta(seconds=self.lease_s)

    def latest_end(self, now_utc: datetime) -> datetime:
        """A lease that ends later than this is from before the clock went back.

        One lease length is allowed for whoever read the clock and then had to wait for the store.
        """
        return now_utc + 2 * timedelta(seconds=self.lease_s)
