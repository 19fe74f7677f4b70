"""Who works here and where: people with their roles, and sites.

Nobody is ever taken out, since the audit trail speaks of them; whoever has left is marked so and may do nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worklist.errors import DirectoryError, NotAllowedError
from worklist.people import Actor, Role
from worklist.store.store import Store
from worklist.store.tables import PersonRow, SiteRow
from worklist.trail.identity_guard import find_identity

PERSON_ROLES: Final = tuple(role for role in get_args(Role) if role != "system")
"""Roles of people."""


@dataclass(frozen=True)
class Person:
    """Somebody who works here, or did."""

    login: str
    name: str
    role: Role
    site: str
    active: bool


@dataclass(frozen=True)
class Site:
    """A hospital or laboratory."""

    code: str
    name: str
    region: str
    active: bool


def people(store: Store) -> list[Person]:
    """All people, also those who have left, by login."""
    with store.reading() as session:
        return [_person(row) for row in session.scalars(select(PersonRow).order_by(PersonRow.login))]


def sites(store: Store) -> list[Site]:
    """All sites by code."""
    with store.reading() as session:
        rows = session.scalars(select(SiteRow).order_by(SiteRow.code))
        return [Site(row.code, row.name, row.region, row.active) for row in rows]


def person(store: Store, login: str) -> Person | None:
    """The person of that login, also one who has left; None where there is none."""
    with store.reading() as session:
        row = session.get(PersonRow, login)
        return None if row is None else _person(row)


def add_person(store: Store, actor: Actor, login: str, name: str, role: str, site: str = "") -> Person:
    """Adds somebody. Raises NotAllowedError, and DirectoryError for a login that is taken, an unknown role or site."""
    login, name = _told("login", login), _told("name", name)
    with store.acting(actor, "manage people", details={"person": login, "role": role, "site": site or None}) as session:
        if session.get(PersonRow, login) is not None:
            raise DirectoryError(f"{login}: there is such a login already; change it, or take another")
        row = PersonRow(login=login, name=name, role=_role(role), site=_site(session, site), active=True)
        session.add(row)
        return _person(row)


def add_first_admin(store: Store, account: str, login: str, name: str) -> Person:
    """Adds an admin while there is none: whoever has an account that may write to the store may do this once.

    account: of the operating system. Raises NotAllowedError where there is an admin already.
    """
    actor = Actor(account, "admin", "command line, before there was an admin")
    with store.acting(actor, "manage people", details={"person": login, "role": "admin", "first": True}) as session:
        if _admins(session):
            raise NotAllowedError("there is an admin already; let that person add others")
        row = session.merge(
            PersonRow(login=_told("login", login), name=_told("name", name), role="admin", site="", active=True)
        )
        return _person(row)


def welcome(store: Store, actor: Actor, name: str, roles: Sequence[Role]) -> Person:
    """Somebody signs in: they are in the directory from now on, so that cases can be given to them.

    actor: them, in the role in which they come. roles: those that they may have, the first for somebody new; whoever
    has another role in the directory gets the first too, save the only admin. Raises NotAllowedError for somebody who
    has left, and DirectoryError for a name that holds a patient's number.
    """
    with store.acting(actor, "sign in") as session:
        row = session.get(PersonRow, actor.name)
        if row is None:
            row = PersonRow(login=_told("login", actor.name), site="", active=True, name="", role=roles[0])
            session.add(row)
        if not row.active:
            raise NotAllowedError(f"{actor.name} does not work here any more; an admin can change that")
        row.name = _told("name", name)
        if row.role not in roles and not (row.role == "admin" and _admins(session) == 1):
            row.role = roles[0]
        return _person(row)


def has_admin(store: Store) -> bool:
    """Whether somebody may manage people."""
    with store.reading() as session:
        return _admins(session) > 0


def change_person(
    store: Store,
    actor: Actor,
    login: str,
    *,
    name: str | None = None,
    role: str | None = None,
    site: str | None = None,
    active: bool | None = None,
) -> Person:
    """Changes what is given; `active=False` is for somebody who has left: their acts stay on the trail.

    Raises NotAllowedError, and DirectoryError for an unknown login, role or site, and where no admin would be left.
    """
    given = {"name changed": True if name is not None else None, "role": role, "site": site, "active": active}
    details = {"person": login, **{key: value for key, value in given.items() if value is not None}}
    with store.acting(actor, "manage people", details=details) as session:
        row = session.get(PersonRow, login)
        if row is None:
            raise DirectoryError(f"{login}: no such login; `forrang people list` shows them")
        was_admin = row.role == "admin" and row.active
        row.name = row.name if name is None else _told("name", name)
        row.role = row.role if role is None else _role(role)
        row.site = row.site if site is None else _site(session, site)
        row.active = row.active if active is None else active
        session.flush()
        if was_admin and not _admins(session):
            raise DirectoryError(f"{login} is the only admin; make somebody else an admin first")
        return _person(row)


def add_site(store: Store, actor: Actor, code: str, name: str, region: str = "") -> Site:
    """Adds a site. Raises NotAllowedError, and DirectoryError where the code is taken."""
    code, name = _told("code", code), _told("name", name)
    with store.acting(actor, "manage sites", details={"site": code}) as session:
        if session.get(SiteRow, code) is not None:
            raise DirectoryError(f"{code}: there is such a site already")
        session.add(SiteRow(code=code, name=name, region=region.strip(), active=True))
        return Site(code, name, region.strip(), active=True)


def change_site(store: Store, actor: Actor, code: str, *, active: bool) -> Site:
    """Closes a site or opens it again. Raises NotAllowedError, and DirectoryError for an unknown code."""
    with store.acting(actor, "manage sites", details={"site": code, "active": active}) as session:
        row = session.get(SiteRow, code)
        if row is None:
            raise DirectoryError(f"{code}: no such site; `forrang sites list` shows them")
        row.active = active
        return Site(row.code, row.name, row.region, row.active)


def _person(row: PersonRow) -> Person:
    return Person(row.login, row.name, cast("Role", row.role), row.site, row.active)


def _admins(session: Session) -> int:
    wanted = select(func.count()).select_from(PersonRow).where(PersonRow.role == "admin", PersonRow.active)
    return session.scalar(wanted) or 0


def _told(what: str, text: str) -> str:
    plain = " ".join(text.split())
    if not plain:
        raise DirectoryError(f"{what}: is empty; give one")
    if kind := find_identity(plain):
        raise DirectoryError(f"{what}: holds {kind}; take another, since it is shown and kept")
    return plain


def _role(role: str) -> str:
    if role not in PERSON_ROLES:
        raise DirectoryError(f"role {role!r}: give one of {', '.join(PERSON_ROLES)}")
    return role


def _site(session: Session, code: str) -> str:
    """A known site's code; empty for somebody who belongs to none."""
    if code and session.get(SiteRow, code) is None:
        raise DirectoryError(f"site {code!r}: not known; add it with `forrang sites add`")
    return code
