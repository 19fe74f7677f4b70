"""How people sign in here: the file that FORRANG_SIGN_IN names, checked, and as Streamlit's login wants it."""

import secrets
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from streamlit.runtime.secrets import SecretsValue

from models.errors import ForrangError
from ui.shell.options import LOOPBACK
from worklist.people import Role
from worklist.settings import settings_now
from worklist.trail.directory import PERSON_ROLES


class SignInError(ForrangError):
    """How people sign in cannot be used as it is written."""


class NotSignedInError(ForrangError):
    """Nobody is signed in at this page, or not any more."""


def _guarded(address: str) -> str:
    """An address whose traffic nobody on the way reads: TLS, or this machine itself."""
    parts = urlsplit(address)
    if not parts.hostname or not (parts.scheme == "https" or (parts.hostname in LOOPBACK and parts.scheme == "http")):
        raise ValueError("must begin with https:// (http:// only for this machine itself)")
    return address.rstrip("/")


def _person_role(role: Role) -> Role:
    if role not in PERSON_ROLES:
        raise ValueError(f"give one of {', '.join(PERSON_ROLES)}")
    return role


Address = Annotated[str, AfterValidator(_guarded)]
PersonRole = Annotated[Role, AfterValidator(_person_role)]


class SignIn(BaseModel):
    """An OpenID Connect provider, what it says of people, and how long a sign-in lasts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: Address
    """The app's, as browsers write it, such as https://forrang.hospital.example."""
    metadata: Address
    """Where the provider describes itself; ends with /.well-known/openid-configuration."""
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    scope: str = "openid profile email"
    login_claim: str = "preferred_username"
    """Which claim is a person's login: one that stays theirs, and that no other person can get."""
    name_claim: str = "name"
    roles_claim: str = "groups"
    """Which claim holds their groups; a path such as realm_access.roles for one within others."""
    roles: Mapping[str, PersonRole] = {}
    """A group's role here; where none are given, the directory says everybody's role (`forrang people`)."""
    idle_minutes: int = Field(default=30, ge=1, le=24 * 60)
    """After how long without an act of theirs a person must sign in again."""

    @property
    def host(self) -> str:
        """The app's name, without its port."""
        return urlsplit(self.address).hostname or ""

    @property
    def secure(self) -> bool:
        """Whether browsers reach the app over TLS."""
        return self.address.startswith("https:")

    def secrets(self, cookie_secret: str) -> dict[str, SecretsValue]:
        """As Streamlit's login reads it. cookie_secret: what the cookies are signed with."""
        return {
            "auth": {
                "redirect_uri": f"{self.address}/oauth2callback",
                "cookie_secret": cookie_secret,
                "client_id": self.client_id,
                "client_secret": self.client_secret.get_secret_value(),
                "server_metadata_url": self.metadata,
                "client_kwargs": {"scope": self.scope},
            }
        }


def load_sign_in(path: Path) -> SignIn:
    """Reads it. Raises SignInError, naming the line or the field and never a secret."""
    try:
        return SignIn.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise SignInError(f"FORRANG_SIGN_IN: {path.name} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise SignInError(f"{path.name}: not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SignInError(f"{path.name}, {field}: {first['msg']}") from None


@cache
def _loaded(path: Path) -> SignIn:
    return load_sign_in(path)


def sign_in() -> SignIn | None:
    """How people sign in here, read once; None for the local mode. Raises SignInError."""
    path = settings_now().sign_in
    return None if path is None else _loaded(path)


COOKIE_SECRET: Final = secrets.token_urlsafe(48)
"""A new one each time that the app starts: then everybody signs in again, and no key lies on the disk."""
