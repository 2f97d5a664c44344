"""Who may pass: every path needs a login unless it is named here, and every form needs its token."""

import hmac
import secrets
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from triage import identity
from triage.console import cookies, headers, problems
from triage.db import session_scope
from triage.errors import FlagpostError
from triage.identity import Login

PUBLIC = frozenset({"/login", "/healthz"})
"""Paths that need no login. All others do, except files under `PUBLIC_FOLDER`."""
PUBLIC_FOLDER = "/static/"
LARGEST_FORM = 64 * 1024
"""Most bytes that a form may have; checked before anything reads it."""
SAFE_METHODS = ("GET", "HEAD")


class Guard:
    """Middleware: finds out who asks, turns strangers away, and puts the security headers on all answers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request pass or answer it here."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":
            return await WebSocketClose()(scope, receive, send)

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers.secure(MutableHeaders(scope=message))
            await send(message)

        answer = await _turn_away(Request(scope))
        return await (answer or self.app)(scope, receive, send_secured)


async def _turn_away(request: Request) -> Response | None:
    """Find out who asks; return the answer for those who may not pass."""
    request.state.login = None
    if request.method not in SAFE_METHODS and not _has_small_body(request):
        return problems.page(request, 413, f"A form has at most {LARGEST_FORM} bytes. Shorten the note.")
    token = cookies.read(request, "session")
    if token:
        try:
            request.state.login = await run_in_threadpool(_who, token)
        except FlagpostError as error:
            return problems.for_error(request, error)
    path: str = request.scope[
        "path"
    ]  # what the router will use; a URL would be put together with the Host header
    if request.state.login or path in PUBLIC or path.startswith(PUBLIC_FOLDER):
        return None
    return RedirectResponse("/login?ended=1" if token else "/login", 303)


def _has_small_body(request: Request) -> bool:
    length = request.headers.get("content-length", "")
    return length.isascii() and length.isdigit() and int(length) <= LARGEST_FORM


def _who(token: str) -> Login | None:
    with session_scope() as session:
        return identity.who(session, token)


async def check_form(request: Request) -> None:
    """Refuse a form that was not filled in on a page we gave to this visitor.

    A logged-in visitor's token is kept with the session; before that, the form's own cookie holds it.
    """
    if request.method in SAFE_METHODS:
        return
    login: Login | None = request.state.login
    expected = login.csrf_token if login else cookies.read(request, "form")
    given = (await request.form()).get("csrf")
    if not expected or not hmac.compare_digest(str(given).encode(), expected.encode()):
        raise HTTPException(403, "This form is out of date. Go back, reload the page and try again.")


def _login(request: Request) -> Login:
    login: Login | None = request.state.login
    if login is None:  # cannot happen behind `Guard`; if it ever does, nobody passes
        raise HTTPException(403, "Log in first.")
    return login


LoggedIn = Annotated[Login, Depends(_login)]
"""Who is logged in, for the routes. Every private one asks, so that two locks must fail before it opens."""


def new_form_token() -> str:
    """Return a token for the login form and its cookie."""
    return secrets.token_urlsafe(32)
