"""The store's tables. A change here needs a migration in worklist/store/migrations/versions."""

from worklist.store.tables.base import Base, UtcTime
from worklist.store.tables.cases import BlockRow, CaseRow, OrderRow, SlideRow, SpecimenRow
from worklist.store.tables.intake import FhirPartRow, MessageRow, UnmatchedSlideRow
from worklist.store.tables.jobs import JobRow, WorkerRow
from worklist.store.tables.people import FactRow, PersonRow, PseudonymRow, SiteRow
from worklist.store.tables.reading import AssignmentRow, NoteRow, RescanRow, SecondOpinionRow, VerdictRow
from worklist.store.tables.trail import AuditHeadRow, AuditRow
from worklist.store.tables.watching import (
    ActionHourRow,
    ActionMonthRow,
    ForecastRow,
    OperationRow,
    ShadowPlaceRow,
    StorageDayRow,
)

__all__ = [
    "ActionHourRow",
    "ActionMonthRow",
    "AssignmentRow",
    "AuditHeadRow",
    "AuditRow",
    "Base",
    "BlockRow",
    "CaseRow",
    "FactRow",
    "FhirPartRow",
    "ForecastRow",
    "JobRow",
    "MessageRow",
    "NoteRow",
    "OperationRow",
    "OrderRow",
    "PersonRow",
    "PseudonymRow",
    "RescanRow",
    "SecondOpinionRow",
    "ShadowPlaceRow",
    "SiteRow",
    "SlideRow",
    "SpecimenRow",
    "StorageDayRow",
    "UnmatchedSlideRow",
    "UtcTime",
    "VerdictRow",
    "WorkerRow",
]
