"""Pages for what went wrong: what it was in plain words, and the way back."""

from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from triage.console import headers
from triage.console.pages import render
from triage.errors import CaseConflict, FlagpostError, InputError, MediaError, ReviewError, ServiceUnavailable

log = structlog.get_logger(__name__)

TITLES = {
    400: "That did not work",
    403: "Not allowed",
    404: "Not here",
    405: "Not possible here",
    409: "Somebody was faster",
    413: "Too long",
    422: "Something is missing",
    500: "Our mistake",
    503: "Not available now",
}
DEFAULTS = {
    404: "There is no such page, or the case was purged. Go back to the queue.",
    405: "This page takes no such request. Go back to the queue.",
}
UNAVAILABLE = "Flagpost cannot reach one of its services. Nothing was changed. Try again in a minute."
STATUS: dict[type[FlagpostError], int] = {
    CaseConflict: 409,
    MediaError: 404,
    ReviewError: 404,
    InputError: 422,
    ServiceUnavailable: 503,
}
"""Answer to each kind of error; the first that fits counts."""


def page(request: Request, status: int, words: str) -> Response:
    """Return the page of a problem."""
    title = TITLES.get(status, "That did not work")
    return render(request, "problem.html", status, title=title, words=words)


def for_error(request: Request, error: FlagpostError) -> Response:
    """Return the page of an error we raised on purpose; its message is written for people."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    if not isinstance(error, (ReviewError, InputError)):
        log.error("console_problem", path=request.url.path, error=str(error))
    # Where our servers stand is nothing for a visitor; the log has it.
    words = UNAVAILABLE if isinstance(error, ServiceUnavailable) else str(error)
    return page(request, status, words)


async def _on_error(request: Request, error: FlagpostError) -> Response:
    return for_error(request, error)


async def _on_http(request: Request, error: HTTPException) -> Response:
    return page(request, error.status_code, DEFAULTS.get(error.status_code, error.detail))


async def _on_invalid(request: Request, _error: RequestValidationError) -> Response:
    """A number that is none in an address, or a field left out of a form by hand."""
    return page(request, 422, "The address or the form is incomplete. Go back and try again.")


async def _on_crash(request: Request, _error: Exception) -> Response:
    """The one answer that is made outside of `Guard`; the server logs the traceback."""
    words = "Something broke in Flagpost. Nothing was changed. If it happens again, tell your administrator."
    response = page(request, 500, words)
    headers.secure(response.headers)
    return response


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    FlagpostError: _on_error,
    HTTPException: _on_http,
    RequestValidationError: _on_invalid,
    Exception: _on_crash,
}
