"""What a provider says of somebody who signed in, as what this list needs to know: login, name, roles, how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ui.access.sign_in import SignIn
from worklist.people import Role
from worklist.trail.directory import PERSON_ROLES


@dataclass(frozen=True)
class Claimed:
    """Somebody, as the provider knows them."""

    login: str
    name: str
    roles: tuple[Role, ...]
    """By their groups, in the order of the table of roles; none where no group of theirs has one."""
    expires_utc: datetime


def read_claims(claims: Mapping[str, object], how: SignIn) -> Claimed | None:
    """Whom the claims mean; None where they do not say whom, or until when. Nothing is guessed from other claims."""
    login, expires = claims.get(how.login_claim), claims.get("exp")
    if not isinstance(login, str) or not login.strip():
        return None
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        return None
    name = claims.get(how.name_claim)
    groups = _groups(claims, how.roles_claim)
    held = {role for group, role in how.roles.items() if group in groups}
    return Claimed(
        " ".join(login.split()),
        name if isinstance(name, str) and name.strip() else login,
        tuple(role for role in PERSON_ROLES if role in held),
        datetime.fromtimestamp(expires, UTC),
    )


def _groups(claims: Mapping[str, object], path: str) -> frozenset[str]:
    found: object = claims.get(path)
    if found is None:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return frozenset(found.split())
    return frozenset(it for it in found if isinstance(it, str)) if isinstance(found, list | tuple) else frozenset()
