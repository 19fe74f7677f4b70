"""What the HTTP routes of the intake share: who sends, the store they write to, and bodies of a bounded size.

Streamlit's login does not guard routes: each request is asked for a bearer token here, and without a file of tokens
nothing is let in.
"""

from collections.abc import AsyncIterator
from functools import lru_cache
from http import HTTPStatus

from starlette.requests import Request

from worklist.intake.tokens import read_tokens, sender_of
from worklist.people import Actor
from worklist.settings import Settings
from worklist.store.store import Store


class NotSent(Exception):  # noqa: N818 - it is an answer, not a fault of ours
    """A request that is answered at once, with that status and those words."""

    def __init__(self, status: HTTPStatus, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


def sender(request: Request, settings: Settings, way: str) -> Actor:
    """The system that sends, by its token. way: such as "fhir". Raises NotSent (401), TokenError."""
    name = sender_of(request.headers.get("authorization", ""), read_tokens(settings.tokens_file))
    if name is None:
        raise NotSent(HTTPStatus.UNAUTHORIZED, "give a bearer token that `forrang intake token` made for this sender")
    address = request.client.host if request.client else ""
    return Actor(name, "system", f"{way} {address}".strip())


async def chunks(request: Request, most_bytes: int) -> AsyncIterator[bytes]:
    """The body, piece by piece. Raises NotSent (413, 415) for one that is too large or compressed."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise NotSent(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send it uncompressed")
    too_large = NotSent(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {most_bytes // 10**6} MB; send less at once")
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most_bytes:
        raise too_large
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most_bytes:
            raise too_large
        yield chunk


@lru_cache(maxsize=4)
def open_store(url: str) -> Store:
    """The store at that address, opened once. Raises StoreError."""
    return Store.open(url)
