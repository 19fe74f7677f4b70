"""Which systems may send over HTTP: a file with a name and the SHA-256 of its bearer token a line.

A token is 256 random bits, so that its plain hash tells nothing of it; the token itself is kept by its sender alone.
"""

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path
from typing import Final

from worklist.errors import IntakeError

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class TokenError(IntakeError):
    """The file of tokens cannot be used."""


def read_tokens(path: Path) -> dict[str, str]:
    """Hash of a token to the name of its sender; none where there is no file. Raises TokenError."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise TokenError(f"{path.name}: the file of tokens cannot be read: {error}") from error
    found = {}
    for number, line in enumerate(lines, start=1):
        name, _, digest = line.strip().rpartition(" ")
        if not line.strip() or line.startswith("#"):
            continue
        if not _NAME.fullmatch(name) or not _HASH.fullmatch(digest):
            raise TokenError(
                f"{path.name}, line {number}: not a name and a SHA-256; make it with `forrang intake token`"
            )
        found[digest] = name
    return found


def sender_of(authorization: str, tokens: dict[str, str]) -> str | None:
    """Who sent a request with that Authorization header; None where nobody may. Takes as long whichever token it is."""
    scheme, _, token = authorization.partition(" ")
    digest = _digest(token.strip())
    found = None
    for known, name in tokens.items():
        if hmac.compare_digest(known, digest):
            found = name
    return found if scheme.lower() == "bearer" else None


def make_token(path: Path, name: str) -> str:
    """Makes a token for a sender, adds its hash to the file, and gives the token back, this once.

    Raises TokenError: a name that is taken or has other than letters, digits, spaces, points, hyphens, underscores.
    """
    if not _NAME.fullmatch(name):
        raise TokenError(f"{name!r}: a sender's name has letters, digits, spaces, points, hyphens and underscores")
    if name in read_tokens(path).values():
        raise TokenError(f"{name} has a token already; take its line out of {path.name} first")
    token = secrets.token_urlsafe(32)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as file:
        file.write(f"{name} {_digest(token)}\n")
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
