"""A small department: two cases on the list, two readers, and those who may not read."""

import pytest
from sqlalchemy import insert

from tests.support.cases import case
from tests.support.people import SYSTEM
from worklist.store.store import Store
from worklist.store.tables import PersonRow, SiteRow


@pytest.fixture
def department(store: Store) -> Store:
    """The store with its people, two sites and the cases 26-1 (two slides) and 26-2."""
    people = [("anna", "pathologist"), ("bo", "pathologist"), ("carl", "coordinator"), ("rie", "researcher")]
    with store.writing() as session:
        session.execute(
            insert(PersonRow),
            [{"login": it, "name": it, "role": role, "site": "", "active": True} for it, role in people],
        )
        session.execute(
            insert(PersonRow), [{"login": "old", "name": "", "role": "pathologist", "site": "", "active": False}]
        )
        session.execute(
            insert(SiteRow),
            [
                {"code": "OUH", "name": "Odense", "region": "Syddanmark", "active": True},
                {"code": "XXX", "name": "Shut", "region": "Nowhere", "active": False},
            ],
        )
    store.add_cases([case("26-1", "a.svs", "b.svs"), case("26-2", "c.svs")], SYSTEM)
    return store
