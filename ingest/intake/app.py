"""The intake as one FastAPI app, with nothing of the console: it may stand where the console must not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request

from ingest.intake import problems
from ingest.intake.answers import Answer, Problem
from ingest.intake.desk import SOURCE, Desk
from ingest.intake.sent import SentPost
from triage import __version__
from triage.console import health

DESCRIPTION = """Posts are taken from configured and approved sources, signed by Standard Webhooks
(HMAC-SHA256 over `webhook-id.webhook-timestamp.body`). Sending a request again does no harm: a post is known
by its source and id, and counts as a duplicate."""
POST = {"id": "17", "text": "A caption", "posted_at": "2026-11-21T08:30:00Z", "author": "someone"}
HEADERS = {
    SOURCE: "partner",
    "webhook-id": "msg_17",
    "webhook-timestamp": "1795300000",
    "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
}
REFUSALS = {
    401: "Not authentic: source, signature or time is wrong.",
    403: "Nobody answers for the source now.",
    408: "The body took too long to arrive.",
    413: "Too many bytes, posts or pictures.",
    415: "Another content type, or compressed.",
    422: "No post in the body, or a form that cannot be read.",
    429: "Too many posts wait for their scores: see Retry-After.",
    431: "Too many headers.",
    500: "Something broke: send it again.",
    503: "Not now: see Retry-After.",
}
router = APIRouter()


def create_app() -> FastAPI:
    """Build the intake. Needs a migrated database when the first request comes, not before.

    Raises:
        ConfigurationError: nobody may send, or the file of sources is wrong.
    """
    desk = Desk()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with desk.open():
            yield

    app = FastAPI(
        title="Flagpost intake",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        exception_handlers=problems.HANDLERS,
        lifespan=lifespan,
    )
    app.state.desk = desk
    app.include_router(health.router)
    app.include_router(router)
    return app


def _openapi() -> dict[str, Any]:
    """Describe headers and bodies, which we read ourselves."""
    schema = SentPost.model_json_schema(mode="validation")
    media = schema.pop("$defs")["SentMedia"]
    schema["properties"]["media"]["items"] = media
    schema["required"] = ["id"]  # the source is the sender's
    form = {
        "type": "object",
        "required": ["post"],
        "properties": {"post": schema},
        "additionalProperties": {"type": "string", "format": "binary"},
    }
    lines = {
        "schema": {"type": "string"},
        "example": '{"id": "17", "text": "A"}\n{"id": "18", "text": "B"}\n',
    }
    content = {
        "application/json": {"schema": schema, "example": POST},
        "application/x-ndjson": lines,
        "application/jsonl": lines,
        "multipart/form-data": {"schema": form},
    }
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "example": example}
        for name, example in HEADERS.items()
    ]
    return {"parameters": headers, "requestBody": {"required": True, "content": content}}


@router.post(
    "/v1/posts",
    status_code=202,
    responses={status: {"model": Problem, "description": words} for status, words in REFUSALS.items()},
    openapi_extra=_openapi(),
)
async def take(request: Request) -> Answer:
    """Store posts. What is `stored` is in the database when the answer comes."""
    desk: Desk = request.app.state.desk
    return await desk.take(request)
