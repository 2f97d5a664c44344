"""The two cookies: one names the login session, the other guards the login form."""

from typing import Literal

from fastapi import Request, Response

from triage.settings import get_settings

Name = Literal["session", "form"]


def read(request: Request, name: Name) -> str:
    """Return a cookie's value; empty where there is none."""
    return request.cookies.get(_full(name), "")


def write(response: Response, name: Name, value: str) -> None:
    """Set a cookie until the browser closes, out of reach of scripts and of other sites."""
    secure = get_settings().console_secure_cookies
    response.set_cookie(_full(name), value, secure=secure, httponly=True, samesite="strict")


def drop(response: Response, name: Name) -> None:
    """Remove a cookie."""
    secure = get_settings().console_secure_cookies
    response.delete_cookie(_full(name), secure=secure, httponly=True, samesite="strict")


def _full(name: Name) -> str:
    """A browser takes a `__Host-` cookie only from this very host over HTTPS, so no neighbour can set it."""
    prefix = "__Host-" if get_settings().console_secure_cookies else ""
    return f"{prefix}flagpost_{name}"
