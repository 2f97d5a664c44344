"""The intake as one FastAPI app, with nothing of the console: it may stand where the console must not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import PlainTextResponse

from ingest.intake import openapi, problems
from ingest.intake.answers import Answer
from ingest.intake.desk import Desk
from triage import __version__
from triage.console import health

DESCRIPTION = """Posts are taken from configured and approved sources, signed by Standard Webhooks
(HMAC-SHA256 over `webhook-id.webhook-timestamp.body`). Sending a request again does no harm: a post is known
by its source and id, and counts as a duplicate."""
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
    app.include_router(health.router, default_response_class=PlainTextResponse, responses=openapi.HEALTH)
    app.include_router(router)
    return app


@router.post(
    "/v1/posts",
    status_code=202,
    responses=openapi.responses(),
    openapi_extra=openapi.request(),
)
async def take(request: Request) -> Answer:
    """Store posts. What is `stored` is in the database when the answer comes."""
    desk: Desk = request.app.state.desk
    return await desk.take(request)
