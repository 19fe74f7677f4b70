"""STOW-RS: slides are received over HTTP. POST /dicomweb/studies, or /dicomweb/studies/UID for one study alone."""

import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from worklist.errors import WorklistError
from worklist.intake.dicomweb.landing import Landing
from worklist.intake.dicomweb.parts import MultipartError, PartFiles, boundary_of
from worklist.intake.dicomweb.receiving import receive, store_response
from worklist.intake.web import NotSent, chunks, open_store, sender
from worklist.settings import Settings
from worklist.watching.operations import raise_operation

MOST_BYTES: Final = 20_000_000_000
"""Of one message: a slide has 0.6 to 2 GB (P), and several may come at once (A)."""
_PIECE: Final = 1 << 20
_JSON: Final = "application/dicom+json"


def dicomweb_routes() -> list[Route]:
    """The routes, for an ASGI application."""
    return [
        Route("/dicomweb/studies", _store, methods=["POST"]),
        Route("/dicomweb/studies/{study}", _store, methods=["POST"]),
    ]


async def _store(request: Request) -> Response:
    settings = Settings()
    try:
        actor = await run_in_threadpool(sender, request, settings, "dicomweb")
        try:
            boundary = boundary_of(request.headers.get("content-type", ""))
        except MultipartError as error:
            raise NotSent(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(error)) from error
        landing = Landing(settings.slides_folder)
        with landing.incoming() as folder:
            files = await _files(request, folder, boundary)
            store = open_store(settings.store_url)
            received = await run_in_threadpool(receive, files, landing, store, actor, request.path_params.get("study"))
    except NotSent as error:
        return _answer({"error": error.words}, error.status, "application/json")
    except MultipartError as error:
        return _answer({"error": str(error)}, HTTPStatus.BAD_REQUEST, "application/json")
    except (WorklistError, OSError) as error:
        structlog.get_logger().error("slides not received", error=type(error).__name__, reason=str(error))
        words = "cannot be taken now; send it again later. Forrang's log says why"
        return _answer({"error": words}, HTTPStatus.SERVICE_UNAVAILABLE, "application/json")
    if received.refused:
        words = f"DICOM from {actor.name}: {len(received.refused)} instances refused, such as: {received.refused[0]}"
        with store.acting(actor, "take in", details={"what": "refused instances"}) as session:
            raise_operation(session, "refused message", f"DICOM {actor.name}", words, store.now())
    status, body = store_response(received)
    return _answer(body, status, _JSON)


async def _files(request: Request, folder: Path, boundary: bytes) -> list[Path]:
    with PartFiles(folder, boundary) as parts:
        async for piece in _pieces(chunks(request, MOST_BYTES)):
            await run_in_threadpool(parts.write, piece)
        return parts.finish()


async def _pieces(arriving: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The body in pieces large enough for the disk."""
    held = bytearray()
    async for chunk in arriving:
        held += chunk
        if len(held) >= _PIECE:
            yield bytes(held)
            held.clear()
    yield bytes(held)


def _answer(body: dict[str, Any], status: HTTPStatus, media_type: str) -> Response:
    headers = {"Cache-Control": "no-store"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "60"
    response = Response(json.dumps(body, ensure_ascii=False), status.value, headers=headers)
    response.headers["Content-Type"] = media_type
    return response
