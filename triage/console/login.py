"""Log in and log out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from triage import identity
from triage.console import cookies, guard
from triage.console.pages import render
from triage.db import session_scope
from triage.errors import LoginFailed

router = APIRouter()


@router.get("/login")
def login_page(request: Request, *, ended: bool = False) -> Response:
    """Show the form; a visitor who is logged in goes on to the queue."""
    if request.state.login:
        return RedirectResponse("/", 303)
    return _form(request, "You were logged out. Log in to go on." if ended else "")


@router.post("/login")
def log_in(
    request: Request, name: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> Response:
    """Check the password, start a session and go to the queue."""
    try:
        with session_scope() as session:
            token = identity.log_in(session, identity.authenticate(session, name, password))
    except LoginFailed as error:
        return _form(request, str(error), status=401)
    response = RedirectResponse("/", 303)
    cookies.write(response, "session", token)
    cookies.drop(response, "form")
    return response


@router.post("/logout")
def log_out(request: Request, _login: guard.LoggedIn) -> Response:
    """End the session on the server, so that a copied cookie is worth nothing."""
    with session_scope() as session:
        identity.log_out(session, cookies.read(request, "session"))
    response = RedirectResponse("/login", 303)
    cookies.drop(response, "session")
    return response


def _form(request: Request, notice: str, status: int = 200) -> Response:
    token = cookies.read(request, "form") or guard.new_form_token()
    response = render(request, "login.html", status, csrf=token, notice=notice)
    cookies.write(response, "form", token)
    return response
