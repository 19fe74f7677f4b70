"""A question to the planner, complete in itself: what is asked, and of which plans as they were then."""

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["run", "compare", "bottleneck", "sensitivity", "optimise", "workforce", "forecast"]
"""forecast: of a list that the planner does not know, by a process of the room that does."""
State = Literal["waiting", "running", "done", "failed", "stopped"]
"""stopped: by a person, or with its process."""

MOST_PLANS: Final = 6


class Question(BaseModel):
    """What is asked, of which plans, by whom. Frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    scenarios: Annotated[tuple[str, ...], Field(min_length=1, max_length=MOST_PLANS)]
    """Each plan whole, as YAML; all but a comparison ask of the first."""
    titles: tuple[str, ...]
    """What the plans are called."""
    asked_by: str
    login: str = ""
    role: str = ""
    """Of whoever asked, where the answer is kept outside of the planner in their name."""
    asked_utc: datetime
    replications: Annotated[int, Field(ge=1, le=200)] = 20
    target: Annotated[float, Field(gt=0, lt=1)] = 0.9
    """Share of cases on time: of the cheapest plan."""
    minutes: Annotated[float, Field(gt=0, le=60)] = 5
    """How long the cheapest plan is looked for."""
    years: Annotated[int, Field(ge=1, le=30)] = 10
    """How far the workforce is followed."""


class Progress(BaseModel):
    """How far an answer has come."""

    model_config = ConfigDict(frozen=True)

    state: State = "waiting"
    done: int = 0
    wanted: int = 0
    note: str = ""
    """What goes on, such as compiling the simulation."""
    reason: str = ""
    """Why there is no answer."""
    runs: tuple[str, ...] = ()
    """Kept runs that the answer rests on."""
    finished_utc: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether an answer may still come."""
        return self.state in ("waiting", "running")

    @property
    def part(self) -> float:
        """How much of it is done, 0 to 1."""
        return min(1.0, self.done / self.wanted) if self.wanted else 0.0
