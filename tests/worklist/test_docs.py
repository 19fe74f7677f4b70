"""docs/worklist.md says what the program does: its examples run."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from worklist.cases import Case, CaseSlide, SpecimenKind
from worklist.intake.case_table import COLUMNS, read_cases
from worklist.pathways import load_pathways
from worklist.priority.policy import PRESETS, Policy, load_policy
from worklist.priority.rank import rank

PAGE = (Path(__file__).parents[2] / "docs" / "worklist.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
TABLE = load_pathways()


def scored(score: float, name: str = "a.svs") -> CaseSlide:
    return CaseSlide(path=Path(name), state="scored", score=score, flagged=score >= 0.5)


def case(number: str, pathway: str, kind: SpecimenKind, days_ago: int, *slides: CaseSlide) -> Case:
    day = TABLE.calendar.shift_working_days(TABLE.calendar.local_day(NOW), -days_ago)
    received = TABLE.calendar.closing_utc(day) - timedelta(hours=6)
    return Case(
        accession_number=number,
        pathway=pathway,
        pathway_name=TABLE.pathways[pathway].name,
        urgency=TABLE.pathways[pathway].urgency,
        received_utc=received,
        deadline_utc=TABLE.deadline(pathway, kind, received),
        slides=slides,
    )


def test_the_worked_example_is_what_the_list_says() -> None:
    cut_short = "b.svs: the file is cut short; copy it again from the scanner"
    cases = [
        case("A", "breast", "biopsy", 4, scored(0.12)),
        case("B", "lung", "biopsy", 2, CaseSlide(path=Path("b.svs"), state="failed", reason=cut_short)),
        case("C", "breast", "biopsy", 2, scored(0.08)),
        case("D", "colorectal", "resection", 4, scored(0.31), CaseSlide(path=Path("d2.svs"))),
        case("E", "breast", "resection", 3, scored(0.94)),
        case("F", "prostate", "biopsy", 1, scored(0.60)),
    ]
    told = [
        f"| {it.rank} | {it.clinical_rank} | {it.case.accession_number} | {it.reason.split(': ', 1)[1]} |"
        for it in rank(cases, NOW, Policy(calendar=TABLE.calendar))
    ]
    assert [line for line in PAGE.splitlines() if re.match(r"\| \d ", line)] == told


def test_the_example_of_a_csv_file_comes_in(tmp_path: Path) -> None:
    (lines,) = re.findall(r"^    accession number;.*\n(?:^    .*;.*\n)+", PAGE, re.MULTILINE)
    (tmp_path / "cases.csv").write_text(lines.replace("    ", ""), encoding="utf-8")
    told = read_cases(tmp_path / "cases.csv", TABLE, NOW + timedelta(days=2))
    assert not told.errors
    assert [(it.pathway, len(it.slides)) for it in told.cases] == [("breast", 2), ("lung", 0)]
    assert told.cases[0].received_utc == told.cases[1].received_utc


def test_every_column_is_in_the_table_of_columns() -> None:
    assert all(f"`{column}`" in PAGE for column in COLUMNS)


def test_the_example_of_a_pathways_file_can_be_used(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    assert load_pathways(tmp_path / "mine.yaml").target("lung", "biopsy").working_days == 3


def test_the_example_of_a_policy_file_can_be_used_and_every_ready_policy_is_told(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml policy\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    assert load_policy(str(tmp_path / "mine.yaml"), TABLE.calendar).raise_working_hours == 12
    assert all(f"| `{name}` |" in PAGE for name in PRESETS)
