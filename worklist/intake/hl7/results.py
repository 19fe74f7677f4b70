"""What the AI found and where a case stands, as ORU^R01 messages for the laboratory's system; never final."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from worklist.cases import Case
from worklist.errors import IntakeError
from worklist.intake.hl7.characters import Delimiters, escape
from worklist.intake.hl7.times import write_time
from worklist.trail.identity_guard import mask_identity

_MARKS: Final = Delimiters()
_SYSTEM: Final = "99FORRANG"


@dataclass(frozen=True)
class CaseResult:
    """What is told of a case: a result of its own, to be told again only when it has changed."""

    accession_number: str
    state: str
    """Where the case is among people, as a CaseState."""
    ai_state: str
    ai_score: float | None
    """The highest calibrated score of its slides."""
    models: str
    place: int | None
    """On the list; None once it is signed out."""
    reason: str

    @classmethod
    def of(cls, case: Case, place: int | None, reason: str) -> "CaseResult":
        """The result of a case that stands on that place of the list, for that reason in words."""
        models = ", ".join(sorted({slide.model for slide in case.slides if slide.model}))
        words = mask_identity(reason)
        return cls(case.accession_number, case.state, case.ai_state, case.ai_score, models, place, words)

    @property
    def digest(self) -> str:
        """The same as long as state, finding and place are; the reason's hours pass without a change."""
        told = (self.state, self.ai_state, self.ai_score, self.models, self.place)
        return hashlib.sha256(repr(told).encode()).hexdigest()


def result_message(result: CaseResult, number: str, now: datetime) -> bytes:
    """The ORU^R01 message of a result, version 2.5.1, in UTF-8, without any segment that names a patient.

    number: of the message. now: on the site's clocks.
    """
    at = write_time(now.replace(microsecond=0))
    told = [
        ("ST", "STATE", "State of the case", result.state),
        ("ST", "AI", "AI finding", result.ai_state),
        ("NM", "AISCORE", "AI score, 0 to 1", "" if result.ai_score is None else f"{result.ai_score:.4f}"),
        ("ST", "MODEL", "AI model", result.models),
        ("NM", "PLACE", "Place on the list", "" if result.place is None else str(result.place)),
        ("ST", "REASON", "Why it stands there", result.reason),
    ]
    lines = [
        f"MSH|{_MARKS.encoding_characters}|FORRANG||||{at}||ORU^R01^ORU_R01|{number}|P|2.5.1||||||UNICODE UTF-8",
        f"OBR|1||{_text(result.accession_number)}|TRIAGE^AI triage^{_SYSTEM}" + "|" * 18 + f"{at}|||P",
    ]
    filled = [it for it in told if it[3]]
    for index, (kind, code, name, value) in enumerate(filled, start=1):
        lines.append(f"OBX|{index}|{kind}|{code}^{name}^{_SYSTEM}||{_text(value)}||||||P|||{at}")
    return "".join(f"{line}\r" for line in lines).encode()


class Memory:
    """What each receiver was told last, in a file, so that only what has changed is told again."""

    def __init__(self, file: Path, receiver: str) -> None:
        self._file, self._receiver = file, receiver

    def told(self) -> dict[str, str]:
        """Digest of the last result by accession number. Raises IntakeError where the file is spoilt."""
        return dict(self._all().get(self._receiver, {}))

    def keep(self, told: Mapping[str, str]) -> None:
        """Writes it whole or not at all."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(self._all() | {self._receiver: dict(told)}), encoding="utf-8")
        new.replace(self._file)

    def _all(self) -> dict[str, dict[str, str]]:
        try:
            told = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise IntakeError(f"{self._file}: is spoilt; remove it, and every result is sent once more")
        return told


def _text(value: str) -> str:
    return escape(value, _MARKS)
