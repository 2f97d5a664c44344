"""Templates to pages."""

from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from triage.console import words

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(percent=words.percent, utc=words.utc, age=words.age)


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:  # noqa: ANN401 - any value a template can show
    """Return a page; every template knows who is logged in as `login`, None for a stranger."""
    login = getattr(request.state, "login", None)
    return HTMLResponse(_templates.get_template(template).render(login=login, **context), status)
