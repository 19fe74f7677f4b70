"""The site's key: turns a patient's number into one that groups a patient's cases and names nobody.

The key is 32 random bytes in a file that its owner alone may read. It is made once, whole, at first use. Whoever has it
can try out patients' numbers, so it is as secret as they are; without it no old case can be grouped with a new one.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from sqlalchemy.orm import Session

from worklist.errors import SiteKeyError
from worklist.settings import Settings
from worklist.store.tables import FactRow

KEY_BYTES: Final = 32
KEY_NAME: Final = "site.key"
FINGERPRINT: Final = "site key fingerprint"

Purpose = Literal["patient", "pseudonym", "days", "fingerprint", "training", "split", "message"]
"""What a keyed hash is for; one for another purpose never equals it."""

SiteHash = Callable[[Purpose, str], str]
"""HMAC-SHA256 of a text for one purpose with the site's key, 64 hex digits."""


def patient_key(home: Path, patient_id: str) -> str:
    """The keyed hash (HMAC-SHA256, 64 hex digits) that stands for a patient; the number itself is kept nowhere.

    home: Forrang's home folder; FORRANG_SITE_KEY_FILE names another place for the key. Hyphens, spaces and capitals
    make no difference: systems write the same number in several ways. Raises SiteKeyError, and ValueError for an empty
    number.
    """
    plain = "".join(filter(str.isalnum, patient_id)).upper()
    if not plain:
        raise ValueError("a patient's number is empty; leave it out instead")
    return keyed(home, "patient", plain)


def keyed(home: Path, purpose: Purpose, text: str) -> str:
    """HMAC-SHA256 of a text for one purpose with the site's key, 64 hex digits. Raises SiteKeyError."""
    return site_hash(home)(purpose, text)


def site_hash(home: Path) -> SiteHash:
    """`keyed` with the key read once, for many texts. Raises SiteKeyError."""
    key = _key(home)
    return lambda purpose, text: hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def confirm_site_key(session: Session, home: Path) -> None:
    """Checks that this machine has the key that the store's hashes were made with; the first to ask settles which.

    Raises SiteKeyError where it is another: its hashes would group nobody's cases.
    """
    own = keyed(home, "fingerprint", "")
    kept = session.get(FactRow, FINGERPRINT)
    if kept is None:
        session.add(FactRow(name=FINGERPRINT, value=own))
    elif kept.value != own:
        raise SiteKeyError(
            f"{_place(home)}: not the key that this store's patients' keys were made with; copy the key's file from the"
            " machine that made it, or from its backup"
        )


def _key(home: Path) -> bytes:
    place = _place(home)
    try:
        if not place.exists():
            if Settings().site_key_file is not None:
                raise SiteKeyError(
                    f"FORRANG_SITE_KEY_FILE: {place} is not there; copy the key's file to it from the machine that has"
                    f" it, or unset it once: {KEY_NAME} is then made in the home folder"
                )
            _make(place)
        key = place.read_bytes()
    except OSError as error:
        raise SiteKeyError(f"{place}: {error.strerror}; the site's key must be readable for this account") from error
    if len(key) != KEY_BYTES:
        raise SiteKeyError(
            f"{place}: {len(key)} bytes, not {KEY_BYTES}; it is damaged: restore it from a backup. Without it,"
            " patients' old cases can no longer be grouped with their new ones"
        )
    return key


def _place(home: Path) -> Path:
    return Settings().site_key_file or home / KEY_NAME


def _make(place: Path) -> None:
    """Puts a whole key there; where two processes do so at once, the first one's stands for both."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.{os.getpid()}.{secrets.token_hex(4)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(file, secrets.token_bytes(KEY_BYTES))
        os.fsync(file)
        with suppress(FileExistsError):
            os.link(draft, place)
    finally:
        os.close(file)
        draft.unlink()
