"""What people write about a case, checked before it is kept: some words, not endless, and no patient's number."""

from worklist.errors import IdentityError, WorklistError
from worklist.trail.identity_guard import find_identity

MAX_LENGTH = 4000
"""Characters; what is longer belongs into the laboratory's own system (A)."""


def checked(what: str, text: str, *, needed: bool = True) -> str:
    """The text without blanks around it.

    what: what it is, such as "note". Raises WorklistError where a needed one is empty or one is too long, and
    IdentityError where it holds a patient's number.
    """
    text = text.strip()
    if needed and not text:
        raise WorklistError(f"{what}: nothing was written; say it in a few words")
    if len(text) > MAX_LENGTH:
        raise WorklistError(f"{what}: {len(text)} characters; keep it to {MAX_LENGTH}")
    if kind := find_identity(text):
        raise IdentityError(f"{what}: it holds {kind}; write it without, the case's number says whose it is")
    return text
