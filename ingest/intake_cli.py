"""The command `flagpost intake`: posts that sources send to us."""

from typing import Annotated

import typer
import uvicorn

from ingest.intake import server
from ingest.intake.app import create_app
from triage import fleet, logs, ports
from triage.screen import note
from triage.settings import get_settings

EXAMPLES = """
Examples:

  flagpost intake

  flagpost intake --host 0.0.0.0 --port 8700      (behind a proxy that speaks TLS)

Sources that may send have adapter = "intake" in FLAGPOST_SOURCES, secrets, and an approval on record:
docs/sources/intake.md. Workers score what comes: `flagpost up`. New secrets are read at the next start.

Exit codes: 0 stopped, 2 nobody may send or the file of sources is wrong, 3 a service or the port is not
available.
"""


def intake(
    host: Annotated[str | None, typer.Option(help="Address.", show_default="FLAGPOST_INTAKE_HOST")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port.", show_default="FLAGPOST_INTAKE_PORT")
    ] = None,
) -> None:
    """Take posts that sources send, signed, over HTTP: POST /v1/posts. Ctrl-C stops it in order."""
    settings = get_settings()
    address = host or settings.intake_host
    logs.set_up()
    app = create_app()
    free = ports.free_port("intake", address, settings.intake_port if port is None else port)
    try:
        with fleet.interruptible(), fleet.services():
            note(f"The intake listens at http://{address}:{free}/v1/posts")
            uvicorn.Server(server.config(app, address, free)).run()
    except KeyboardInterrupt:
        note("Stopped.")
