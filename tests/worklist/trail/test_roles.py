"""Who may do what is as documented, and nothing is changed past the one place that asks."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from tests.support.people import person
from worklist.errors import NotAllowedError
from worklist.people import MAY, Act, Role, may, require

PROJECT = Path(__file__).resolve().parents[3]

WRITES_WITHOUT_THE_TRAIL = {
    "store/database.py": "defines it",
    "store/store.py": "the one place: `acting` and `changing`",
    "store/backup.py": "fills an empty store with a whole one",
    "jobs/queue.py": "leases",
    "jobs/signs.py": "workers' signs of life",
    "jobs/filling.py": "which slides wait for a model",
    "watching/action_times.py": "counts of actions",
    "watching/storage.py": "how full the disks are, by day",
    "trail/pseudonyms.py": "the key table; the export itself is on the trail before",
    "intake/fhir/taking_in.py": "parts of orders that wait for the rest; what they do to a case is on the trail",
}
"""Files of worklist/ that may write without a row on the trail, and what they write."""

DELETES = {
    "jobs/signs.py": "workers that are gone",
    "jobs/filling.py": "jobs of slides that no case holds",
    "store/backup.py": "the head of an empty store",
    "intake/specimens.py": "blocks that an order took back",
    "forecast.py": "older forecasts",
}
"""Files that may delete rows, and which; never cases, slides, people, verdicts or the trail."""


def calls(source: str) -> set[str]:
    """Names of all functions and methods that a source calls."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func
            found.add(called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", ""))
    return found


def files_that_call(*names: str) -> set[str]:
    root = PROJECT / "worklist"
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if "migrations" not in path.parts and calls(path.read_text("utf-8")) & set(names)
    }


def test_every_act_is_somebodys() -> None:
    granted = frozenset().union(*MAY.values())
    assert granted == set(get_args(Act))
    assert set(MAY) == set(get_args(Role))


def test_the_table_in_the_documentation_is_what_the_code_grants() -> None:
    text = (PROJECT / "docs" / "audit.md").read_text("utf-8")
    header, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if re.match(r"\| (act|[a-z ]+) \|( (yes|[a-z]+)? *\|){6}$", line)
    ]
    assert header == ["act", *get_args(Role)]
    told = {(row[0], role) for row in rows for role, cell in zip(header[1:], row[1:], strict=True) if cell == "yes"}
    assert told == {(act, role) for role, acts in MAY.items() for act in acts}


@pytest.mark.parametrize("act", get_args(Act))
@pytest.mark.parametrize("role", get_args(Role))
def test_an_act_that_is_not_granted_is_refused_by_name(role: Role, act: Act) -> None:
    actor = person("somebody", role)
    if may(actor, act):
        require(actor, act)
        return
    with pytest.raises(NotAllowedError, match=re.escape(f"somebody ({role}) may not: {act}")):
        require(actor, act)


@pytest.mark.parametrize("act", ["read", "give verdict", "sign out", "answer second opinion"])
def test_only_a_pathologist_judges(act: Act) -> None:
    assert [role for role in get_args(Role) if may(person("x", role), act)] == ["pathologist"]


def test_no_person_or_system_without_need_sees_who_did_what_or_whom_a_pseudonym_means() -> None:
    for act in ("see audit", "reveal pseudonym", "manage people"):
        assert [role for role in get_args(Role) if may(person("x", role), act)] == ["admin"]
    assert "export research" not in MAY["admin"], "who turns pseudonyms back does not make the exports"


def test_what_changes_the_store_goes_through_the_one_place_that_asks() -> None:
    assert files_that_call("writing") == set(WRITES_WITHOUT_THE_TRAIL) - {"store/database.py"}
    assert files_that_call("Session", "sessionmaker") - {"intake/dicomweb/fetching.py"} == {"store/database.py"}


def test_rows_are_deleted_only_where_they_hold_nothing_of_a_persons() -> None:
    assert files_that_call("delete") == set(DELETES)


def test_the_inspection_sees_what_it_looks_for() -> None:
    assert calls("with store.writing() as session:\n    session.delete(row)") == {"writing", "delete"}
    assert calls("with writing(engine) as session: pass") == {"writing"}
