"""The console as one FastAPI app. Its routes are private unless `guard.PUBLIC` names them."""

from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from triage.console import case, health, login, pictures, problems, queue
from triage.console.guard import Guard, check_form

STATIC = Path(__file__).parent / "static"


def create_app() -> FastAPI:
    """Build the console. Needs a migrated database when the first request comes, not before."""
    app = FastAPI(
        title="Flagpost",
        openapi_url=None,
        dependencies=[Depends(check_form)],
        exception_handlers=problems.HANDLERS,
    )
    app.add_middleware(Guard)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for module in (health, login, queue, case, pictures):
        app.include_router(module.router)
    return app
