"""Every answer that takes nothing, in one shape: what is wrong, and what to do."""

from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from ingest.intake.answers import Problem
from triage.errors import FlagpostError, RequestRefused, ServiceUnavailable

log = structlog.get_logger(__name__)

RETRY_AFTER = 10
UNREAD = (408, 413, 431)
"""After these the connection ends: what is left of the body would be taken for the next request."""
HTTP = {
    404: "Posts are taken at POST /v1/posts.",
    405: "Posts are taken at POST /v1/posts.",
}


def problem(status: int, error: str, what_to_do: str, retry_after: int | None = None) -> JSONResponse:
    """Return the answer to a request that is not taken."""
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    if status in UNREAD:
        headers["Connection"] = "close"
    return JSONResponse(Problem(error=error, what_to_do=what_to_do).model_dump(), status, headers)


async def _on_refused(_request: Request, error: RequestRefused) -> Response:
    return problem(error.status, str(error), error.what_to_do, error.retry_after)


async def _on_error(_request: Request, error: FlagpostError) -> Response:
    """Where our servers stand is nothing for a sender; the log has it."""
    log.error("intake_problem", error=str(error))
    if isinstance(error, ServiceUnavailable):
        return problem(503, "Flagpost cannot store posts now.", "Send the request again.", RETRY_AFTER)
    return await _on_crash(_request, error)


async def _on_http(_request: Request, error: HTTPException) -> Response:
    return problem(error.status_code, error.detail, HTTP.get(error.status_code, "Check the request."))


async def _on_hung_up(_request: Request, _error: ClientDisconnect) -> Response:
    return problem(400, "The body ended early.", "Send the request again.")  # nobody is there to read it


async def _on_crash(_request: Request, _error: Exception) -> Response:
    """The server logs the traceback."""
    words = "Something broke in Flagpost; it is not known what was stored."
    return problem(500, words, "Send the request again: what is stored already counts as a duplicate.")


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    RequestRefused: _on_refused,
    FlagpostError: _on_error,
    HTTPException: _on_http,
    ClientDisconnect: _on_hung_up,
    Exception: _on_crash,
}
