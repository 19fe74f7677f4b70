"""The measures over HTTP, for a Prometheus server: GET /metrics with a bearer token."""

from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from worklist.errors import WorklistError
from worklist.intake.web import NotSent, open_store, sender
from worklist.settings import Settings
from worklist.watching.action_times import TIMES
from worklist.watching.measures import text


def measure_routes() -> list[Route]:
    """The route, for an ASGI application."""
    return [Route("/metrics", _metrics, methods=["GET"])]


async def _metrics(request: Request) -> Response:
    try:
        return PlainTextResponse(await run_in_threadpool(_answer, request), media_type=CONTENT_TYPE_PLAIN_0_0_4)
    except NotSent as error:
        return PlainTextResponse(f"{error.words}\n", error.status)
    except WorklistError:
        return PlainTextResponse("the store cannot be read now\n", HTTPStatus.SERVICE_UNAVAILABLE)


def _answer(request: Request) -> str:
    settings = Settings()
    sender(request, settings, "metrics")
    store = open_store(settings.store_url)
    TIMES.keep(store, at_once=True)
    return text(store, TIMES)
