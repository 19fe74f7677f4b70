"""Nobody is let in before they are known; whoever's sign-in has ended is shown out, and can do nothing more."""

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from streamlit import user_info
from streamlit.testing.v1 import AppTest

from tests.support.people import person
from ui.access import door, visitor
from ui.access.logins import LOGINS
from ui.access.sign_in import SignIn
from worklist.store.store import Store
from worklist.trail import directory

ADMIN = person("chief", "admin")
HOW = SignIn(
    address="https://forrang.test",
    metadata="https://login.test/.well-known/openid-configuration",
    client_id="forrang",
    client_secret=SecretStr("secret"),
    idle_minutes=30,
    roles={"Doctors": "pathologist", "Chiefs": "admin"},
)
LATER = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
ANNA = {"is_logged_in": True, "preferred_username": "anna", "name": "Anna", "groups": ["Doctors"], "exp": LATER}
PAGE = """
import streamlit as st
from ui.access.door import let_in, show_who
here = let_in()
if here is not None:
    show_who(here)
    st.markdown(f"let in: {here.actor.name}, {here.actor.role}")
"""
COOKIE = "a sign-in of the tests"


@pytest.fixture
def store(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    for room in (door, visitor):
        monkeypatch.setattr(room, "sign_in", lambda: HOW)
        monkeypatch.setattr(room, "cookie_digest", lambda _cookies: COOKIE)
    monkeypatch.setattr(LOGINS, "_last", {})
    monkeypatch.setattr(LOGINS, "_ended", {})
    directory.add_first_admin(store, "root", "chief", "The Chief")
    return store


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the provider says of whoever is at the page; a test changes it."""
    told: dict[str, object] = dict(ANNA)
    monkeypatch.setattr(user_info, "_get_user_info", lambda: dict(told))
    return told


def page() -> AppTest:
    return AppTest.from_string(PAGE, default_timeout=60).run()


def words(app: AppTest) -> str:
    assert not app.exception
    return "\n".join([*(it.value for it in app.markdown), *(block.proto.body for block in app.get("html"))])


def test_a_person_in_a_group_of_ours_is_let_in_and_known_from_then_on(store: Store, says: dict[str, object]) -> None:
    app = page()
    assert "let in: anna, pathologist" in words(app)
    known = directory.person(store, "anna")
    assert known is not None
    assert known.role == "pathologist"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"is_logged_in": False}, "Sign in"),
        ({"is_logged_in": "yes"}, "Sign in"),
        ({"exp": 1_000_000_000}, "Your sign-in has ended"),
        ({"exp": None}, "You have no access yet"),
        ({"preferred_username": None}, "You have no access yet"),
        ({"groups": ["Canteen"]}, "no group that has a role here"),
        ({"preferred_username": "010190-1234"}, "You have no access yet"),
    ],
)
def test_anybody_else_is_told_why_not(
    store: Store, says: dict[str, object], changed: dict[str, object], told: str
) -> None:
    says |= changed
    app = page()
    assert told in words(app)
    assert "let in" not in words(app)
    assert [it.login for it in directory.people(store)] == ["chief"]


@pytest.mark.parametrize("end", ["the token runs out", "signed out", "has left", "no group any more"])
def test_an_open_page_is_closed_when_the_sign_in_ends(store: Store, says: dict[str, object], end: str) -> None:
    app = page()
    assert "let in" in words(app)
    match end:
        case "the token runs out":
            says["exp"] = 1_000_000_000
        case "signed out":
            LOGINS.end(COOKIE)
        case "has left":
            directory.change_person(store, ADMIN, "anna", active=False)
        case _:
            says["groups"] = []
    app.run()
    assert "let in" not in words(app)
    assert app.session_state["remembered standing"] is None


def test_a_role_is_taken_from_the_visitors_own_alone(store: Store, says: dict[str, object]) -> None:
    app = AppTest.from_string(PAGE, default_timeout=60)
    app.session_state["remembered role"] = "admin"
    assert "let in: anna, pathologist" in words(app.run())
    says["groups"] = ["Doctors", "Chiefs"]
    assert "let in: anna, admin" in words(app.run())
