"""Whether the console can work, for load balancers and container health checks."""

from fastapi import APIRouter
from starlette.responses import PlainTextResponse

from triage import db
from triage.errors import ServiceUnavailable

router = APIRouter()


@router.get("/healthz")
def healthz() -> PlainTextResponse:
    """Answer 200 where the database answers, else 503. Says no more than that: anybody may ask."""
    try:
        db.reachable()
    except ServiceUnavailable:
        return PlainTextResponse("no database\n", 503)
    return PlainTextResponse("ok\n")
