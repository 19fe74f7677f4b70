"""FHIR over HTTP: resources and Bundles are taken in, and the ranked list is given out as Tasks.

POST /fhir/R4 (or R5): a Bundle. POST /fhir/R4/ServiceRequest, PUT /fhir/R4/ServiceRequest/ID, and so for Specimen and
Task: one resource. GET /fhir/R4/Task?_count=20&_offset=0: the list, in its order.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any, Final, cast

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from worklist.errors import WorklistError
from worklist.intake.fhir.check import TAKEN
from worklist.intake.fhir.documents import MAX_BYTES, Document, Json, read_documents
from worklist.intake.fhir.faults import Fault, UnreadableMessageError, Version, operation_outcome, unreadable
from worklist.intake.fhir.taking_in import Desk, Taken, desk_for, take_in, tell_refusals
from worklist.intake.fhir.tasks import as_bundle
from worklist.intake.web import NotSent, chunks, open_store, sender
from worklist.priority.page import first_page
from worklist.settings import Settings
from worklist.site import site_policy

JSON_TYPES: Final = ("application/fhir+json", "application/json")
MOST_TASKS: Final = 1000
"""Tasks of one answer (A)."""
_A_PAGE: Final = 50
_RULES: Final = frozenset({"business-rule", "security", "incomplete", "transient"})
"""Faults of a resource that is FHIR all right; they are answered with 422, others with 400."""

_CODES: Final = {HTTPStatus.UNAUTHORIZED: "login", HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too-long"}

Answer = Callable[[Request, Settings], Awaitable[Response]]


def fhir_routes() -> list[Route]:
    """The routes, for an ASGI application."""
    return [
        Route("/fhir/{version}", _answered(_take_body), methods=["POST"]),
        Route("/fhir/{version}/Task", _answered(_tasks), methods=["GET"]),
        *(Route(f"/fhir/{{version}}/{kind}", _answered(_take_body), methods=["POST"]) for kind in TAKEN),
        *(Route(f"/fhir/{{version}}/{kind}/{{id}}", _answered(_take_body), methods=["PUT"]) for kind in TAKEN),
    ]


def _answered(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """Turns what goes wrong into an OperationOutcome with its status."""

    async def endpoint(request: Request) -> Response:
        try:
            return await answer(request, Settings())
        except NotSent as error:
            return _outcome(error.status, [Fault("error", _CODES.get(error.status, "processing"), "", error.words)])
        except UnreadableMessageError as error:
            return _outcome(HTTPStatus.BAD_REQUEST, [error.fault])
        except WorklistError as error:
            structlog.get_logger().error("fhir request not answered", error=type(error).__name__, reason=str(error))
            words = "cannot be taken now; send it again later. Forrang's log says why"
            return _outcome(HTTPStatus.SERVICE_UNAVAILABLE, [Fault("error", "transient", "", words)])

    return endpoint


async def _take_body(request: Request, settings: Settings) -> Response:
    actor = await run_in_threadpool(sender, request, settings, "fhir")
    version = _version(request)
    _check_type(request.headers.get("content-type", ""))
    body = b"".join([chunk async for chunk in chunks(request, MAX_BYTES)])
    desk = await run_in_threadpool(lambda: desk_for(open_store(settings.store_url), settings, actor, actor.name))
    return await run_in_threadpool(_take, body, version, request, desk)


def _take(body: bytes, version: Version, request: Request, desk: Desk) -> Response:
    try:
        document = read_documents(body)
        _check_target(document, request)
    except UnreadableMessageError as error:
        tell_refusals(desk, [error.fault])
        raise
    taken = take_in(document, version, desk)
    if not document.is_bundle:
        (only,) = taken
        return _outcome(_status(only), only.faults)
    if document.kind == "transaction" and any(it.outcome == "refused" for it in taken):
        faults = [fault for it in taken for fault in it.faults]
        return _outcome(max(map(_status, taken), key=lambda status: status == HTTPStatus.BAD_REQUEST), faults)
    kind = "transaction-response" if document.kind == "transaction" else "batch-response"
    entries = [_entry(it) for it in taken]
    return _json({"resourceType": "Bundle", "type": kind} | ({"entry": entries} if entries else {}), HTTPStatus.OK)


def _check_target(document: Document, request: Request) -> None:
    """A resource goes to its own kind's address, and to its own id's."""
    kind = request.url.path.rstrip("/").split("/")[3:4]
    if not kind:
        return
    if document.is_bundle or document.entries[0].resource["resourceType"] != kind[0]:
        raise unreadable("resourceType", f"is {kind[0]} at this address; a Bundle goes to the address before it")
    identity = request.path_params.get("id")
    if identity is not None and document.entries[0].resource.get("id") != identity:
        raise unreadable(f"{kind[0]}.id", "is the id of the address", "invalid")


async def _tasks(request: Request, settings: Settings) -> Response:
    actor = await run_in_threadpool(sender, request, settings, "fhir")
    _version(request)
    count, offset = _number(request, "_count", _A_PAGE, MOST_TASKS), _number(request, "_offset", 0, 10**9)

    def look() -> Json:
        store = open_store(settings.store_url)
        store.saw(actor, "see list", details={"way": "fhir", "from": offset, "count": count})
        now_utc = store.now()
        return as_bundle(first_page(store, now_utc, site_policy(settings), count, offset), now_utc)

    return _json(await run_in_threadpool(look), HTTPStatus.OK)


def _version(request: Request) -> Version:
    version = request.path_params["version"]
    if version not in ("R4", "R5"):
        raise NotSent(HTTPStatus.NOT_FOUND, "give the version of FHIR as R4 or R5")
    return cast("Version", version)


def _check_type(told: str) -> None:
    kind, _, parameters = told.partition(";")
    charset = parameters.lower().replace(" ", "").partition("charset=")[2].strip('"')
    if kind.strip().lower() not in JSON_TYPES or charset not in ("", "utf-8"):
        raise NotSent(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send {JSON_TYPES[0]} in UTF-8")


def _number(request: Request, name: str, usual: int, most: int) -> int:
    told = request.query_params.get(name)
    if told is None:
        return usual
    if not told.isdecimal() or len(told) > 10 or int(told) > most:
        raise NotSent(HTTPStatus.BAD_REQUEST, f"{name} is a whole number up to {most}")
    return int(told)


def _status(taken: Taken) -> HTTPStatus:
    if taken.outcome == "refused":
        ours = all(fault.code in _RULES for fault in taken.faults if fault.severity == "error")
        return HTTPStatus.UNPROCESSABLE_ENTITY if ours else HTTPStatus.BAD_REQUEST
    return HTTPStatus.CREATED if taken.outcome == "new" else HTTPStatus.OK


def _entry(taken: Taken) -> Json:
    status = _status(taken)
    response: Json = {"status": f"{status.value} {status.phrase}", "outcome": operation_outcome(taken.faults)}
    return {"response": response | ({"location": taken.name} if taken.name else {})}


def _outcome(status: HTTPStatus, faults: Sequence[Fault]) -> Response:
    response = _json(operation_outcome(faults), status)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "60"
    return response


def _json(content: Any, status: HTTPStatus) -> Response:
    text = json.dumps(content, ensure_ascii=False)
    return Response(text, status.value, headers={"Cache-Control": "no-store"}, media_type=JSON_TYPES[0])
