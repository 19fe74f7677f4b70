"""The tables of a research export: cases, slides, scores, verdicts; under pseudonyms, dates moved, no free text."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import pyarrow as pa

from worklist.store.tables import CaseRow, SlideRow, VerdictRow
from worklist.trail.pseudonyms import Kind, Pseudonym, pseudonym
from worklist.trail.site_key import SiteHash

_TEXT, _REAL, _FLAG, _WHOLE = pa.string(), pa.float64(), pa.bool_(), pa.int64()
_INSTANT: Final = pa.timestamp("us", tz="UTC")

SCHEMAS: Final[dict[str, Any]] = {
    "cases": pa.schema(
        [
            *((name, _TEXT) for name in ("case", "patient", "pathway", "specimen_kind", "site", "subspecialty")),
            ("urgency", _WHOLE),
            *((name, _INSTANT) for name in ("received_utc", "deadline_utc", "signed_out_utc", "order_cancelled_utc")),
            *((name, _TEXT) for name in ("signed_out_by", "state", "ai_state")),
            ("slides", _WHOLE),
        ]
    ),
    "slides": pa.schema(
        [
            *((name, _TEXT) for name in ("case", "slide", "file", "stain", "scanner")),
            ("block", _WHOLE),
            ("arrived_utc", _INSTANT),
        ]
    ),
    "scores": pa.schema(
        [
            *((name, _TEXT) for name in ("slide", "state", "model", "quality")),
            ("score", _REAL),
            ("flagged", _FLAG),
            ("scored_utc", _INSTANT),
        ]
    ),
    "verdicts": pa.schema(
        [
            *((name, _TEXT) for name in ("slide", "by", "verdict", "model")),
            ("ai_score", _REAL),
            ("ai_flagged", _FLAG),
            ("has_regions", _FLAG),
            ("at_utc", _INSTANT),
        ]
    ),
}
"""Columns of each table. `block` numbers the blocks of a case; slides of one block have the same number."""


@dataclass
class Tables:
    """Records by table, and the pseudonyms that they use."""

    hashed: SiteHash
    records: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in SCHEMAS})
    used: dict[tuple[Kind, str], Pseudonym] = field(default_factory=dict)

    def name_for(self, kind: Kind, original: str) -> str:
        """The pseudonym's name; it is noted as used."""
        return self._use(kind, original).name

    def add(self, case: CaseRow, verdicts: Iterable[VerdictRow], copied: Callable[[SlideRow], str | None]) -> None:
        """Adds a case with its slides and the verdicts on them. copied: name of a slide's copy, None without one."""
        patient = self._use("patient", case.patient_key) if case.patient_key else None
        own = self._use("case", case.accession_number, patient)
        shift = timedelta(days=own.shift_days)

        def moved(instant: datetime | None) -> datetime | None:
            return None if instant is None else instant + shift

        self.records["cases"].append(
            {
                "case": own.name,
                "patient": patient.name if patient else None,
                "signed_out_by": self.name_for("person", case.signed_out_by) if case.signed_out_by else None,
                "slides": len(case.slides),
                **{
                    name: getattr(case, name)
                    for name in ("pathway", "specimen_kind", "site", "subspecialty", "urgency", "state", "ai_state")
                },
                **{
                    name: moved(getattr(case, name))
                    for name in ("received_utc", "deadline_utc", "signed_out_utc", "order_cancelled_utc")
                },
            }
        )
        names = {slide.id: self.name_for("slide", slide.path) for slide in case.slides}
        blocks = {label: number for number, label in enumerate(sorted({it.block for it in case.slides if it.block}), 1)}
        for slide in case.slides:
            self.records["slides"].append(
                {
                    "case": own.name,
                    "slide": names[slide.id],
                    "file": copied(slide),
                    "stain": slide.stain,
                    "scanner": slide.scanner,
                    "block": blocks.get(slide.block or ""),
                    "arrived_utc": moved(slide.arrived_utc),
                }
            )
            self.records["scores"].append(
                {
                    "slide": names[slide.id],
                    "scored_utc": moved(slide.scored_utc),
                    **{name: getattr(slide, name) for name in ("state", "model", "quality", "score", "flagged")},
                }
            )
        for verdict in verdicts:
            self.records["verdicts"].append(
                {
                    "slide": names[verdict.slide_id],
                    "by": self.name_for("person", verdict.by),
                    "at_utc": moved(verdict.at_utc),
                    "has_regions": verdict.regions is not None,
                    **{name: getattr(verdict, name) for name in ("verdict", "model", "ai_score", "ai_flagged")},
                }
            )

    def _use(self, kind: Kind, original: str, dated_by: Pseudonym | None = None) -> Pseudonym:
        found = self.used.get((kind, original))
        if found is None:
            found = self.used[kind, original] = pseudonym(self.hashed, kind, original, dated_by)
        return found
