"""How the list may be ordered: what the AI may do, and what bounds it."""

from pydantic import BaseModel, ConfigDict, Field

from worklist.calendar import WorkingCalendar


class Policy(BaseModel):
    """A rule of precedence. The figures are assumptions (A), to be set by the department."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    use_ai: bool = True
    """False gives the clinical order."""
    raise_working_hours: float = Field(default=16, ge=0, le=2000)
    """A flagged case with score s is ordered as if it were due s times this many working hours earlier.

    So it can pass only cases that are due at most this much before it."""
    protect_working_hours: float = Field(default=8, ge=0)
    """A case with this much working time left, or less, is not overtaken any more."""
    max_wait_working_days: float = Field(default=5, ge=0)
    """A case that has waited this long is not overtaken any more (all tissue within 5 working days: P,
    Danish Society of Pathology)."""
    calendar: WorkingCalendar = WorkingCalendar()
