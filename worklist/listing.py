"""The ranked list as plain records, for programs that read it."""

from typing import Any

from worklist.priority.rank import RankedCase


def as_record(ranked: RankedCase) -> dict[str, Any]:
    """One case of `forrang worklist --json`: its place, its reason, its state, and all that is kept of it."""
    case = ranked.case
    return {
        "rank": ranked.rank,
        "clinical_rank": ranked.clinical_rank,
        "overdue": ranked.overdue,
        "working_hours_left": round(ranked.time_left.total_seconds() / 3600, 2),
        "ai_raise_working_hours": round(ranked.ai_raise.total_seconds() / 3600, 2),
        "forecast_raise_working_hours": round(ranked.forecast_raise.total_seconds() / 3600, 2),
        "late_probability": ranked.late_probability,
        "protected": ranked.protected,
        "overtakes": ranked.overtakes,
        "overtaken_by": ranked.overtaken_by,
        "would_overtake": ranked.would_overtake,
        "reason": ranked.reason,
        "ai_state": case.ai_state,
        "ai_score": case.ai_score,
        **case.model_dump(mode="json"),
    }
