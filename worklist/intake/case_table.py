"""Cases from a CSV file or an Excel workbook. Good lines come in; every other is told by line and column.

docs/worklist.md describes the columns.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from os.path import normpath
from pathlib import Path
from typing import Literal

from worklist.cases import Case, CaseSlide, SpecimenKind
from worklist.errors import CalendarError, UnknownPathwayError
from worklist.intake.accession import accession_text, refusal
from worklist.intake.arrivals import path_refusal
from worklist.intake.moments import far_in_the_future, long_ago, read_moment
from worklist.intake.table_lines import Line, Lines, read_lines
from worklist.pathways import PathwayTable
from worklist.trail.identity_guard import mask_identity

COLUMNS = ("accession number", "pathway", "specimen", "received", "site", "subspecialty", "slides")
"""The columns, in any order, in any letters, with spaces, hyphens or underscores."""
REQUIRED = ("accession number", "pathway", "received")

SPECIMENS: Mapping[str, SpecimenKind] = {
    "cytology": "cytology",
    "cytologi": "cytology",
    "biopsy": "biopsy",
    "biopsi": "biopsy",
    "resection": "resection",
    "resektat": "resection",
    "tissue": "tissue",
    "væv": "tissue",
    "": "tissue",
}


@dataclass(frozen=True)
class Problem:
    """Something about one line that a person has to know: an error kept the line out, a warning did not."""

    line: int
    """Line of the file, the header being 1."""
    column: str
    """Name of the column; empty where it is the whole line."""
    severity: Literal["error", "warning"]
    message: str

    def __str__(self) -> str:
        column = f", {self.column}" if self.column else ""
        return f"line {self.line}{column}: {self.severity}: {self.message}"


@dataclass(frozen=True)
class Intake:
    """What a file of cases held: the cases of its good lines, and what is to be said of the others."""

    cases: tuple[Case, ...]
    problems: tuple[Problem, ...]
    lines: Mapping[str, int]
    """By accession number, the first line of each case."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that kept a line out."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def read_cases(path: Path, pathways: PathwayTable, now_utc: datetime) -> Intake:
    """Reads a file of cases. Relative slide paths are relative to the file.

    A slide whose file is not there comes in as failed with its reason. Lines of one accession number are one
    case: their slides join; if anything else differs, the later line is an error.
    Raises IntakeError where the file cannot be read at all.
    """
    return _Reading(path, pathways, now_utc).read(read_lines(path, now_utc.year))


