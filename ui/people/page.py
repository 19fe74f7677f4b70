"""The administrator's page: who works here and in which role, the sites, and how people sign in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import streamlit as st

from models.errors import ForrangError
from ui.access.door import ROLES
from ui.access.sign_in import sign_in
from ui.access.visitor import visitor
from ui.people.words import how_people_sign_in, people_table, sites_table
from ui.shell.desk import look
from ui.shell.facts import heading, literal, pairs
from ui.shell.faults import show_fault
from ui.shell.language import t, tn
from worklist.store.store import Store
from worklist.trail.directory import (
    PERSON_ROLES,
    Person,
    Site,
    add_person,
    add_site,
    change_person,
    change_site,
    people,
    sites,
)

_NO_SITE: Final = ""


def show() -> None:
    """Shows the page."""
    store = look().store
    everybody, places = people(store), sites(store)
    here = tn("{n} person works here", "{n} people work here", sum(it.active for it in everybody))
    st.html(heading(t("People"), here))
    persons, hospitals, entry = st.tabs([t("People"), t("Sites"), t("Sign-in")])
    with persons:
        _show_people(store, everybody, places)
    with hospitals:
        _show_sites(store, places)
    with entry:
        st.html(pairs(how_people_sign_in(sign_in())))


def _show_people(store: Store, everybody: list[Person], places: list[Site]) -> None:
    text = st.text_input(t("Search"), placeholder=t("Login, name, role or site"), key="people search", width=420)
    st.html(people_table(everybody, text))
    add, change, _ = st.columns([1, 1, 3])
    if add.button(t("Add somebody ..."), key="add person", width="stretch"):
        st.dialog(t("Add somebody"))(ask_new)(store, places)
    if everybody and change.button(t("Change somebody ..."), key="change person", width="stretch"):
        st.dialog(t("Change somebody"))(ask_change)(store, everybody, places)


def ask_new(store: Store, places: list[Site]) -> None:
    """Who the new one is; drawn in a dialog."""
    how = sign_in()
    if how is not None and how.roles:
        st.caption(t("People come here by themselves when they sign in; their groups say their roles."))
    with st.form("new person", border=False):
        login = st.text_input(t("Login"), help=t("As the sign-in tells it, or their account on this machine."))
        name = st.text_input(t("Name"))
        role = st.selectbox(t("Role"), PERSON_ROLES, format_func=lambda it: t(ROLES[it]))
        site = st.selectbox(t("Site"), _codes(places), format_func=lambda it: it or t("None"))
        pressed = st.form_submit_button(t("Add"), type="primary")
    if pressed:
        with _told_here():
            added = add_person(store, visitor().actor, login, name, role, site)
            _done(t("{name} is added as {role}.", name=added.name, role=t(ROLES[added.role])))


def ask_change(store: Store, everybody: list[Person], places: list[Site]) -> None:
    """Who is changed, and how; drawn in a dialog. Only what was changed here is written."""
    known = {it.login: it for it in everybody}
    login = st.selectbox(
        t("Who"),
        list(known),
        index=None,
        key="who changes",
        format_func=lambda it: f"{known[it].name} ({it})",
        placeholder=t("Choose a person"),
    )
    if login is None:
        return
    who, codes = known[login], _codes(places)
    with st.form(f"change {login}", border=False):
        name = st.text_input(t("Name"), who.name)
        role = st.selectbox(t("Role"), PERSON_ROLES, PERSON_ROLES.index(who.role), format_func=lambda it: t(ROLES[it]))
        site = st.selectbox(t("Site"), codes, codes.index(who.site), format_func=lambda it: it or t("None"))
        active = st.checkbox(t("Works here"), who.active)
        pressed = st.form_submit_button(t("Save changes to {login}", login=literal(login)), type="primary")
    st.caption(t("Nobody is ever deleted: what they did stays on the audit trail under their login."))
    if pressed:
        with _told_here():
            changed = change_person(
                store,
                visitor().actor,
                login,
                name=None if name == who.name else name,
                role=None if role == who.role else role,
                site=None if site == who.site else site,
                active=None if active == who.active else active,
            )
            _done(t("{name} is changed.", name=changed.name))


def _show_sites(store: Store, places: list[Site]) -> None:
    st.html(sites_table(places))
    with st.form("new site", border=False):
        code, name, region, add = st.columns([1, 2, 2, 1], vertical_alignment="bottom")
        told = (code.text_input(t("Code")), name.text_input(t("Name")), region.text_input(t("Region")))
        pressed = add.form_submit_button(t("Add a site"), width="stretch")
    if pressed:
        with _told_here():
            _done(t("{name} is added.", name=add_site(store, visitor().actor, *told).name))
    if not places:
        return
    known = {it.code: it for it in places}
    which, turn, _ = st.columns([2, 1, 2], vertical_alignment="bottom")
    chosen = which.selectbox(
        t("Site"), list(known), format_func=lambda it: f"{known[it].name} ({it})", key="which site"
    )
    opens = not known[chosen].active
    words = t("Open {site} again", site=chosen) if opens else t("Close {site}", site=chosen)
    if turn.button(literal(words), key=f"turn {chosen} {opens}", width="stretch"):
        with _told_here():
            change_site(store, visitor().actor, chosen, active=opens)
            _done(t("{name} is open.", name=chosen) if opens else t("{name} is closed.", name=chosen))


@contextmanager
def _told_here() -> Iterator[None]:
    """What the lower room refuses is said where it was asked, and nothing was changed."""
    try:
        yield
    except ForrangError as error:
        show_fault(error)


def _done(words: str) -> None:
    st.toast(literal(words))
    st.rerun()


def _codes(places: list[Site]) -> list[str]:
    return [_NO_SITE, *(it.code for it in places)]
