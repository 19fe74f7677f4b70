"""People and sites are added, changed and never taken out; and an account acts as its own person alone."""

import getpass

import pytest

from tests.support.people import person
from worklist.commands.acting import acting_account, acting_person
from worklist.errors import DirectoryError, NotAllowedError
from worklist.store.store import Store
from worklist.trail import directory
from worklist.trail.entries import Wanted, latest

ADMIN = person("chief", "admin")


@pytest.fixture
def staffed(store: Store) -> Store:
    """A store with an admin, a site and a pathologist."""
    directory.add_first_admin(store, "root", "chief", "The Chief")
    directory.add_site(store, ADMIN, "HER", "Herlev", "H")
    directory.add_person(store, ADMIN, "anna", "Anna Berg", "pathologist", "HER")
    return store


def test_the_first_admin_comes_by_itself_and_the_second_by_the_first(store: Store) -> None:
    assert not directory.has_admin(store)
    assert directory.add_first_admin(store, "root", "chief", "The Chief").role == "admin"
    with pytest.raises(NotAllowedError, match="an admin already"):
        directory.add_first_admin(store, "root", "thief", "A Thief")
    directory.add_person(store, ADMIN, "deputy", "Deputy", "admin")
    assert [it.login for it in directory.people(store)] == ["chief", "deputy"]


def test_only_an_admin_manages_people_and_sites(staffed: Store) -> None:
    for role in ("pathologist", "coordinator", "manager", "researcher", "system"):
        actor = person("somebody", role)
        with pytest.raises(NotAllowedError):
            directory.add_person(staffed, actor, "eve", "Eve", "admin")
        with pytest.raises(NotAllowedError):
            directory.change_person(staffed, actor, "anna", role="admin")
        with pytest.raises(NotAllowedError):
            directory.add_site(staffed, actor, "X", "X")
    assert {it.login: it.role for it in directory.people(staffed)} == {"anna": "pathologist", "chief": "admin"}


def test_somebody_who_left_stays_in_the_directory_and_on_the_trail(staffed: Store) -> None:
    directory.change_person(staffed, ADMIN, "anna", active=False)
    assert directory.person(staffed, "anna") == directory.Person(
        "anna", "Anna Berg", "pathologist", "HER", active=False
    )
    with pytest.raises(NotAllowedError, match="does not work here any more"):
        acting_person(staffed, "anna")
    directory.change_person(staffed, ADMIN, "anna", active=True, role="manager")
    assert acting_person(staffed, "anna").role == "manager"
    told = [it.told for it in latest(staffed, ADMIN, Wanted(act="manage people"), 2)]
    assert told == ["active True, person anna, role manager", "active False, person anna"]


@pytest.mark.parametrize("change", [{"active": False}, {"role": "manager"}])
def test_the_last_admin_stays_one(staffed: Store, change: dict[str, object]) -> None:
    with pytest.raises(DirectoryError, match="only admin"):
        directory.change_person(staffed, ADMIN, "chief", **change)  # type: ignore[arg-type]
    assert acting_person(staffed, "chief").role == "admin"


@pytest.mark.parametrize(
    ("login", "name", "role", "site", "told"),
    [
        ("anna", "Another", "manager", "", "such a login already"),
        ("eve", "Eve", "system", "", "give one of pathologist"),
        ("eve", "Eve", "surgeon", "", "give one of pathologist"),
        ("eve", "Eve", "manager", "XYZ", "not known"),
        (" ", "Eve", "manager", "", "login: is empty"),
        ("010190-1234", "Eve", "manager", "", "holds a Danish CPR number"),
    ],
)
def test_what_cannot_be_is_refused(staffed: Store, login: str, name: str, role: str, site: str, told: str) -> None:
    with pytest.raises(DirectoryError, match=told):
        directory.add_person(staffed, ADMIN, login, name, role, site)
    assert len(directory.people(staffed)) == 2


def test_a_site_is_closed_and_opened_and_stays(staffed: Store) -> None:
    directory.change_site(staffed, ADMIN, "HER", active=False)
    assert directory.sites(staffed) == [directory.Site("HER", "Herlev", "H", active=False)]
    with pytest.raises(DirectoryError, match="no such site"):
        directory.change_site(staffed, ADMIN, "X", active=False)
    with pytest.raises(DirectoryError, match="such a site already"):
        directory.add_site(staffed, ADMIN, "HER", "Herlev")


def test_an_account_that_is_nobodys_is_the_system_or_speaks_for_whom_it_names(
    staffed: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "lab")
    assert (acting_account(staffed).name, acting_account(staffed).role) == ("lab", "system")
    named = acting_person(staffed, "anna")
    assert (named.name, named.role, named.source) == ("anna", "pathologist", "command line of lab")
    with pytest.raises(NotAllowedError, match="lab is not among the people"):
        acting_person(staffed, None)


def test_a_persons_own_account_acts_as_that_person_alone(staffed: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "anna")
    assert acting_account(staffed).role == "pathologist"
    assert acting_person(staffed, None).name == "anna"
    with pytest.raises(NotAllowedError, match="anna's own"):
        acting_person(staffed, "chief")
    directory.change_person(staffed, ADMIN, "anna", active=False)
    with pytest.raises(NotAllowedError):
        acting_account(staffed)


ROLES = ("pathologist", "coordinator")


def test_whoever_signs_in_is_in_the_directory_from_then_on_and_it_is_on_the_trail(staffed: Store) -> None:
    new = directory.welcome(staffed, person("bo", "coordinator"), "Bo  Kjær", ROLES)
    assert new == directory.Person("bo", "Bo Kjær", "pathologist", "", active=True)
    again = directory.welcome(staffed, person("bo", "pathologist"), "Bo Kjær-Holm", ("manager",))
    assert (again.name, again.role) == ("Bo Kjær-Holm", "manager")
    assert directory.welcome(staffed, person("anna", "pathologist"), "Anna", ROLES).site == "HER"
    seen = latest(staffed, ADMIN, Wanted(act="sign in"), 9)
    assert [(it.who, it.role) for it in seen] == [("anna", "pathologist"), ("bo", "pathologist"), ("bo", "coordinator")]


def test_the_only_admin_stays_one_whatever_somebody_signs_in_as(staffed: Store) -> None:
    assert directory.welcome(staffed, person("chief", "pathologist"), "The Chief", ROLES).role == "admin"
    directory.add_person(staffed, ADMIN, "deputy", "Deputy", "admin")
    assert directory.welcome(staffed, person("chief", "pathologist"), "The Chief", ROLES).role == "pathologist"


def test_whoever_left_or_whose_name_holds_a_patients_number_is_not_welcome(staffed: Store) -> None:
    directory.change_person(staffed, ADMIN, "anna", active=False)
    with pytest.raises(NotAllowedError, match="does not work here any more"):
        directory.welcome(staffed, person("anna", "pathologist"), "Anna", ROLES)
    for login, name in (("bo", "Bo 010190-1234"), ("010190-1234", "Bo")):
        with pytest.raises(DirectoryError, match="CPR"):
            directory.welcome(staffed, person(login, "pathologist"), name, ROLES)
    with pytest.raises(NotAllowedError):
        directory.welcome(staffed, person("worker", "system"), "A worker", ROLES)
    assert {it.login for it in directory.people(staffed)} == {"anna", "chief"}


def test_where_there_is_no_admin_yet_somebody_else_can_be_changed(store: Store) -> None:
    directory.add_person(store, ADMIN, "ida", "Ida Holm", "pathologist")
    assert directory.change_person(store, ADMIN, "ida", role="coordinator").role == "coordinator"