class _Reading:
    """One file on its way in."""

    def __init__(self, path: Path, pathways: PathwayTable, now_utc: datetime) -> None:
        self._folder = path.absolute().parent
        self._pathways = pathways
        self._now_utc = now_utc
        self._problems: list[Problem] = []
        self._cases: dict[str, tuple[int, Case]] = {}
        self._slides: dict[Path, tuple[int, str]] = {}

    def read(self, table: Lines) -> Intake:
        columns: list[str] | None = None
        number = 1
        for line in table.lines:
            if columns is None:
                number = line.number
                columns = self._header(line)
                if columns is None:
                    return self._told()
            else:
                self._line(line, columns, table.advice)
        if columns is None:
            self._tell(number, "", f"the file is empty; its first line names the columns: {', '.join(COLUMNS)}")
        return self._told()

    def _told(self) -> Intake:
        problems = sorted(self._problems, key=lambda problem: problem.line)
        lines = {number: line for number, (line, _) in self._cases.items()}
        return Intake(tuple(case for _, case in self._cases.values()), tuple(problems), lines)

    def _tell(self, line: int, column: str, message: str, severity: Literal["error", "warning"] = "error") -> None:
        self._problems.append(Problem(line, mask_identity(column), severity, mask_identity(message)))

    def _header(self, header: Line) -> list[str] | None:
        """The column names as they stand in the file; None where no line can be read by them."""
        number = header.number
        if header.fault is not None:
            self._tell(number, "", header.fault)
            return None
        columns = [" ".join(re.split(r"[\s_-]+", it.lower())) for it in header.fields]
        missing = [column for column in REQUIRED if column not in columns]
        for column in missing:
            self._tell(number, column, f"column is missing; the columns are {', '.join(COLUMNS)}")
        for column in columns:
            if column and column not in COLUMNS:
                message = f"column is not known and was not read; known are {', '.join(COLUMNS)}"
                self._tell(number, column, message, "warning")
        twice = {column for column in columns if column in COLUMNS and columns.count(column) > 1}
        for column in sorted(twice):
            self._tell(number, column, "column stands twice; leave one of them out")
        return None if missing or twice else columns

    def _line(self, line: Line, columns: list[str], advice: str) -> None:
        number, fields = line.number, list(line.fields)
        if line.fault is not None:
            self._tell(number, "", line.fault)
            return
        if not any(fields):
            return
        while len(fields) > len(columns) and not fields[-1]:
            fields.pop()
        if len(fields) != len(columns):
            several = "several slides may also be separated by |"
            self._tell(number, "", f"{len(fields)} fields for {len(columns)} columns; {advice} ({several})")
            return
        case = self._case(number, dict(zip(columns, fields, strict=True)))
        if case is not None:
            self._take(number, case)

    def _case(self, number: int, told: Mapping[str, str]) -> Case | None:
        """The case that the line tells of; None where a field is wrong. Every wrong field is told."""
        accession_number = self._accession_number(number, told["accession number"])
        pathway = self._pathway(number, told["pathway"])
        received_utc = self._received(number, told["received"])
        kind = SPECIMENS.get(told.get("specimen", "").lower())
        if kind is None:
            known = ", ".join(repr(name) for name in SPECIMENS if name)
            self._tell(number, "specimen", f"{told['specimen']!r} is not known; give {known}, or leave it empty")
        if accession_number is None or pathway is None or received_utc is None or kind is None:
            return None
        try:
            deadline_utc = self._pathways.deadline(pathway, kind, received_utc)
        except (CalendarError, OverflowError) as error:
            self._tell(number, "received", f"no deadline can be reckoned from it: {error}")
            return None
        return Case(
            accession_number=accession_number,
            pathway=pathway,
            pathway_name=self._pathways.pathways[pathway].name,
            specimen_kind=kind,
            urgency=self._pathways.pathways[pathway].urgency,
            received_utc=received_utc,
            deadline_utc=deadline_utc,
            site=self._masked(number, "site", told),
            subspecialty=self._masked(number, "subspecialty", told),
            slides=self._slides_of(number, told.get("slides", "")),
        )

    def _accession_number(self, number: int, text: str) -> str | None:
        text = accession_text(text)
        if why_not := refusal(text):
            self._tell(number, "accession number", why_not)
            return None
        return text

    def _pathway(self, number: int, text: str) -> str | None:
        try:
            return self._pathways.find(text)
        except UnknownPathwayError as error:
            self._tell(number, "pathway", str(error))
            return None

    def _received(self, number: int, text: str) -> datetime | None:
        try:
            moment = read_moment(text, self._pathways.calendar)
        except (ValueError, OverflowError) as error:
            self._tell(number, "received", str(error))
            return None
        for doubt in moment.doubts:
            self._tell(number, "received", doubt, "warning")
        if far_in_the_future(moment.instant_utc, self._now_utc):
            self._tell(number, "received", f"{text!r} lies in the future, so no deadline holds; correct the date")
            return None
        if moment.instant_utc > self._now_utc:
            message = f"{text!r} lies a little in the future; check the clocks of the two systems"
            self._tell(number, "received", message, "warning")
        if long_ago(moment.instant_utc, self._now_utc, years=20):
            self._tell(number, "received", f"{text!r} is more than 20 years ago; correct the date")
            return None
        if long_ago(moment.instant_utc, self._now_utc, years=1):
            self._tell(number, "received", f"{text!r} is more than a year ago; check it", "warning")
        return moment.instant_utc

    def _masked(self, number: int, column: str, told: Mapping[str, str]) -> str:
        text = told.get(column, "")
        safe = mask_identity(text)
        if safe != text:
            self._tell(number, column, "held a patient's number, which was masked", "warning")
        return safe

    def _slides_of(self, number: int, text: str) -> tuple[CaseSlide, ...]:
        """The slides of one field, separated by ; or |, unless the whole field is the name of a file."""
        whole = self._slide_path(text) if text else None
        names = [text] if whole is not None and _is_there(whole) else re.split(r"[;|]", text)
        paths = dict.fromkeys(self._slide_path(name.strip()) for name in names if name.strip())
        for path in paths:
            if why_not := path_refusal(path):
                self._tell(number, "slides", f"a slide was left out: {why_not}")
        return tuple(_slide(path) for path in paths if path_refusal(path) is None)

    def _slide_path(self, name: str) -> Path:
        return Path(normpath(self._folder / name))

    def _take(self, number: int, case: Case) -> None:
        """Puts the case on the intake, or its slides to the case of the same number."""
        key = case.accession_number
        if key in self._cases:
            earlier, known = self._cases[key]
            differing = [
                field
                for field in ("pathway", "specimen_kind", "received_utc", "site", "subspecialty")
                if getattr(known, field) != getattr(case, field)
            ]
            if differing:
                names = ", ".join(field.removesuffix("_utc").removesuffix("_kind") for field in differing)
                message = (
                    f"this number is on line {earlier} with another {names}, so only its slides join; correct a line"
                )
                self._tell(number, "accession number", message)
            slides = {slide.path: slide for slide in (*known.slides, *case.slides)}
            self._cases[key] = (earlier, known.model_copy(update={"slides": tuple(slides.values())}))
        else:
            self._cases[key] = (number, case)
        for slide in case.slides:
            line, owner = self._slides.setdefault(slide.path, (number, key))
            if owner != key:
                message = f"{slide.path.name} is also a slide of the case on line {line}; check whose it is"
                self._tell(number, "slides", message, "warning")
            if slide.state == "failed" and slide.reason:
                self._tell(number, "slides", slide.reason, "warning")


def _slide(path: Path) -> CaseSlide:
    if _is_there(path):
        return CaseSlide(path=path)
    reason = f"{path.name}: file not found; copy it to where the list says, or correct its path"
    return CaseSlide(path=path, state="failed", reason=reason)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
