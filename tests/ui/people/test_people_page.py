"""The administrator's page changes the directory through the one place that may, and says what that refuses."""

import pytest
from pydantic import SecretStr
from streamlit.testing.v1 import AppTest

from tests.support.people import person
from ui.access.sign_in import SignIn
from ui.people.about import models, versions, what_it_is
from ui.people.words import how_people_sign_in, people_table
from worklist.people import Role
from worklist.store.store import Store
from worklist.trail import directory
from worklist.trail.directory import Person

ADMIN = person("chief", "admin")


@pytest.fixture
def store(store: Store) -> Store:
    directory.add_first_admin(store, "root", "chief", "The Chief")
    directory.add_site(store, ADMIN, "HER", "Herlev", "H")
    directory.add_person(store, ADMIN, "anna", "Anna <b>Berg</b>", "pathologist", "HER")
    return store


def page(role: Role) -> AppTest:
    app = AppTest.from_string("from ui.people.page import show\nshow()\n", default_timeout=60)
    app.session_state["remembered role"] = role
    return app.run()


def dialog(role: Role, call: str) -> AppTest:
    """What stands in a dialog, on a page of its own: there it stays open."""
    told = "from ui.people.page import ask_change, ask_new\nfrom ui.shell.desk import look\n"
    told += "from worklist.trail.directory import people, sites\nstore = look().store\n"
    app = AppTest.from_string(f"{told}{call}\n", default_timeout=60)
    app.session_state["remembered role"] = role
    return app.run()


ADD = "ask_new(store, sites(store))"
CHANGE = "ask_change(store, people(store), sites(store))"


def html(app: AppTest) -> str:
    return "\n".join(block.proto.body for block in app.get("html"))


def test_everybody_is_shown_and_markup_in_a_name_is_text(store: Store) -> None:
    app = page("admin")
    assert not app.exception
    assert "2 people work here" in html(app)
    assert "Anna &lt;b&gt;Berg&lt;/b&gt;" in html(app)
    assert "Local mode" in html(app)


def test_a_search_finds_by_any_word_of_the_row() -> None:
    rows = [Person("anna", "Anna", "pathologist", "HER", active=True), Person("bo", "Bo", "manager", "", active=False)]
    assert "Bo" not in people_table(rows, "her")
    assert "Anna" not in people_table(rows, "Has left")
    assert "Anna" in people_table(rows, "  ")


def test_somebody_is_added_and_changed_by_login(store: Store) -> None:
    app = page("admin").button("add person").click().run()
    assert [it.label for it in app.text_input if it.label == "Login"]
    app = dialog("admin", ADD)
    login, name = app.text_input
    login.set_value("bo")
    name.set_value("Bo")
    next(it for it in app.button if it.label == "Add").click().run()
    assert not app.exception
    assert directory.person(store, "bo") == Person("bo", "Bo", "pathologist", "", active=True)
    app = dialog("admin", CHANGE)
    app.selectbox("who changes").set_value("anna").run()
    app.checkbox[0].uncheck()
    next(it for it in app.button if it.label == "Save changes to anna").click().run()
    assert directory.person(store, "anna") == Person("anna", "Anna <b>Berg</b>", "pathologist", "HER", active=False)


def test_what_the_directory_refuses_is_said_and_nothing_is_changed(store: Store) -> None:
    app = dialog("admin", CHANGE)
    app.selectbox("who changes").set_value("chief").run()
    app.checkbox[0].uncheck()
    next(it for it in app.button if it.label == "Save changes to chief").click().run()
    assert "only admin" in app.error[0].value
    assert directory.has_admin(store)


def test_a_role_that_may_not_manage_people_changes_nothing_even_at_this_page(store: Store) -> None:
    app = page("pathologist")
    app.button("turn HER False").click().run()
    assert "manage sites; that is for" in app.error[0].value
    assert [it.active for it in directory.sites(store)] == [True]
    app = dialog("coordinator", ADD)
    for field, text in zip(app.text_input, ("eve", "Eve"), strict=True):
        field.set_value(text)
    next(it for it in app.button if it.label == "Add").click().run()
    assert "that is for" in app.error[0].value
    assert directory.person(store, "eve") is None


def test_a_site_is_closed_and_opened_again(store: Store) -> None:
    app = page("admin")
    app.button("turn HER False").click().run()
    assert [it.active for it in directory.sites(store)] == [False]
    app.button("turn HER True").click().run()
    assert [it.active for it in directory.sites(store)] == [True]


def test_the_page_tells_how_people_sign_in_and_no_secret() -> None:
    how = SignIn(
        address="https://forrang.test",
        metadata="https://login.test/.well-known/openid-configuration",
        client_id="forrang",
        client_secret=SecretStr("very-secret"),
        idle_minutes=30,
        roles={"Doctors": "pathologist"},
    )
    told = "\n".join(f"{name}: {text}" for name, text in how_people_sign_in(how))
    assert "Doctors is Pathologist" in told
    assert "after 30 minutes" in told
    assert "very-secret" not in told


def test_the_page_about_forrang_says_what_it_is_not_and_its_versions() -> None:
    assert "no medical device" in dict(what_it_is())["What it is not"]
    assert {"forrang", "streamlit", "Python"} <= {name for name, _ in versions()}
    assert "idc-screen" in {name for name, _, _ in models()}
    app = AppTest.from_string("from ui.people.about import show\nshow()\n", default_timeout=60).run()
    assert not app.exception
